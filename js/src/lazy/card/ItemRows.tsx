import { useEffect, useRef, useState } from "preact/hooks";
import { usePicture } from "../../outputs/image";
import type { OutputProps } from "../../outputs/props";
import type { ItemsView, ItemView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp, useTab } from "../../ui/context";
import { duration, isActive, statusWord } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";
import { retryFailed, retryItem } from "../commands";
import { ItemDetail } from "./ItemDetail";
import { numberOf } from "./numbers";

const ROW = 27;
/** Rows that are in view before a person scrolls. */
const SEEN = 8;
const PAGE = 100;
/** Rows drawn above and below those in view. */
const SPARE = 6;
/** While items end, their rows are asked for no more often than this. */
const EVERY_MS = 400;

interface ItemRowsProps {
  card: CardSignals;
  items: ItemsView;
}

/** The items of a scattered node. Only the rows in view are drawn, and asked for. */
export function ItemRows({ card, items }: ItemRowsProps) {
  const { bridge, store } = useApp();
  const tab = useTab();
  const box = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const [top, setTop] = useState(0);
  const [open, setOpen] = useState<string | null>(null);
  const { rows, total } = useRows(card, items, failed && items.failed > 0, top);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(total, Math.ceil(top / ROW) + SEEN + SPARE);
  const indices = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  const busy = useValue(() => isActive(card.state.value.status));
  const openRow = open === null ? undefined : [...rows.values()].find((row) => row.path === open);
  return (
    <div class="daggr-item-list">
      {items.failed > 0 && (
        <div class="daggr-item-tools">
          <label>
            <input
              type="checkbox"
              tabIndex={tab}
              checked={failed}
              onChange={() => {
                setFailed(!failed);
                box.current?.scrollTo(0, 0);
                setTop(0);
              }}
            />
            failed only
          </label>
          {!store.readOnly.value && (
            <Button look="link" disabled={busy} onClick={() => retryFailed(bridge, card)}>
              {items.failed > 1 ? `Retry all ${items.failed}` : "Retry"}
            </Button>
          )}
        </div>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: what is in it is a list */}
      <div
        ref={box}
        class="daggr-scroll daggr-item-window"
        role="group"
        aria-label={`Items of ${card.id}`}
        data-long={total > SEEN}
        tabIndex={total > SEEN ? tab : -1}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <ol style={{ height: `${total * ROW}px` }}>
          {indices.map((index) => {
            const row = rows.get(index);
            return (
              <li
                key={index}
                class="daggr-item"
                data-item={row?.path}
                data-status={row?.status}
                style={{ top: `${index * ROW}px` }}
              >
                {row ? (
                  <Item card={card} row={row} open={open === row.path} toggle={setOpen} />
                ) : (
                  "…"
                )}
                {row?.status === "failed" && !store.readOnly.value && (
                  <Button
                    look="again"
                    icon="play"
                    name={`Retry item ${numberOf(row.path)}`}
                    hint="Retry this item; the others stay as they are"
                    disabled={busy}
                    onClick={() => retryItem(bridge, card, row.path)}
                  />
                )}
              </li>
            );
          })}
        </ol>
      </div>
      {openRow?.record && (
        <ItemDetail key={openRow.record} card={card} row={openRow} record={openRow.record} />
      )}
    </div>
  );
}

interface Rows {
  rows: ReadonlyMap<number, ItemView>;
  total: number;
}

/** The rows around what is in view: from the state while it has them all, else by the page. */
function useRows(card: CardSignals, items: ItemsView, failed: boolean, top: number): Rows {
  const { bridge } = useApp();
  const whole = items.total <= items.rows.length;
  const scope = `${items.key} ${failed}`;
  const [pages, setPages] = useState(new Map<number, ItemView>());
  const [total, setTotal] = useState(items.total);
  const cache = useRef({ scope: "", requests: new Set<number>(), at: 0 });
  const from = Math.max(0, Math.floor(top / ROW) - SPARE);
  const visible = [from, from + SEEN + 2 * SPARE].map((index) => Math.floor(index / PAGE));
  useEffect(() => {
    if (whole && !failed) return;
    const anew = cache.current.scope !== scope;
    const wait = anew ? Math.max(0, cache.current.at + EVERY_MS - Date.now()) : 0;
    const timer = setTimeout(() => {
      if (anew) cache.current = { scope, requests: new Set(), at: Date.now() };
      const missing = [...new Set(visible)].filter((page) => !cache.current.requests.has(page));
      for (const page of missing) {
        cache.current.requests.add(page);
        const command = {
          kind: "list_items" as const,
          node: card.id,
          offset: page * PAGE,
          limit: PAGE,
          failed,
        };
        bridge.ask(command).then(
          (answer) => {
            if (cache.current.scope !== scope) return;
            setTotal(answer.total);
            setPages((previous) =>
              merged(
                page === missing[0] && anew ? new Map() : previous,
                answer.offset,
                answer.rows,
              ),
            );
          },
          () => cache.current.requests.delete(page),
        );
      }
    }, wait);
    return () => clearTimeout(timer);
  }, [bridge, card.id, scope, whole, `${visible}`]);
  if (whole && !failed) return { rows: sorted(items.rows), total: items.total };
  if (pages.size === 0) {
    const sample = failed ? items.rows.filter((row) => row.status === "failed") : items.rows;
    return { rows: sorted(sample), total: failed ? items.failed : items.total };
  }
  return { rows: pages, total };
}

function merged(
  previous: ReadonlyMap<number, ItemView>,
  offset: number,
  rows: ItemView[],
): Map<number, ItemView> {
  const next = new Map(previous);
  for (const [index, row] of rows.entries()) next.set(offset + index, row);
  return next;
}

/** Those that failed come first, where all of them are at hand. */
function sorted(rows: ItemView[]): Map<number, ItemView> {
  const failed = (row: ItemView) => row.status === "failed";
  const all = [...rows.filter(failed), ...rows.filter((row) => !failed(row))];
  return new Map(all.map((row, index) => [index, row]));
}

interface ItemProps {
  card: CardSignals;
  row: ItemView;
  open: boolean;
  toggle: (path: string | null) => void;
}

function Item({ card, row, open, toggle }: ItemProps) {
  const words = row.said || row.gave;
  const done = row.status === "succeeded" || row.status === "cached";
  const { word, tone, icon } = statusWord({
    status: row.status,
    freshness: done ? "fresh" : "missing",
  });
  return (
    <button
      type="button"
      class="daggr-item-button"
      tabIndex={useTab()}
      aria-expanded={open}
      disabled={!row.record}
      title={`item [${row.path.replaceAll(".", "][")}]`}
      onClick={() => toggle(open ? null : row.path)}
    >
      <span
        class="daggr-item-icon"
        data-tone={tone}
        role="img"
        aria-label={done ? row.status : word}
      >
        <Icon name={icon} size={12} />
      </span>
      <span class="daggr-list-index">{numberOf(row.path)}</span>
      {row.record && (row.picture || row.taken) && <Thumb card={card} row={row} />}
      {(row.label || !words) && (
        <span class="daggr-item-name daggr-ellipsis">
          {row.label || (row.picture || row.error ? "" : word)}
        </span>
      )}
      {words && words !== row.label && (
        <span class="daggr-item-said daggr-quiet daggr-ellipsis" data-over={!!row.gave}>
          <bdi>{words}</bdi>
        </span>
      )}
      {row.error && (
        <span class="daggr-item-error daggr-ellipsis" title={row.error.message}>
          {row.error.message || row.error.type}
        </span>
      )}
      {!row.error && row.duration !== null && (
        <span class="daggr-figures">{duration(row.duration)}</span>
      )}
    </button>
  );
}

/** A small picture of what an item gave, or else got. */
function Thumb({ card, row }: Pick<ItemProps, "card" | "row">) {
  const { record, picture, taken } = row;
  const port = (picture || taken) as OutputProps["port"];
  const digest = `${record} ${port}` as OutputProps["preview"]["digest"];
  const source = { node: card.id, port, path: [], digest, record, control: !picture };
  const image = usePicture(source, THUMB);
  return (
    <span class="daggr-item-thumb">
      {image && "url" in image && <img src={image.url} alt="" draggable={false} />}
    </span>
  );
}

/** Twice as wide as it is shown. */
const THUMB = 64;
