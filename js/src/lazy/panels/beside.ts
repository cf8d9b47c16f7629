import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { NodeId } from "../../protocol.gen";
import type { Camera } from "../../state/geometry";
import { effect } from "../../state/signals";
import type { View } from "../../state/view";
import { useApp } from "../../ui/context";

const GAP = 16;

/** The camera moved as little as needed for a card to be in view left of what is over the right. */
export function besides(view: View, id: NodeId, covered: number): Camera {
  const camera = view.camera.peek();
  const { x, y, zoom } = camera;
  const { width, height } = view.size.peek();
  const rect = view.rect(id);
  const shift = (low: number, length: number, from: number, to: number) =>
    low < from || length > to - from ? from - low : Math.min(to - low - length, 0);
  const dx = shift(rect.x * zoom + x, rect.width * zoom, GAP, width - covered - GAP);
  const top = view.barHeight + GAP;
  const dy = shift(rect.y * zoom + y, rect.height * zoom, top, height - GAP);
  return dx || dy ? { zoom, x: x + dx, y: y + dy } : camera;
}

interface Places {
  home: Camera | null | undefined;
  moved: Camera | null;
}

/**
 * Keeps a card in sight beside a panel, and brings back what was in view when the panel goes:
 * unless a person has moved the view meanwhile.
 */
export function useBeside(
  id: NodeId | undefined,
  panel: { current: HTMLElement | null },
  wide: boolean,
): void {
  const { view } = useApp();
  // What the view showed before, and what it was moved to; `null` once a person has moved it.
  const places = useRef<Places>({ home: undefined, moved: null }).current;
  const move = () => {
    const { home } = places;
    const root = view.root?.getBoundingClientRect();
    const box = panel.current?.getBoundingClientRect();
    if (!id || !home || !root || !box?.width || view.narrow.peek()) return;
    const next = besides(view, id, root.right - box.left);
    if (next === view.camera.peek()) return;
    places.moved = next;
    view.following.value = true;
    view.camera.value = next;
  };
  useLayoutEffect(() => {
    if (places.home === undefined) places.home = view.camera.peek();
    move();
  }, [wide]);
  useEffect(() => {
    const stop = effect(() => {
      const camera = view.camera.value;
      if (camera === places.moved || camera === places.home) return;
      // As cards grow, what is shown follows; else it was a person.
      places.home = view.following.peek() ? camera : null;
      if (places.home) queueMicrotask(move);
    });
    return () => {
      stop();
      if (!places.home || view.camera.peek() !== places.moved) return;
      view.following.value = true;
      view.camera.value = places.home;
    };
  }, []);
}
