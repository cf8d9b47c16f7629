/** A small, safe part of Markdown: it makes data, never HTML. */

export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "code"; text: string }
  | { kind: "quote"; text: string }
  | { kind: "rule" }
  | { kind: "list"; ordered: boolean; start: number; items: { depth: number; text: string }[] }
  | { kind: "paragraph"; text: string };

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong"; children: Inline[] }
  | { kind: "em"; children: Inline[] }
  | { kind: "link"; text: string; href: string }
  | { kind: "break" };

const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)([-*+]|(\d+)[.)])\s+(.*)$/;
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const FENCE = /^ {0,3}(```|~~~)/;
const QUOTE = /^ {0,3}> ?/;

/** Takes lines off the front while `test` holds. */
function take(lines: string[], test: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !test(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

export function parseBlocks(text: string): Block[] {
  const lines = text.split(/\r\n?|\n/);
  const blocks: Block[] = [];
  for (let line = lines[0]; line !== undefined; line = lines[0]) {
    if (line.trim()) blocks.push(parseBlock(line, lines));
    else lines.shift();
  }
  return blocks;
}

/** Reads one block, which starts with `line`, off the front of `lines`. */
function parseBlock(line: string, lines: string[]): Block {
  if (ITEM.test(line) && !RULE.test(line)) return parseList(lines);
  if (QUOTE.test(line)) {
    const quoted = take(lines, (each) => QUOTE.test(each));
    return { kind: "quote", text: quoted.map((each) => each.replace(QUOTE, "")).join("\n") };
  }
  lines.shift();
  const heading = HEADING.exec(line);
  if (heading) return { kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" };
  if (FENCE.test(line)) {
    const code = take(lines, (each) => !FENCE.test(each));
    lines.shift();
    return { kind: "code", text: code.join("\n") };
  }
  if (RULE.test(line)) return { kind: "rule" };
  const more = take(lines, (each) => each.trim() !== "" && !startsBlock(each));
  return { kind: "paragraph", text: [line, ...more].join("\n") };
}

function startsBlock(line: string): boolean {
  return [HEADING, FENCE, QUOTE, ITEM, RULE].some((pattern) => pattern.test(line));
}

function parseList(lines: string[]): Block {
  const first = ITEM.exec(lines[0] ?? "");
  const items: { depth: number; text: string }[] = [];
  const belongs = (line: string) => ITEM.test(line) || (/^\s+\S/.test(line) && !FENCE.test(line));
  for (const line of take(lines, belongs)) {
    const item = ITEM.exec(line);
    const last = items.at(-1);
    if (item) items.push({ depth: Math.floor((item[1]?.length ?? 0) / 2), text: item[4] ?? "" });
    else if (last) last.text += `\n${line.trim()}`;
  }
  return { kind: "list", ordered: first?.[3] !== undefined, start: Number(first?.[3] ?? 1), items };
}

/** Code, a link or picture, a bare address, strong, emphasis, a line break. */
const INLINE =
  /(`+)(.+?)\1|!?\[([^\]]*)\]\(([^()\s]+)[^)]*\)|(https?:\/\/[^\s<>)]+[\w/])|(\*\*|__)(?=\S)(.+?)\6|(\*|\b_)(?=\S)(.+?)(?:\*|_\b)| {2,}\n/s;

export function parseInline(source: string): Inline[] {
  const parts: Inline[] = [];
  let rest = source;
  while (rest) {
    const found = INLINE.exec(rest);
    const before = found ? rest.slice(0, found.index) : rest;
    if (before) parts.push({ kind: "text", text: before });
    if (!found) break;
    parts.push(inlineOf(found));
    rest = rest.slice(found.index + found[0].length);
  }
  return parts;
}

function inlineOf(found: RegExpExecArray): Inline {
  const [, , code, text, href, url, , strong, , em] = found;
  if (code !== undefined) return { kind: "code", text: code.trim() };
  if (url) return { kind: "link", text: url, href: url };
  if (href) {
    const shown = text || href;
    // Only addresses that lead somewhere: no script, no data.
    const safe = /^(https?:|mailto:)/i.test(href);
    return safe ? { kind: "link", text: shown, href } : { kind: "text", text: shown };
  }
  if (strong) return { kind: "strong", children: parseInline(strong) };
  if (em) return { kind: "em", children: parseInline(em) };
  return { kind: "break" };
}
