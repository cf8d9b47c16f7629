// A <table> has no rows that are not there. The table itself has the focus and the keys of all cells.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/noStaticElementInteractions: see above
// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Shows } from "../../../outputs/props";
import type { Column, Json } from "../../../protocol.gen";
import { Button } from "../../../ui/Button";
import { useApp, useTab } from "../../../ui/context";
import { Download } from "../actions";
import { useRoom } from "../room";
import { cellsIn, written } from "./block";
import { type Row, shownCell, useRows, wholeText } from "./rows";
import { usePlaces } from "./search";

const ROW = 24;
const MOST_HEIGHT = 264;
/** Browsers draw nothing that is higher than some 30 million pixels. */
const MOST_ROWS = 1_000_000;

const MOST_COPIED = 50_000;
const TOO_MANY = "So many rows are not copied at once: download the table.";

/** A change to a table, as the kernel takes it. */
export type Step =
  | ["set", number, number, Json]
  | ["fill", number, number, Json[][]]
  | ["add" | "remove", number];

interface TableProps extends Shows<"table"> {
  /** For a table that people edit. */
  edit?: ((step: Step) => void) | undefined;
}

/** A table of any length: only the rows in sight are there, and are sent for when they are not. */
export function Table({ edit, ...props }: TableProps) {
  const count = props.preview.count ?? 0;
  const total = Math.min(count, MOST_ROWS);
  const columns = props.preview.data.columns;
  const rows = useRows(props);
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [place, setActive] = useState<[number, number]>([0, 0]);
  const within = (at: number, count: number) => Math.max(0, Math.min(at, count - 1));
  const [row, column] = [within(place[0], total), within(place[1], columns.length)];
  /** The other corner of what is selected, if that is more than a cell. */
  const [corner, setCorner] = useState<[number, number] | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const begun = useRef<string | null>(null);
  const { zoom } = useApp();
  const room = useRoom();
  const tab = useTab();

  const [high, setHigh] = useState(MOST_HEIGHT);
  const first = Math.max(0, Math.floor(top / ROW) - 4);
  const last = Math.min(total, first + Math.ceil(high / ROW) + 9);
  useLayoutEffect(() => rows.need(first, last));
  const widths = widthsOf(
    columns,
    Array.from({ length: 20 }, (_, i) => rows.at(i)),
    total,
  );
  const wide = widths.reduce((sum, width) => sum + width, 0);
  const [{ scrolls, more }, setSides] = useState({ scrolls: false, more: "" });
  const lookAround = () => {
    const element = box.current;
    if (!element) return;
    const { scrollLeft, scrollWidth, clientWidth, scrollHeight, clientHeight } = element;
    const [beyond, down] = [scrollWidth - clientWidth, scrollHeight - clientHeight];
    const sides = [scrollLeft > 1 && "before", scrollLeft < beyond - 1 && "after"];
    const next = { scrolls: beyond > 1 || down > 1, more: sides.filter(Boolean).join(" ") };
    setSides((now) => (now.scrolls === next.scrolls && now.more === next.more ? now : next));
    setHigh(Math.max(clientHeight, MOST_HEIGHT));
  };
  useLayoutEffect(lookAround, [wide, total]);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(lookAround);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const template = widths.map((width) => `${width}px`).join(" ");

  const focus = () => box.current?.focus({ preventScroll: true });
  const pick = (to: [number, number], extend: boolean) => {
    if (extend) setCorner((corner) => corner ?? [row, column]);
    else setCorner(null);
    setActive(to);
  };
  const move = (down: number, right: number, extend: boolean) => {
    const to: [number, number] = [
      within(row + down, total),
      within(column + right, columns.length),
    ];
    pick(to, extend);
    reveal(box.current, to, widths);
  };
  const [otherRow, otherColumn] = corner ?? [row, column];
  const area = {
    top: Math.min(row, otherRow),
    bottom: Math.max(row, otherRow),
    left: Math.min(column, otherColumn),
    right: Math.max(column, otherColumn),
  };
  /** Cells of the area, each as `text` says. */
  const block = (text: (row: number, column: number) => string | null) =>
    range(area.top, area.bottom).map((r) => range(area.left, area.right).map((c) => text(r, c)));
  const begin = (at: number, column: number) =>
    rows.whole(at, at + 1, ([whole]) => {
      begun.current = wholeText(whole?.cells[column]);
      setCorner(null);
      setEditing(begun.current);
    });
  const type = () => {
    begun.current = null;
    setEditing("");
  };
  const put = (text: string) => {
    setEditing(null);
    focus();
    if (text !== begun.current) edit?.(["set", row, column, text]);
  };
  const clear = () => {
    if (!corner) edit?.(["set", row, column, null]);
    else edit?.(["fill", area.top, area.left, block(() => null)]);
  };
  const onCopy = (event: ClipboardEvent) => {
    const marked = document.getSelection();
    const text = marked?.isCollapsed === false && box.current?.contains(marked.anchorNode);
    if (editing !== null || total === 0 || text) return;
    event.preventDefault();
    event.stopPropagation();
    if (area.bottom - area.top > MOST_COPIED) return rows.setFailure(TOO_MANY);
    let late = false;
    rows.whole(area.top, area.bottom + 1, (whole) => {
      const columns = range(area.left, area.right);
      const text = written(whole.map(({ cells }) => columns.map((at) => wholeText(cells[at]))));
      // The event is over when rows had to be sent for.
      if (late) void navigator.clipboard?.writeText(text);
      else event.clipboardData?.setData("text/plain", text);
    });
    late = true;
  };
  const onPaste = (event: ClipboardEvent) => {
    if (editing !== null || !edit || event.clipboardData?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData("text/plain");
    if (!text) return;
    const cells = cellsIn(text);
    const [only] = cells.length === 1 && cells[0]?.length === 1 ? cells[0] : [];
    edit(["fill", area.top, area.left, only === undefined ? cells : block(() => only)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (editing !== null || (event.target as Element).matches("input")) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "a" || total === 0) return;
      setActive([0, 0]);
      setCorner([total - 1, columns.length - 1]);
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const [down, right] = MOVES[event.key] ?? [0, 0];
    if (down || right) move(down, right, event.shiftKey);
    else if (!edit && event.key === "Enter" && !room) zoom(props);
    else if (!edit || total === 0) return;
    else if (event.key === "Enter" || event.key === "F2") begin(row, column);
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (event.key.length === 1 || event.key === "Process") type();
    else return;
    if (event.key.length > 1) event.preventDefault();
    event.stopPropagation();
  };
  const places = usePlaces(props, room, total);
  const hit = room && places[room.at];
  useEffect(() => {
    if (!hit) return;
    setActive(hit);
    reveal(box.current, hit, widths);
  }, [hit?.join()]);
  const found = new Set(places.map((each) => each.join()));
  const active: [number, number] = [row, column];
  const look: Look = { columns, template, editable: !!edit, active, area, editing, found };
  return (
    <div class="daggr-table-box">
      <div class="daggr-table-sides" data-more={more} style={{ "--index": `${widths[0]}px` }}>
        <div
          ref={box}
          class="daggr-table daggr-scroll"
          dir="ltr"
          role={edit ? "grid" : "table"}
          aria-label={props.label}
          aria-multiselectable={edit ? true : undefined}
          aria-rowcount={count + 1}
          aria-colcount={columns.length + 1}
          // What scrolls must be reachable, also before anybody has entered the card.
          tabIndex={scrolls ? 0 : tab}
          style={room ? undefined : { maxHeight: `${MOST_HEIGHT}px` }}
          onScroll={(event) => {
            setTop(event.currentTarget.scrollTop);
            lookAround();
          }}
          onKeyDown={onKeyDown}
          onCopy={onCopy}
          onPaste={onPaste}
        >
          <Header {...look} />
          <div role="rowgroup" class="daggr-tbody" style={{ height: `${total * ROW}px` }}>
            {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((index) => (
              <Line
                key={index}
                index={index}
                row={rows.at(index)}
                look={look}
                pick={(at, extend) => {
                  pick([index, at], extend);
                  if (editing === null) focus();
                }}
                begin={(at) => edit && begin(index, at)}
                put={put}
                leave={() => {
                  setEditing(null);
                  focus();
                }}
              />
            ))}
          </div>
        </div>
      </div>
      {count === 0 && <p class="daggr-quiet">No rows.</p>}
      <Under {...props} count={count} rows={rows.failure}>
        {edit && (
          <>
            <Button look="link" onClick={() => edit(["add", total === 0 ? 0 : row + 1])}>
              Add row
            </Button>
            <Button
              look="link"
              disabled={total === 0}
              name={`Remove row ${row}`}
              onClick={() => edit(["remove", row])}
            >
              Remove row {row}
            </Button>
          </>
        )}
      </Under>
    </div>
  );
}

const MOVES: Record<string, [number, number]> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  PageDown: [10, 0],
  PageUp: [-10, 0],
  Home: [-1e9, 0],
  End: [1e9, 0],
};

interface Look {
  columns: Column[];
  template: string;
  editable: boolean;
  active: [number, number];
  area: { top: number; bottom: number; left: number; right: number };
  editing: string | null;
  /** The cells that have what is looked for. */
  found: ReadonlySet<string>;
}

function Header({ columns, template }: Look) {
  return (
    <div role="rowgroup" class="daggr-thead">
      <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        <span role="columnheader" class="daggr-tindex">
          <span class="daggr-unseen">row</span>
        </span>
        {columns.map(({ name, kind, type }, index) => (
          <span
            key={index}
            role="columnheader"
            data-kind={kind}
            title={`${name}: ${kind} (${type})`}
          >
            {name}
          </span>
        ))}
      </div>
    </div>
  );
}

interface LineProps {
  index: number;
  row: Row | undefined;
  look: Look;
  pick: (column: number, extend: boolean) => void;
  begin: (column: number) => void;
  put: (text: string) => void;
  leave: () => void;
}

function Line({ index, row, look, pick, begin, put, leave }: LineProps) {
  const { columns, template, editable, active, area, editing, found } = look;
  const selected = index >= area.top && index <= area.bottom;
  const role = editable ? "gridcell" : "cell";
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      style={{ gridTemplateColumns: template, transform: `translateY(${index * ROW}px)` }}
    >
      <span role="rowheader" class="daggr-tindex">
        {row?.index ?? index}
      </span>
      {columns.map(({ name, kind }, column) => {
        const cell = row?.cells[column];
        const { text, nothing } = shownCell(cell);
        const whole = wholeText(cell);
        const within = selected && column >= area.left && column <= area.right;
        const here = index === active[0] && column === active[1];
        return (
          <span
            key={column}
            role={role}
            data-kind={kind}
            data-nothing={nothing || undefined}
            data-active={here || undefined}
            data-selected={(within && !here) || undefined}
            data-found={found.has(`${index},${column}`) || undefined}
            aria-selected={editable ? within : undefined}
            title={text.length > 24 || (!nothing && whole !== text) ? whole : undefined}
            dir="auto"
            onMouseDown={(event) => event.shiftKey && event.preventDefault()}
            onClick={(event) => pick(column, event.shiftKey)}
            onDblClick={() => begin(column)}
          >
            {here && editing !== null ? (
              <Cell label={`${name}, row ${index}`} text={editing} put={put} leave={leave} />
            ) : (
              text
            )}
          </span>
        );
      })}
    </div>
  );
}

