import { useLayoutEffect, useRef } from "preact/hooks";
import { Card } from "../../cards/Card";
import { effect } from "../../state/signals";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import { scaleOf } from "../../ui/scale";
import { topological } from "../topological";

/** Pixels below the last card. */
const BELOW = 20;

/** Where there is no room for a plane: the cards one below the other, sources first. */
export function ListView() {
  const { store, view } = useApp();
  const sorted = useValue(() => topological(store.order.value, store.edges.value));
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = list;
    if (!current) return;
    let most = Infinity;
    const bound = () => {
      if (view.needed.value > most) view.needed.value = most;
    };
    const measure = () => {
      const last = current.lastElementChild;
      if (!last || !view.root) return;
      const { top } = current.getBoundingClientRect();
      const cards = (last.getBoundingClientRect().bottom - top) / scaleOf(current);
      const around = view.root.offsetHeight - current.clientHeight;
      most = Math.ceil(around + cards + current.scrollTop + BELOW);
      view.settle();
      bound();
    };
    const observer = new ResizeObserver(measure);
    for (const each of [current, ...current.children]) observer.observe(each);
    const stop = effect(bound);
    return () => {
      observer.disconnect();
      stop();
    };
  }, [sorted, view]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset
    <div
      ref={list}
      class="daggr-narrow daggr-scroll"
      role="group"
      aria-label={`Graph ${store.name.value}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard
      tabIndex={0}
    >
      {sorted.map((id) => {
        const card = store.card(id);
        return card && <Card key={id} card={card} />;
      })}
    </div>
  );
}
