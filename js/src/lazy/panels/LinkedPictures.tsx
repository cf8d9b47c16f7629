import { useEffect, useRef, useState } from "preact/hooks";
import type { OutputProps } from "../../outputs/props";
import { Button } from "../../ui/Button";
import { aspectOf } from "../../ui/format";
import { listen } from "../../ui/listen";
import { Layer } from "../displays/media/Compare";

/** No picture is asked for that is wider. */
const WIDEST = 4000;
const MOST = 16;
const STEP = 1.25;

/** How many times as large as they fit, and where their corner is, in parts of their box. */
export interface Sight {
  scale: number;
  x: number;
  y: number;
}

/** A sight that shows no more than the picture. */
export function within({ scale, x, y }: Sight): Sight {
  const held = (at: number) => Math.min(0, Math.max(1 - scale, at));
  return { scale, x: held(x), y: held(y) };
}

/** A sight so much larger, about a point that stays where it is. */
export function about(sight: Sight, by: number, atX: number, atY: number): Sight {
  const scale = Math.min(MOST, Math.max(1, sight.scale * by));
  const part = scale / sight.scale;
  return within({ scale, x: atX - (atX - sight.x) * part, y: atY - (atY - sight.y) * part });
}

const WHOLE: Sight = { scale: 1, x: 0, y: 0 };
const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [0.1, 0],
  ArrowRight: [-0.1, 0],
  ArrowUp: [0, 0.1],
  ArrowDown: [0, -0.1],
};

interface LinkedPicturesProps {
  pictures: [OutputProps, OutputProps];
  label: string;
  /** How wide the pictures are fetched as long as they are whole. */
  width: number;
}

/** Two pictures side by side, which zoom and pan together. */
export function LinkedPictures({ pictures, label, width }: LinkedPicturesProps) {
  const [sight, setSight] = useState(WHOLE);
  const [wide, setWide] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const { scale, x, y } = sight;
  if (scale > 1 && !wide) setWide(true);
  const zoom = (by: number, [atX, atY] = [0.5, 0.5]) =>
    setSight((sight) => about(sight, by, atX ?? 0.5, atY ?? 0.5));
  const move = (byX: number, byY: number) =>
    setSight((sight) => within({ ...sight, x: sight.x + byX, y: sight.y + byY }));
  useEffect(() => {
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, pointIn(event));
    };
    return box.current ? listen(box.current, { wheel }, { passive: false }) : undefined;
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = MOVES[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-") zoom(1 / STEP);
    else if (event.key === "0") setSight(WHOLE);
    else if (step && scale > 1) move(...step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!event.buttons || scale === 1) return;
    const { width, height } = sideOf(event).getBoundingClientRect();
    move(event.movementX / width, event.movementY / height);
  };
  const aspect = pictures.map(({ preview }) => aspectOf(preview.summary)).find(Boolean) ?? 1.5;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset */}
      <div
        ref={box}
        class="daggr-linked"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys zoom and move
        tabIndex={0}
        aria-label={`${label}, before and after: + and - zoom both, the arrows move them`}
        data-larger={scale > 1 || undefined}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => scale > 1 && sideOf(event).setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onDblClick={(event) => (scale > 1 ? setSight(WHOLE) : zoom(2.5, pointIn(event)))}
        style={{ "--to": `translate(${100 * x}%, ${100 * y}%) scale(${scale})` }}
      >
        {pictures.map((shown, index) => (
          <div
            key={index === 0 ? "before" : "after"}
            class="daggr-compare"
            style={{ aspectRatio: aspect }}
          >
            <Layer shown={shown} width={wide ? WIDEST : width} />
          </div>
        ))}
      </div>
      <p class="daggr-under daggr-large-steps">
        <Button look="square" icon="minus" name="Smaller" onClick={() => zoom(1 / STEP)} />
        <span class="daggr-figures" role="status">
          {Math.round(100 * scale)} %
        </span>
        <Button look="square" icon="plus" name="Larger" onClick={() => zoom(STEP)} />
      </p>
    </>
  );
}

function sideOf({ currentTarget, target }: Event): HTMLElement {
  const side = (target as Element).closest<HTMLElement>(".daggr-linked > .daggr-compare");
  return side ?? (currentTarget as HTMLElement);
}

/** Where in its picture an event is, in parts of it. */
function pointIn(event: MouseEvent): [number, number] {
  const { left, top, width, height } = sideOf(event).getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}
