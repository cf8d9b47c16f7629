/** Where two texts differ, word by word. */

/** A part of a text; `changed` if the other text has not got it. */
export interface Segment {
  text: string;
  changed: boolean;
}

/** Numbers, words and blanks, and every other character by itself. */
const TOKEN = /\d+(?:[.,]\d+)+|[\p{L}\p{N}_]+|\s+|./gsu;
/** Tokens of each side that are compared one by one; of more, all between the ends counts as changed. */
const MOST = 1500;

/** The parts of both texts, in their order. */
export function differing(former: string, latter: string): [Segment[], Segment[]] {
  const [a, b] = [former.match(TOKEN) ?? [], latter.match(TOKEN) ?? []];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [kept, keptToo] = common(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const flags = (length: number, kept: boolean[]) =>
    Array.from({ length }, (_, i) => i < start || i >= length - end || !!kept[i - start]);
  return [joined(a, flags(a.length, kept)), joined(b, flags(b.length, keptToo))];
}

/** Which tokens of each side belong to the longest sequence that both have. */
function common(a: string[], b: string[]): [boolean[], boolean[]] {
  const kept: [boolean[], boolean[]] = [a.map(() => false), b.map(() => false)];
  if (a.length > MOST || b.length > MOST) return kept;
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept[0][i++] = true;
      kept[1][j++] = true;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return kept;
}

/** Neighbours of one kind as one; a blank between two changes is part of the change. */
function joined(tokens: string[], same: boolean[]): Segment[] {
  const segments: Segment[] = [];
  for (const [index, text] of tokens.entries()) {
    const between = !text.trim() && same[index - 1] === false && same[index + 1] === false;
    const changed = !same[index] || between;
    const last = segments.at(-1);
    if (last?.changed === changed) last.text += text;
    else segments.push({ text, changed });
  }
  return segments;
}

/** Whether so much of two texts is the same that it helps to mark the rest. */
export function related(segments: Segment[]): boolean {
  const length = (parts: Segment[]) => parts.reduce((sum, { text }) => sum + text.trim().length, 0);
  return 3 * length(segments.filter((each) => !each.changed)) >= length(segments);
}

export interface Line {
  kind: "add" | "drop" | "same" | "gap";
  parts: Segment[];
}

function kindOf(line: string): "add" | "drop" | "same" {
  if (line.startsWith("+")) return "add";
  return line.startsWith("-") ? "drop" : "same";
}

/** The lines of a unified diff; what changed within a line that has a counterpart is told. */
export function linesOf(diff: string): Line[] {
  const lines: Line[] = [];
  let drops: Line[] = [];
  let adds: Line[] = [];
  const pair = () => {
    for (const [index, drop] of drops.entries()) {
      const add = adds[index];
      if (!add) break;
      const [old, now] = differing(textOf(drop).slice(1), textOf(add).slice(1));
      if (!related(old) && !related(now)) continue;
      drop.parts = [{ text: "-", changed: false }, ...old];
      add.parts = [{ text: "+", changed: false }, ...now];
    }
    [drops, adds] = [[], []];
  };
  for (const text of diff.trimEnd().split("\n")) {
    if (/^(\+\+\+|---)( |$)/.test(text)) continue;
    if (text.startsWith("@@")) {
      pair();
      if (lines.length) lines.push({ kind: "gap", parts: [{ text: "⋯", changed: false }] });
      continue;
    }
    const line: Line = { kind: kindOf(text), parts: [{ text: text || " ", changed: false }] };
    lines.push(line);
    if (line.kind === "same" || (line.kind === "drop" && adds.length)) pair();
    if (line.kind === "drop") drops.push(line);
    if (line.kind === "add") adds.push(line);
  }
  pair();
  return lines;
}

function textOf(line: Line): string {
  return line.parts.map((part) => part.text).join("");
}
