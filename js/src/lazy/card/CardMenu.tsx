import type { CardSignals } from "../../state/store";
import { useApp } from "../../ui/context";
import { collapse, showLineage } from "../commands";
import { Menu, type MenuItem } from "../overlays/Menu";

/** What can be done with a card itself. */
export function CardMenu({ card, close }: { card: CardSignals; close: (back: boolean) => void }) {
  const app = useApp();
  const { bridge, store, view } = app;
  const { collapsed, runnable } = card.shape.value;
  const items: MenuItem[] = [];
  const fixed = store.readOnly.value;
  if (runnable && !fixed) {
    items.push({
      label: "History",
      hint: "h",
      act: () => {
        view.panel.value = { name: "history", node: card.id };
      },
    });
  }
  items.push({
    label: "Focus on its path",
    hint: "a",
    act: () => showLineage(app, card.id),
  });
  if (!fixed) {
    items.push(
      { label: collapsed ? "Expand" : "Collapse", hint: "c", act: () => collapse(app, [card.id]) },
      {
        label: "Reset position",
        hint: "if it was moved",
        act: () => bridge.tell({ kind: "tidy", nodes: [card.id] }),
      },
    );
  }
  return <Menu items={items} close={close} />;
}
