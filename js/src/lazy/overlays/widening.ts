import { useEffect } from "preact/hooks";
import type { NodeId } from "../../protocol.gen";
import { clamp } from "../../state/geometry";
import { type App, useApp } from "../../ui/context";
import { listen } from "../../ui/listen";
import { scaleOf } from "../../ui/scale";

/** The kernel's limits, in pixels at zoom 1. */
export const WIDTHS = { min: 220, max: 1200 };
/** How near the right edge of a card a pointer pulls it. */
const NEAR_PX = 6;

interface Pull {
  id: NodeId;
  from: number;
  width: number;
  x: number;
}

/** Cards are made wider by pulling their right edge. */
export function useWidening(): void {
  const app = useApp();
  useEffect(() => {
    const { stage } = app.view;
    return stage ? bind(stage, app) : undefined;
  }, [app]);
}

function bind(stage: HTMLElement, { store, view, bridge }: App): () => void {
  let pull: Pull | null = null;

  const edgeAt = (event: PointerEvent): NodeId | null => {
    if (store.readOnly.peek() || !(event.target instanceof Element)) return null;
    const host = event.target.closest<HTMLElement>("[data-host]");
    if (!host || event.target.closest(".daggr-plain")) return null;
    const beyond = event.clientX - host.getBoundingClientRect().right;
    return Math.abs(beyond) <= NEAR_PX ? (host.dataset.host as NodeId) : null;
  };
  const onDown = (event: PointerEvent) => {
    const id = event.button === 0 ? edgeAt(event) : null;
    if (!id) return;
    event.preventDefault();
    event.stopPropagation();
    const { width } = view.rect(id);
    pull = { id, from: width, width, x: event.clientX };
    stage.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    if (!pull) {
      const near = event.buttons === 0 && edgeAt(event) !== null;
      stage.toggleAttribute("data-widens", near);
      return;
    }
    event.stopPropagation();
    const by = (event.clientX - pull.x) / view.camera.peek().zoom / scaleOf(stage);
    pull.width = Math.round(clamp(pull.from + by, WIDTHS.min, WIDTHS.max));
    view.touch();
    store.setWidth(pull.id, pull.width);
  };
  const onUp = () => {
    if (pull && pull.width !== pull.from) {
      bridge.tell({ kind: "resize", node: pull.id, width: pull.width });
    }
    pull = null;
    stage.removeAttribute("data-widens");
  };
  return listen(
    stage,
    { pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp },
    { capture: true },
  );
}
