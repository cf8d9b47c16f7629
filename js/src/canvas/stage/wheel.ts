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
    const unit = [1, LINE_PX, rect.height][event.deltaMode] ?? 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (zooms) {
      const camera = view.camera.peek();
      const at = { x: event.clientX - rect.left, y: event.clientY - rect.top };
      view.setCamera(zoomAbout(camera, camera.zoom * factor(dy), at));
    } else {
      view.pan(-dx, -dy);
    }
  };
  return listen(stage, { wheel: onWheel }, { passive: false });
}

/** A mouse's notch (about 100 px) zooms by a fifth, a pinch follows the fingers. */
function factor(dy: number): number {
  return Math.exp(-Math.min(Math.max(dy, -60), 60) * (Math.abs(dy) > 30 ? 0.0035 : 0.01));
}

/** Whether something inside a card can scroll the way the wheel turns. */
function scrolls(event: WheelEvent, stage: HTMLElement): boolean {
  let element = event.target instanceof Element ? event.target : null;
  for (; element && element !== stage; element = element.parentElement) {
    if (!element.matches(".daggr-scroll, textarea, select")) continue;
    const { scrollTop, scrollHeight, clientHeight } = element;
    if (event.deltaY < 0 && scrollTop > 0) return true;
    if (event.deltaY > 0 && scrollTop + clientHeight < scrollHeight - 1) return true;
  }
  return false;
}
