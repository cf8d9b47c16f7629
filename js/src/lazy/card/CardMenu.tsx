import type { CardSignals } from "../../state/store";
import { useApp } from "../../ui/context";
import { collapse, copyAsPython, showLineage } from "../commands";
import { Menu, type MenuItem } from "../overlays/Menu";
import { WIDTHS } from "../overlays/widening";

/** How much wider a card becomes each time, in pixels. */
const WIDER = 120;

/** What can be done with a card itself. */
export function CardMenu({ card, close }: { card: CardSignals; close: (back: boolean) => void }) {
  const app = useApp();
  const { bridge, store, view } = app;
  const { collapsed, runnable } = card.shape.value;
  const items: MenuItem[] = [];
  const widen = (by: number | null) => {
    const width = by && Math.min(view.rect(card.id).width + by, WIDTHS.max);
    bridge.tell({ kind: "resize", node: card.id, width });
  };
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
  if (Object.keys(card.values.value).length && !fixed && !store.shown.value.visited) {
    items.push({ label: "Copy as Python", hint: "", act: () => copyAsPython(app, card.id) });
  }
  if (!fixed) {
    items.push(
      { label: collapsed ? "Expand" : "Collapse", hint: "c", act: () => collapse(app, [card.id]) },
      {
        label: "Wider",
        hint: "or pull its right edge",
        control: "wider",
        stays: true,
        act: () => widen(WIDER),
      },
      { label: "Usual width", hint: "", control: "usual-width", act: () => widen(null) },
      {
        label: "Reset position",
        hint: "if it was moved",
        act: () => bridge.tell({ kind: "tidy", nodes: [card.id] }),
      },
    );
  }
  return <Menu items={items} close={close} />;
}