interface CellProps {
  label: string;
  text: string;
  put: (text: string) => void;
  leave: () => void;
}

function Cell({ label, text, put, leave }: CellProps) {
  const field = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []);
  const end = (act: () => void) => {
    if (over.current) return;
    over.current = true;
    act();
  };
  return (
    <input
      ref={field}
      defaultValue={text}
      aria-label={label}
      onBlur={(event) => end(() => put(event.currentTarget.value))}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.isComposing) return;
        if (event.key === "Enter") end(() => put(event.currentTarget.value));
        if (event.key === "Escape") end(leave);
      }}
    />
  );
}

function Under({
  count,
  rows,
  children,
  ...props
}: Shows<"table"> & { count: number; rows: string; children: preact.ComponentChildren }) {
  const { hidden } = props.preview.data;
  return (
    <p class="daggr-under">
      {children}
      {rows && <span class="daggr-lost">{rows}</span>}
      {hidden > 0 && <span class="daggr-quiet">{`+ ${hidden} columns`}</span>}
      {count > MOST_ROWS && <span class="daggr-quiet">the first {MOST_ROWS.toLocaleString()}</span>}
      {!useRoom() && <Download {...props} file={`${props.port}.csv`} />}
      {props.actions}
    </p>
  );
}

/** The whole numbers from one to another, both included. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Widths in pixels: of the index, then of every column. Names are whole as long as cells are not. */
function widthsOf(columns: Column[], rows: (Row | undefined)[], total: number): number[] {
  const names = rows.map((row) => widthOf(row?.index ?? ""));
  const index = Math.min(Math.max(...names, widthOf(String(total)), 20) + 20, 120);
  const cells = columns.map(({ name }, column) => {
    const texts = rows.map((row) => widthOf(shownCell(row?.cells[column]).text));
    const cell = Math.min(Math.max(...texts, 28) + 20, MOST_CELL);
    return Math.max(cell, Math.min(widthOf(name) * BOLD + 20, MOST_NAME));
  });
  return [index, ...cells];
}

