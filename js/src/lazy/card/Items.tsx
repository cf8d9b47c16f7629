import { useState } from "preact/hooks";
import type { ItemsView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { duration, isActive, plural } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { ItemRows } from "./ItemRows";

/** `6 items · 0.3 s`, or how many of them failed, or are kept; the time is theirs together. */
function summary({ total, done, failed, rows }: ItemsView, active: boolean): string {
  if (!active && done < total) return `${done} of ${total} kept`;
  const time = rows.reduce((sum, row) => sum + (row.duration ?? 0), 0);
  const detail = failed ? `${failed} failed` : rows.length === total && time && duration(time);
  return plural(total, "item") + (detail ? ` · ${detail}` : "");
}

/** The items of a scattered node: one line, open while there is something to see in them. */
export function Items({ card }: { card: CardSignals }) {
  const items = useValue(() => card.state.value.items);
  const active = useValue(() => isActive(card.state.value.status));
  const needed = active || !!items?.failed;
  const [toggle, setToggle] = useState({ needed, open: needed });
  if (!items?.total) return null;
  const open = toggle.needed === needed ? toggle.open : needed;
  return (
    <section class="daggr-items" aria-label={`Items of ${card.id}`}>
      <Button
        look="summary"
        icon={open ? "down" : "right"}
        expanded={open}
        onClick={() => setToggle({ needed, open: !open })}
      >
        {summary(items, active)}
      </Button>
      {open && <ItemRows card={card} items={items} />}
    </section>
  );
}
