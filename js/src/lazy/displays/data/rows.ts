import { useEffect, useRef, useState } from "preact/hooks";
import { refOf, type Shows } from "../../../outputs/props";
import type { TableRows } from "../../../protocol.gen";
import { useApp } from "../../../ui/context";

export type Page = Pick<TableRows, "start" | "index" | "rows">;
type Cell = TableRows["rows"][number][number];

export interface Row {
  index: string;
  cells: Cell[];
}

const PAGE = 100;

/** The rows of a table by their index; those that are not there yet are sent for. */
export function useRows(props: Shows<"table">) {
  const { media } = useApp().bridge;
  const ref = refOf(props);
  const [, draw] = useState(0);
  const cache = useRef({ digest: ref.digest, rows: new Map<number, Row>(), requests: new Set() });
  const [failure, setFailure] = useState("");
  if (cache.current.digest !== ref.digest || cache.current.rows.size === 0) {
    cache.current = { digest: ref.digest, rows: new Map(), requests: new Set() };
    put(cache.current.rows, props.preview.data);
  }
  const alive = useRef(true);
  useEffect(
    () => () => {
      alive.current = false;
    },
    [],
  );
  const ask = (page: number) => {
    const { rows, requests } = cache.current;
    requests.add(page);
    media
      .fetch(ref, null, { rows: [page * PAGE, (page + 1) * PAGE] })
      .then(async (blob) => put(rows, JSON.parse(await blob.text())))
      .catch((error: Error) => {
        requests.delete(page);
        if (alive.current) setFailure(error.message);
      })
      .finally(() => alive.current && draw((count) => count + 1));
  };
  /** Sees to it that rows are there, or will be. */
  const need = (first: number, last: number) => {
    const { rows, requests } = cache.current;
    for (let page = Math.floor(first / PAGE); page <= Math.floor((last - 1) / PAGE); page++) {
      const from = Math.max(first, page * PAGE);
      const to = Math.min(last, (page + 1) * PAGE);
      const lacking = !rows.has(from) || !rows.has(to - 1);
      if (lacking && !requests.has(page)) ask(page);
    }
  };
  /** Calls back with some rows, their cells as long as they are; says why, if they cannot be had. */
  const whole = (first: number, last: number, take: (rows: Row[]) => void) => {
    const there = Array.from({ length: last - first }, (_, i) => cache.current.rows.get(first + i));
    if (there.every((row): row is Row => !!row && !row.cells.some(isCut))) return take(there);
    media
      .fetch(ref, null, { rows: [first, last], whole: true })
      .then(async (blob) => {
        const rows = new Map<number, Row>();
        put(rows, JSON.parse(await blob.text()));
        take([...rows.values()]);
      })
      .catch((error: Error) => alive.current && setFailure(error.message));
  };
  return { at: (index: number) => cache.current.rows.get(index), need, whole, failure, setFailure };
}

function isCut(cell: Cell | undefined): cell is { cut: string } {
  return typeof cell === "object" && cell !== null && "cut" in cell;
}

function put(rows: Map<number, Row>, page: Page): void {
  for (const [i, cells] of page.rows.entries()) {
    rows.set(page.start + i, { index: page.index[i] ?? "", cells });
  }
}

/** What a cell shows, and whether it stands for nothing. */
export function shownCell(cell: Cell | undefined): { text: string; nothing: boolean } {
  if (cell === undefined) return { text: "…", nothing: true };
  if (cell === null) return { text: "", nothing: true };
  if (isCut(cell)) return { text: `${cell.cut}…`, nothing: false };
  if (typeof cell === "object") return { text: cell.is, nothing: true };
  if (typeof cell === "number") return { text: shownNumber(cell), nothing: false };
  return { text: String(cell), nothing: false };
}

/** Few digits, but never fewer than tell an amount to a hundredth. */
function shownNumber(value: number): string {
  const whole = String(value);
  if (Number.isInteger(value) || whole.length <= DIGITS) return whole;
  const before = String(Math.trunc(Math.abs(value))).length;
  return String(Number(value.toPrecision(Math.max(6, before + 2))));
}

/** A number that is as short is shown as it is. */
const DIGITS = 12;

/** A cell as it is edited and copied: all of it, with all digits. */
export function wholeText(cell: Cell | undefined): string {
  if (cell === undefined || cell === null) return "";
  if (isCut(cell)) return cell.cut;
  if (typeof cell === "object") return /∞/.test(cell.is) ? cell.is : "";
  return String(cell);
}
