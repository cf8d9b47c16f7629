import type { SweepCell, SweepView } from "../../protocol.gen";

/** A sweep as rows and columns. */
export interface Grid {
  /** What was swept: the inputs. */
  title: string;
  inputs: string[];
  /** What the rows are, and the columns. */
  corner: string;
  columns: string[];
  rows: { name: string; cells: (SweepCell | null)[] }[];
}

/**
 * The results of a sweep by its inputs: the last one that varies across, all others down. What
 * has one value only is no direction; of several runs for one place the last one counts.
 */
export function gridOf({ inputs, cells }: SweepView): Grid {
  const distinct = (place: number) => [...new Set(cells.map(({ values }) => values[place] ?? ""))];
  const varying = inputs.map((_, place) => place).filter((place) => distinct(place).length > 1);
  const across = varying.at(-1) ?? inputs.length - 1;
  const down = varying.slice(0, -1);
  const rowOf = ({ values }: SweepCell) => down.map((place) => values[place] ?? "").join(" · ");
  const columns = distinct(across);
  const names = [...new Set(cells.map(rowOf))];
  const byPlace = new Map(cells.map((cell) => [key(rowOf(cell), cell.values[across]), cell]));
  const rows = names.map((name) => ({
    name,
    cells: columns.map((column) => byPlace.get(key(name, column)) ?? null),
  }));
  const title = (down.length ? varying : [across]).map((place) => inputs[place]).join(" × ");
  const corner = [down.map((place) => inputs[place]).join(" · "), inputs[across]]
    .filter(Boolean)
    .join(" \\ ");
  return { title, inputs, corner, columns, rows };
}

function key(row: string, column: string | undefined): string {
  return JSON.stringify([row, column]);
}
