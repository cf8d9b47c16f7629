/** Blocks of cells as spreadsheets put them on the clipboard. */

/** Cells as a text of lines and tabs. */
export function written(rows: string[][]): string {
  return rows.map((cells) => cells.map(quoted).join("\t")).join("\n");
}

function quoted(text: string): string {
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The cells in a text: between tabs, else between what divides each of several lines alike. */
export function cellsIn(text: string): string[][] {
  const tabbed = split(text, "\t");
  if (tabbed.length < 2 || tabbed.some((cells) => cells.length > 1)) return tabbed;
  const numbers = tabbed.every(([cell]) => /^\s*[-+−]?\d*,\d+\s*$/.test(cell ?? ""));
  for (const separator of numbers ? ";" : ";,") {
    const rows = split(text, separator);
    const wide = rows[0]?.length ?? 0;
    if (wide > 1 && rows.every((cells) => cells.length === wide)) return rows;
  }
  return tabbed;
}

/** Splits a text; what is in quotes may hold separators, new lines, and quotes twice. */
function split(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  const part = new RegExp(
    `(?:"((?:[^"]|"")*)"(?=[${separator}\\r\\n]|$)|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|\\r|$)`,
    "gy",
  );
  for (let match = part.exec(text); match; match = part.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (part.lastIndex >= text.length && match[3] !== separator) break;
    if (match[3] !== separator) rows.push([]);
  }
  return rows;
}
