import { useEffect } from "preact/hooks";
import { type Point, zoomAbout } from "../../state/geometry";
import type { View } from "../../state/view";
import { useApp } from "../../ui/context";
import { listen } from "../../ui/listen";
import { scaleOf } from "../../ui/scale";

/** Two fingers on the stage zoom and move it, as on a map. */
export function usePinch(): void {
  const { view } = useApp();
  useEffect(() => (view.stage ? bind(view.stage, view) : undefined), [view]);
}

function bind(stage: HTMLElement, view: View): () => void {
  const fingers = new Map<number, Point>();
  let before: { middle: Point; apart: number } | null = null;

  const measure = () => {
    const [one, other] = [...fingers.values()];
    if (!one || !other) return null;
    const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
    return { middle, apart: Math.max(Math.hypot(one.x - other.x, one.y - other.y), 1) };
  };
  const at = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top } = stage.getBoundingClientRect();
    const scale = scaleOf(stage);
    return { x: (clientX - left) / scale, y: (clientY - top) / scale };
  };
  const onDown = (event: PointerEvent) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, at(event));
    if (fingers.size !== 2) return;
    // What the first finger had begun to drag stays where it is.
    stage.dispatchEvent(new PointerEvent("pointercancel"));
    event.stopPropagation();
    for (const id of fingers.keys()) stage.setPointerCapture(id);
    before = measure();
  };
  const onMove = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, at(event));
    if (!before) return;
    event.stopPropagation();
    const now = measure();
    if (!now) return;
    const from = before.middle;
    const camera = view.camera.peek();
    const moved = {
      ...camera,
      x: camera.x + now.middle.x - from.x,
      y: camera.y + now.middle.y - from.y,
    };
    view.setCamera(zoomAbout(moved, moved.zoom * (now.apart / before.apart), now.middle));
    before = now;
  };
  const onUp = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId)) return;
    before = measure();
  };
  return listen(
    stage,
    { pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp },
    { capture: true },
  );
}
