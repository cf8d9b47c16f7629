import { Card } from "../../cards/Card";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import { topological } from "../topological";

/** Where there is no room for a plane: the cards one below the other, sources first. */
export function ListView() {
  const { store } = useApp();
  const sorted = useValue(() => topological(store.order.value, store.edges.value));
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset
    <div
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