const MOST_CELL = 200;
const MOST_NAME = 260;
const BOLD = 1.09;
const TYPE = "11.5px system-ui, sans-serif";
let pen: OffscreenCanvasRenderingContext2D | null | undefined;
const measured = new Map<string, number>();

/** How wide a text is, about: the font is the host's. */
function widthOf(text: string): number {
  const known = measured.get(text);
  if (known !== undefined) return known;
  if (measured.size > 20_000) measured.clear();
  pen ??= globalThis.OffscreenCanvas ? new OffscreenCanvas(1, 1).getContext("2d") : null;
  if (pen) pen.font = TYPE;
  const width = Math.ceil((pen?.measureText(text).width ?? text.length * 6.5) * 1.06);
  measured.set(text, width);
  return width;
}

function reveal(box: HTMLDivElement | null, [row, column]: [number, number], widths: number[]) {
  if (!box) return;
  const y = row * ROW;
  const room = box.clientHeight - 2 * ROW;
  box.scrollTop = Math.min(Math.max(box.scrollTop, y - room), y);
  const [index = 0, ...cells] = widths;
  const x = cells.slice(0, column).reduce((sum, width) => sum + width, 0);
  const wide = (cells[column] ?? 0) + index;
  box.scrollLeft = Math.min(Math.max(box.scrollLeft, x + wide - box.clientWidth), x);
}
