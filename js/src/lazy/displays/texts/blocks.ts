import { Lexer, marked, type Token, type TokensList } from "marked";
import { built } from "./built";
import { reconcile } from "./reconcile";
import { dressed, tamed } from "./tamed";

type Links = TokensList["links"];

/** Blocks after which, and an empty line, nothing can change them. A list goes on after one. */
const ENDS_WITH_BLANK = new Set(["paragraph", "blockquote", "heading", "hr", "table", "def"]);
/** Blocks that are over with their last line. */
const ENDS_WITH_LINE = new Set(["heading", "hr"]);

/** A paragraph in which nothing can be a mark of Markdown, nor an address. */
const PROSE = /^(?!.*www\.)\p{L}[\p{L}\p{N} .,;:?!'"()%+=-]*$/iu;

function tokensOf(text: string, links: Links): TokensList {
  const lexer = new Lexer({ ...marked.defaults, gfm: true });
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(text);
}

function htmlOfTokens(tokens: Token[]): string {
  return marked.parser(tokens, { ...marked.defaults, gfm: true });
}

/** Markdown as it is shown, as text. */
export function htmlOf(markdown: string): string {
  const holder = document.createElement("div");
  holder.append(tamed(htmlOfTokens(tokensOf(markdown, {}))));
  return holder.innerHTML;
}

/** Finished blocks: their source, what became of it, and where that stands. */
interface Chunk {
  raw: string;
  html: string;
  nodes: ChildNode[];
}

/**
 * Markdown in an element. While it grows, only what is not finished is rendered again. What refers to
 * something that comes later (links by name) is rendered again when that is there; from HTML in the
 * text on, which may reach over blocks, all is. In the end it is what the whole text is.
 */
export class Blocks {
  #source = "";
  /** What finished blocks say links by name lead to; the text so far, as JSON. */
  #settledLinks: Links = {};
  #links = "";
  #chunks: Chunk[] = [];
  #settled = 0;
  #tail: ChildNode[] = [];
  #grows = false;
  #tab = 0;

  constructor(private readonly box: HTMLElement) {}

  show(text: string, growing: boolean, tab: number): void {
    this.#tab = tab;
    const source = text.replace(/\r\n|\r/g, "\n");
    if (!growing) {
      this.#showWhole(source);
      return;
    }
    if (!this.#grows || !source.startsWith(this.#source)) this.#begin();
    this.#source = source;
    this.#grow(source.slice(this.#settled));
  }

  #begin(): void {
    this.#chunks = [];
    this.#settled = 0;
    this.#tail = [...this.box.childNodes];
    this.#settledLinks = {};
    this.#links = "{}";
    this.#grows = true;
  }

  #showWhole(source: string): void {
    const whole = this.#nodes(htmlOfTokens(tokensOf(source, {})));
    reconcile(this.box, [...this.box.childNodes], whole);
    this.#grows = false;
  }

  #grow(rest: string): void {
    if (PROSE.test(rest)) {
      // What most answers are made of is not taken apart anew with every word of it.
      this.#tail = reconcile(this.box, this.#tail, this.#nodes(`<p>${rest}</p>\n`, true));
      return;
    }
    const tokens = tokensOf(rest, this.#settledLinks);
    this.#relink(tokens.links);
    const count = finishedIn(tokens);
    const finished = tokens.slice(0, count);
    const html = htmlOfTokens(finished);
    const former = this.#tail;
    const nodes = this.#nodes(html, true);
    const open = tokens.slice(count);
    const pure = !open.some(holdsHtml);
    const shown = reconcile(this.box, former, [...nodes, ...this.#nodes(htmlOfTokens(open), pure)]);
    this.#tail = shown.slice(nodes.length);
    if (count === 0) return;
    const raw = finished.map((token) => token.raw).join("");
    this.#chunks.push({ raw, html, nodes: shown.slice(0, nodes.length) });
    this.#settled += raw.length;
    marked.walkTokens(finished, (token) => {
      const link = token.type === "def" && tokens.links[token.tag];
      if (link) this.#settledLinks[token.tag] ??= link;
    });
  }

  /** Renders finished blocks again that refer to what has only now been said. */
  #relink(links: Links): void {
    const now = JSON.stringify(links);
    if (now === this.#links) return;
    this.#links = now;
    for (const chunk of this.#chunks) {
      const html = htmlOfTokens(tokensOf(chunk.raw, links));
      if (html === chunk.html) continue;
      const nodes = this.#nodes(html);
      chunk.nodes[0]?.before(...nodes);
      for (const node of chunk.nodes) node.remove();
      Object.assign(chunk, { html, nodes });
    }
  }

  /** `pure` is what stems from Markdown alone, with no HTML of the text in it. */
  #nodes(html: string, pure = false): ChildNode[] {
    const plain = pure && built(html);
    const fragment = plain ? dressed(plain) : tamed(html);
    for (const link of fragment.querySelectorAll("a")) link.tabIndex = this.#tab;
    return [...fragment.childNodes];
  }
}

/** How many of the tokens stay as they are, whatever follows. */
function finishedIn(tokens: Token[]): number {
  const html = tokens.findIndex(holdsHtml);
  const last = html < 0 ? tokens.length - 1 : html;
  for (let count = last; count > 0; count--) {
    const [before, token] = [tokens[count - 2], tokens[count - 1]];
    if (token && count < tokens.length && isOver(token, before)) return count;
  }
  return 0;
}

function isOver(token: Token, before: Token | undefined): boolean {
  if (token.type === "space")
    return !!before && (ENDS_WITH_BLANK.has(before.type) || fenced(before));
  if (ENDS_WITH_LINE.has(token.type) || fenced(token)) return token.raw.endsWith("\n");
  return ENDS_WITH_BLANK.has(token.type) && token.raw.endsWith("\n\n");
}

function fenced(token: Token): boolean {
  return token.type === "code" && token.codeBlockStyle !== "indented";
}

function holdsHtml(token: Token): boolean {
  let holds = false;
  marked.walkTokens([token], (part) => {
    if (part.type === "html") holds = true;
  });
  return holds;
}
