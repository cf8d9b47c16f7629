import type { NodeId } from "../../protocol.gen";
import { type Rect, windowOf } from "../../state/geometry";
import type { View } from "../../state/view";
import { useApp } from "../../ui/context";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";

const SIDES = ["left", "right", "up", "down"] as const;
type Side = (typeof SIDES)[number];

/** A card that shows less than this of itself is out of view. */
const SEEN = 0.25;
const WORD = { left: "to the left", right: "to the right", up: "above", down: "below" };

interface Beyond {
  side: Side;
  count: number;
  /** The nearest of them. */
  next: NodeId;
}

/** How many cards are out of view on each side; pressed, it goes to the nearest of them. */
export function Hidden() {
  const { view } = useApp();
  const hidden = useValue(() => beyond(view));
  return (
    <>
      {hidden.map(({ side, count, next }) => (
        <button
          key={side}
          type="button"
          class="daggr-button daggr-beyond"
          data-side={side}
          data-control={`more-${side}`}
          aria-label={`${count} more ${WORD[side]}`}
          onClick={() => {
            view.reveal(next);
            view.following.value = true;
          }}
        >
          {side === "left" && <Icon name="left" size={12} />}
          {count} more
          {side !== "left" && (
            <Icon name={side === "up" ? "up" : side === "down" ? "down" : "right"} size={12} />
          )}
        </button>
      ))}
    </>
  );
}

function beyond(view: View): Beyond[] {
  if (view.level.value === "far") return [];
  const area = windowOf(view.camera.value, view.size.value);
  const bar = view.barHeight / view.camera.value.zoom;
  const window = { ...area, y: area.y + bar, height: area.height - bar };
  const found = new Map<Side, { count: number; next: NodeId; distance: number }>();
  for (const [id, rect] of view.layout.value) {
    const side = sideOf(rect, window);
    if (!side) continue;
    const distance = Math.hypot(
      rect.x + rect.width / 2 - window.x - window.width / 2,
      rect.y + rect.height / 2 - window.y - window.height / 2,
    );
    const so = found.get(side);
    if (!so) found.set(side, { count: 1, next: id, distance });
    else {
      so.count += 1;
      if (distance < so.distance) [so.next, so.distance] = [id, distance];
    }
  }
  return SIDES.flatMap((side) => {
    const { count, next } = found.get(side) ?? {};
    return count && next ? [{ side, count, next }] : [];
  });
}

/** On which side of the window a card is, if little of it is inside. */
function sideOf(card: Rect, window: Rect): Side | null {
  const overlap = (low: number, length: number, from: number, size: number) =>
    Math.max(0, Math.min(low + length, from + size) - Math.max(low, from)) / Math.min(length, size);
  const wide = overlap(card.x, card.width, window.x, window.width);
  const high = overlap(card.y, card.height, window.y, window.height);
  if (wide * high >= SEEN) return null;
  const dx = card.x + card.width / 2 - window.x - window.width / 2;
  const dy = card.y + card.height / 2 - window.y - window.height / 2;
  if (wide < high) return dx < 0 ? "left" : "right";
  return dy < 0 ? "up" : "down";
}
