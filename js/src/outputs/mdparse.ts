/** A small, safe part of Markdown: it makes data, never HTML. */

export interface Part {
  tag:
    | "p"
    | "pre"
    | "blockquote"
    | "hr"
    | "ul"
    | "ol"
    | "li"
    | "code"
    | "strong"
    | "em"
    | "a"
    | "br";
  attributes: Record<string, string | number>;
  children: (Part | string)[];
}

function part(
  tag: Part["tag"],
  children: Part["children"] = [],
  attributes: Part["attributes"] = {},
): Part {
  return { tag, attributes, children };
}

const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)([-*+]|(\d+)[.)])\s+(.*)$/;
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const FENCE = /^ {0,3}(```|~~~)/;
const QUOTE = /^ {0,3}> ?/;
const INDENT_PX = 14;

/** Takes lines off the front while `test` holds. */
function take(lines: string[], test: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !test(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

export function parseBlocks(text: string): Part[] {
  const lines = text.split(/\r\n?|\n/);
  const blocks: Part[] = [];
  for (let line = lines[0]; line !== undefined; line = lines[0]) {
    if (line.trim()) blocks.push(parseBlock(line, lines));
    else lines.shift();
  }
  return blocks;
}

/** Reads one block, which starts with `line`, off the front of `lines`. */
function parseBlock(line: string, lines: string[]): Part {
  if (ITEM.test(line) && !RULE.test(line)) return parseList(lines);
  if (QUOTE.test(line)) {
    const quoted = take(lines, (each) => QUOTE.test(each));
    const text = quoted.map((each) => each.replace(QUOTE, "")).join("\n");
    return part("blockquote", parseInline(text));
  }
  lines.shift();
  const [, marks, title = ""] = HEADING.exec(line) ?? [];
  // Headings of a value must not disturb the outline of the notebook around it.
  if (marks) return part("p", parseInline(title), { class: `daggr-h daggr-h${marks.length}` });
  if (FENCE.test(line)) {
    const code = take(lines, (each) => !FENCE.test(each));
    lines.shift();
    return part("pre", [code.join("\n")], { class: "daggr-code" });
  }
  if (RULE.test(line)) return part("hr");
  const more = take(lines, (each) => each.trim() !== "" && !startsBlock(each));
  return part("p", parseInline([line, ...more].join("\n")));
}

function startsBlock(line: string): boolean {
  return [HEADING, FENCE, QUOTE, ITEM, RULE].some((pattern) => pattern.test(line));
}

function parseList(lines: string[]): Part {
  const start = ITEM.exec(lines[0] ?? "")?.[3];
  const items: { depth: number; text: string }[] = [];
  const belongs = (line: string) => ITEM.test(line) || (/^\s+\S/.test(line) && !FENCE.test(line));
  for (const line of take(lines, belongs)) {
    const [, indent, , , text = ""] = ITEM.exec(line) ?? [];
    const last = items.at(-1);
    if (indent !== undefined) items.push({ depth: Math.floor(indent.length / 2), text });
    else if (last) last.text += `\n${line.trim()}`;
  }
  const rows = items.map(({ depth, text }) =>
    part("li", parseInline(text), depth ? { style: `margin-left:${depth * INDENT_PX}px` } : {}),
  );
  return start === undefined ? part("ul", rows) : part("ol", rows, { start: Number(start) });
}

/** Code, a link or picture, a bare address, strong, emphasis, a line break. */
const INLINE =
  /(`+)(.+?)\1|!?\[([^\]]*)\]\(([^()\s]+)[^)]*\)|(https?:\/\/[^\s<>)]+[\w/])|(\*\*|__)(?=\S)(.+?)\6|(\*|\b_)(?=\S)(.+?)(?:\*|_\b)| {2,}\n/s;

export function parseInline(source: string): Part["children"] {
  const parts: Part["children"] = [];
  let rest = source;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    parts.push(rest.slice(0, found.index), inlineOf(found));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, rest].filter((each) => each !== "");
}

function inlineOf([, , code, text, href, url, , strong, , em]: RegExpExecArray): Part | string {
  if (code !== undefined) return part("code", [code.trim()]);
  if (url) return part("a", [url], { href: url });
  if (href) {
    const shown = text || href;
    // Only addresses that lead somewhere: no script, no data.
    return /^(https?:|mailto:)/i.test(href) ? part("a", [shown], { href }) : shown;
  }
  if (strong) return part("strong", parseInline(strong));
  return em ? part("em", parseInline(em)) : part("br");
}
