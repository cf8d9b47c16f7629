import { useState } from "preact/hooks";
import { duration, isActive, plural, statusWord } from "../format";
import { Icon } from "../icons";
import { Button } from "../parts";
import type { ItemsView, ItemView } from "../protocol.gen";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";

/** `6 items · 0.3 s`, or how many of them failed; the time is theirs together. */
function summary({ total, failed, rows }: ItemsView): string {
  const time = rows.reduce((sum, row) => sum + (row.duration ?? 0), 0);
  const more = failed ? `${failed} failed` : rows.length === total && time && duration(time);
  return plural(total, "item") + (more ? ` · ${more}` : "");
}

/** The items of a scattered node: one line, open while there is something to see in them. */
export function Items({ card }: { card: CardSignals }) {
  const items = useValue(() => card.state.value.items);
  const active = useValue(() => isActive(card.state.value.status));
  const needed = active || !!items?.failed;
  const [chosen, choose] = useState({ needed, open: needed });
  if (!items?.total) return null;
  const open = chosen.needed === needed ? chosen.open : needed;
  const { total, rows } = items;
  const failed = (row: ItemView) => row.status === "failed";
  const sorted = [...rows.filter(failed), ...rows.filter((row) => !failed(row))];
  const more = total - rows.length;
  return (
    <section class="daggr-items" aria-label={`Items of ${card.id}`}>
      <Button
        look="summary"
        icon={open ? "down" : "right"}
        expanded={open}
        onClick={() => choose({ needed, open: !open })}
      >
        {summary(items)}
      </Button>
      {open && (
        <ol>
          {sorted.map((row) => (
            <Item key={row.path} row={row} />
          ))}
          {more > 0 && <li class="daggr-item daggr-item-more">… {more} more</li>}
        </ol>
      )}
    </section>
  );
}

function Item({ row }: { row: ItemView }) {
  const done = row.status === "succeeded" || row.status === "cached";
  const { word, tone, icon } = statusWord({
    status: row.status,
    freshness: done ? "fresh" : "missing",
  });
  return (
    <li class="daggr-item" data-item={row.path} data-status={row.status}>
      <span
        class="daggr-item-icon"
        data-tone={tone}
        role="img"
        aria-label={done ? row.status : word}
      >
        <Icon name={icon} size={12} />
      </span>
      <span class="daggr-item-name">
        <span class="daggr-ellipsis">{row.label || `Item ${row.path}`}</span>
        {row.error && (
          <span class="daggr-item-error" title={row.error.traceback || row.error.message}>
            {row.error.message || row.error.type}
          </span>
        )}
      </span>
      <span class="daggr-figures">{row.duration === null ? "" : duration(row.duration)}</span>
    </li>
  );
}
