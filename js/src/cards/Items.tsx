import { duration, statusWord } from "../format";
import { Icon } from "../icons";
import type { ItemView } from "../protocol.gen";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";

/** The items of a scattered node, each with its own status. */
export function Items({ card }: { card: CardSignals }) {
  const items = useValue(() => card.state.value.items);
  if (!items || items.total === 0) return null;
  const { total, failed, rows } = items;
  const more = total - rows.length;
  return (
    <section class="daggr-items" aria-label={`Items of ${card.id}`}>
      <ol>
        {rows.map((row) => (
          <Item key={row.path} row={row} />
        ))}
        {more > 0 && (
          <li class="daggr-item daggr-item-more">
            <span>… {more} more</span>
            <span class="daggr-figures">{failed > 0 ? `${failed} failed of ${total}` : total}</span>
          </li>
        )}
      </ol>
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
