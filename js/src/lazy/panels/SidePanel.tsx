import { useApp } from "../../ui/context";
import { History } from "./History";
import { Search } from "./Search";
import { Variants } from "./Variants";

/** What is open beside the graph; another card's history is another panel. */
export function SidePanel() {
  const { store, view } = useApp();
  const open = view.panel.value;
  if (!open) return null;
  if (open.name === "search") return <Search />;
  const card = open.node && store.card(open.node);
  if (!card) return null;
  const Panel = open.name === "history" ? History : Variants;
  return <Panel key={card.id} card={card} />;
}
