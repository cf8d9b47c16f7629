import type { NodeId } from "../../protocol.gen";
import type { Point } from "../../state/geometry";
import type { App } from "../../ui/context";
import { listen } from "../../ui/listen";
import { scaleOf } from "../../ui/scale";

const THRESHOLD_PX = 3;
const INTERACTIVE = "button, input, textarea, select, summary, a, label, [role=menu]";

interface Drag {
  start: Point;
  scale: number;
  /** Null until the pointer has moved far enough to mean it. */
  moving: boolean;
  move: (dx: number, dy: number) => void;
  end: () => void;
}

/** Dragging the background pans; dragging a card by its header moves it. */
export function bindPointer(stage: HTMLElement, app: App): () => void {
  let drag: Drag | null = null;

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0 || !(event.target instanceof Element)) return;
    const { target } = event;
    if (target.closest(INTERACTIVE)) return;
    const host = target.closest<HTMLElement>("[data-host]");
    const from = { start: { x: event.clientX, y: event.clientY }, scale: scaleOf(stage) };
    if (!host) {
      // The browser gives the stage the focus: without a ring, which is for the keyboard.
      stage.dataset.dragging = "true";
      drag = { ...from, moving: false, ...panning(app) };
    } else if (target.closest("[data-drag], .daggr-plain")) {
      drag = { ...from, moving: false, ...moving(app, host.dataset.host as NodeId) };
    }
  };
  const onMove = (event: PointerEvent) => {
    if (!drag) return;
    const { start, scale } = drag;
    const [dx, dy] = [(event.clientX - start.x) / scale, (event.clientY - start.y) / scale];
    if (!drag.moving && Math.hypot(dx, dy) < THRESHOLD_PX) return;
    if (!drag.moving) {
      drag.moving = true;
      stage.setPointerCapture(event.pointerId);
      stage.dataset.dragging = "true";
    }
    drag.move(dx, dy);
  };
  const onUp = () => {
    if (drag?.moving) drag.end();
    drag = null;
    delete stage.dataset.dragging;
  };
  return listen(stage, {
    pointerdown: onDown,
    pointermove: onMove,
    pointerup: onUp,
    pointercancel: onUp,
  });
}

function panning({ view }: App): Pick<Drag, "move" | "end"> {
  const from = view.camera.peek();
  return {
    move: (dx, dy) => view.setCamera({ ...from, x: from.x + dx, y: from.y + dy }),
    end: () => {},
  };
}

function moving({ view, store, bridge }: App, id: NodeId): Pick<Drag, "move" | "end"> {
  const from = view.rect(id);
  let position: Point = from;
  return {
    move: (dx, dy) => {
      view.touch();
      const { zoom } = view.camera.peek();
      position = { x: Math.round(from.x + dx / zoom), y: Math.round(from.y + dy / zoom) };
      store.setPositions({ [id]: [position.x, position.y] });
    },
    end: () => bridge.move(id, position),
  };
}
