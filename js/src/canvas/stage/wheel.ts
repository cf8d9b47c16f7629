import { zoomAbout } from "../../state/geometry";
import type { View } from "../../state/view";
import { listen } from "../../ui/listen";

const LINE_PX = 16;
/** A pause this long ends a gesture; its position on the page is read once per gesture. */
const GESTURE_MS = 200;

/**
 * A plain wheel scrolls the page until the canvas has the focus, then it pans. Ctrl and Cmd with
 * the wheel, and pinching, zoom. Scrollers inside cards come first.
 */
export function bindWheel(stage: HTMLElement, view: View): () => void {
  let rect: DOMRect | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const onWheel = (event: WheelEvent) => {
    const zooms = event.ctrlKey || event.metaKey;
    const focused = stage.contains(stage.ownerDocument.activeElement);
    if (!zooms && (!focused || scrolls(event, stage))) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = setTimeout(() => {
      rect = null;
    }, GESTURE_MS);
    rect ??= stage.getBoundingClientRect();
    const scale = rect.width / stage.offsetWidth || 1;
    const unit = ([1, LINE_PX, rect.height][event.deltaMode] ?? 1) / scale;
    const [dx, dy] = deltaOf(event);
    if (zooms) {
      const camera = view.camera.peek();
      const { left, top } = rect;
      const at = { x: (event.clientX - left) / scale, y: (event.clientY - top) / scale };
      view.setCamera(zoomAbout(camera, camera.zoom * factor(event.deltaY * unit), at));
    } else {
      view.pan(-dx * unit, -dy * unit);
    }
  };
  return listen(stage, { wheel: onWheel }, { passive: false });
}

/** A mouse's notch (about 100 px) zooms by a fifth, a pinch follows the fingers. */
function factor(dy: number): number {
  return Math.exp(-Math.min(Math.max(dy, -60), 60) * (Math.abs(dy) > 30 ? 0.0035 : 0.01));
}

/** Which way the wheel turns: with Shift, a mouse's goes sideways. */
function deltaOf({ deltaX, deltaY, shiftKey }: WheelEvent): [number, number] {
  return shiftKey && !deltaX ? [deltaY, 0] : [deltaX, deltaY];
}

/** Whether a box of this size can scroll further; where text runs to the left, it starts below 0. */
function goesOn(delta: number, at: number, whole: number, shown: number): boolean {
  return delta < 0 ? at > 0 : delta > 0 && at + shown < whole - 1;
}

/** Whether something inside a card can scroll the way the wheel turns. */
function scrolls(event: WheelEvent, stage: HTMLElement): boolean {
  const [dx, dy] = deltaOf(event);
  const sideways = Math.abs(dx) > Math.abs(dy);
  let element = event.target instanceof Element ? event.target : null;
  for (; element && element !== stage; element = element.parentElement) {
    if (!element.matches(".daggr-scroll, textarea, select")) continue;
    const { scrollTop, scrollHeight, clientHeight, scrollLeft, scrollWidth, clientWidth } = element;
    const toLeft = getComputedStyle(element).direction === "rtl";
    const left = toLeft ? scrollLeft + scrollWidth - clientWidth : scrollLeft;
    if (
      sideways
        ? goesOn(dx, left, scrollWidth, clientWidth)
        : goesOn(dy, scrollTop, scrollHeight, clientHeight)
    )
      return true;
  }
  return false;
}
