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

/** Lines of a text, read one block at a time. */
class Lines {
  #at = 0;
  readonly #lines: string[];

  constructor(text: string) {
    this.#lines = text.replace(/\r\n?/g, "\n").split("\n");
  }

  peek(): string | undefined {
    return this.#lines[this.#at];
  }

  next(): string | undefined {
    return this.#lines[this.#at++];
  }

  /** Takes lines while `test` holds. */
  take(test: (line: string) => boolean): string[] {
    const taken: string[] = [];
    for (let line = this.peek(); line !== undefined && test(line); line = this.peek()) {
      taken.push(line);
      this.#at++;
    }
    return taken;
  }
}

export function parseBlocks(text: string): Block[] {
  const lines = new Lines(text);
  const blocks: Block[] = [];
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    if (line.trim() === "") lines.next();
    else blocks.push(parseBlock(line, lines));
  }
  return blocks;
}

function parseBlock(line: string, lines: Lines): Block {
  const heading = HEADING.exec(line);
  if (heading) {
    lines.next();
    return { kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" };
  }
  if (FENCE.test(line)) return parseFence(lines);
  if (RULE.test(line)) {
    lines.next();
    return { kind: "rule" };
  }
  if (QUOTE.test(line)) {
    const quoted = lines.take((each) => QUOTE.test(each));
    return { kind: "quote", text: quoted.map((each) => each.replace(QUOTE, "")).join("\n") };
  }
  if (ITEM.test(line)) return parseList(lines);
  const paragraph = lines.take((each) => each.trim() !== "" && !startsBlock(each));
  // A line that looks like the start of a block and is none is a paragraph of its own.
  return { kind: "paragraph", text: paragraph.join("\n") || (lines.next() ?? "") };
}

function startsBlock(line: string): boolean {
  return [HEADING, FENCE, QUOTE, ITEM, RULE].some((pattern) => pattern.test(line));
}

function parseFence(lines: Lines): Block {
  lines.next();
  const code = lines.take((line) => !FENCE.test(line));
  lines.next();
  return { kind: "code", text: code.join("\n") };
}

function parseList(lines: Lines): Block {
  const first = ITEM.exec(lines.peek() ?? "");
  const items: { depth: number; text: string }[] = [];
  const belongs = (line: string) => ITEM.test(line) || (/^\s+\S/.test(line) && !FENCE.test(line));
  for (const line of lines.take(belongs)) {
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
