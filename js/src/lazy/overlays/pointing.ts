import { useEffect } from "preact/hooks";
import type { View } from "../../state/view";
import { type App, useApp } from "../../ui/context";
import { listen } from "../../ui/listen";

/** Notes which mode to run in, or which edge, the pointer or the focus is on; lights edges. */
export function usePointing(): void {
  const app = useApp();
  useEffect(() => {
    const { view } = app;
    const { root } = view;
    if (!root) return;
    const peek = (target: Element, x: number, y: number) => {
      const at = target.closest("[data-plan]:enabled, [data-edge]");
      if (at !== (view.peeked.peek()?.at ?? null)) view.peeked.value = at && { at, x, y };
    };
    const onOver = ({ target, clientX, clientY }: PointerEvent) => {
      if (!(target instanceof Element)) return;
      light(app, target);
      peek(target, clientX, clientY);
    };
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.matches(":focus-visible")) peek(target, 0, 0);
    };
    const end = () => {
      view.peeked.value = null;
    };
    const leave = () => {
      end();
      dim(view);
    };
    // Who was there before this was.
    for (const state of [":hover", ":focus-visible"]) {
      const there = [...root.querySelectorAll(state)].at(-1);
      if (there && !view.peeked.peek()) peek(there, 0, 0);
    }
    return listen(root, {
      pointerover: onOver,
      focusin: onFocus,
      pointerdown: end,
      pointerleave: leave,
    });
  }, [app]);
}

const NONE: ReadonlySet<string> = new Set();

function dim(view: View): void {
  if (view.lit.peek().size > 0) view.lit.value = NONE;
}

/** Lets the whole way of an edge stand out, or those of all edges at a port. */
function light({ store, view }: App, target: Element): void {
  const edge = target.closest<SVGElement>("[data-edge]")?.dataset.edge;
  if (edge) {
    view.lit.value = new Set([edge]);
    return;
  }
  const [side, port] = target.closest<HTMLElement>("[data-port]")?.dataset.port?.split(":") ?? [];
  const node = target.closest<HTMLElement>("[data-node]")?.dataset.node;
  if (!port || !node) {
    dim(view);
    return;
  }
  const ids = store.edges
    .peek()
    .filter((each) =>
      side === "in"
        ? each.target === node && each.target_port === port
        : each.source === node && each.source_port === port,
    )
    .map(({ id }) => id);
  view.lit.value = new Set(ids);
}
