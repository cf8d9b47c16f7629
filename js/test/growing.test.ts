// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import { Blocks, htmlOf } from "../src/lazy/displays/texts/blocks";

// Under happy-dom DOMPurify loses the first element; what it takes away is for others to test.
vi.mock("dompurify", () => ({
  default: {
    sanitize(html: string) {
      const template = document.createElement("template");
      template.innerHTML = html;
      return template.content;
    },
  },
}));

/** A generator of numbers in 0 … 1 that begins the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = [
  "A paragraph with **bold** text\nin two lines.",
  "# Heading",
  "Setext\n---",
  "Setext\n===\n",
  "---",
  "- one\n- two",
  "- one\n\n- loose\n\n  more of it",
  "1. first\n2. second\n   - nested",
  "- [x] did\n- [ ] to do",
  "> quoted\n> on",
  "> - in a quote\n>\n> end",
  "```py\nx = 1\n\n# no heading\n```",
  "~~~\nopen fence\n\nstill",
  "    indented code\n\n    goes on",
  "| a | b |\n|---|:-:|\n| 1 | 2 |",
  "see [ref] and [text][ref] and [Other Ref]",
  "[ref]: https://x.org/a 'Title'",
  "[other ref]: <https://y.org>",
  "![pic](https://x.org/p.png) and <https://auto.org>",
  "<div>\n\ninside\n\n</div>",
  "<b>never closed",
  "text with <i>inline</i> html",
  "<!-- a comment\n\nthat goes on -->",
  "<pre>\nraw\n\nmore</pre>",
  "&amp; \\* `code` ``a`b`` *em* _em_ ~~del~~",
  "line  \nbreak\\\nbreak",
  "مرحبا 🦦 字",
  "#",
  "-",
  "=",
  "a\tb",
  "\ttab",
  "[^1]: note",
  "$x^2$",
  "* * *",
  "+ plus\n\n\n+ apart",
  "10) ten",
  "Plain prose: of 3 otters (at least) two said, 'Why not?'",
  "Go to www.x.org or ask a.b@x.org; e.g. 1. here.",
  "Étés, 字 = 42%!  ",
  "",
];
const JOINS = [
  "\n\n",
  "\n\n",
  "\n\n",
  "\n",
  "\n\n\n",
  "\n \n",
  "\r\n\r\n",
  " ",
  "\n\n   ",
  "\n\n     ",
];

function documentOf(next: () => number): string {
  const pick = (list: string[]) => list[Math.floor(next() * list.length)] ?? "";
  let text = "";
  for (let count = 2 + next() * 8; count > 0; count--) text += pick(PIECES) + pick(JOINS);
  return text;
}

/** Grows a text in an element; calls back after every step. */
function grow(text: string, next: () => number, each: (so: string, box: HTMLElement) => void) {
  const box = document.createElement("div");
  const blocks = new Blocks(box);
  for (let at = 0; at < text.length; ) {
    at = Math.min(text.length, at + 1 + Math.floor(next() ** 3 * 40));
    blocks.show(text.slice(0, at), true, 0);
    each(text.slice(0, at), box);
  }
  return { box, blocks };
}

const untabbed = (box: HTMLElement) => box.innerHTML.replaceAll(' tabindex="0"', "");

describe("Markdown that grows", () => {
  test.each(Array.from({ length: 500 }, (_, seed) => seed))(
    "is at every moment what the whole is, document %i",
    (seed) => {
      const next = random(seed);
      const text = documentOf(next);
      const { box, blocks } = grow(text, next, (so, box) => {
        expect(untabbed(box), JSON.stringify(so)).toBe(htmlOf(so));
      });
      blocks.show(text, false, 0);
      expect(untabbed(box)).toBe(htmlOf(text));
    },
  );

  test("keeps what is finished: the same nodes, with what is selected in them", () => {
    const box = document.createElement("div");
    document.body.append(box);
    const blocks = new Blocks(box);
    let text = "# Otters\n\nThey hold hands.\n\nWhile they";
    blocks.show(text, true, 0);
    const paragraph = box.querySelector("p")?.firstChild as Text;
    const selection = getSelection();
    selection?.setBaseAndExtent(paragraph, 5, paragraph, 15);
    for (const part of [" sleep", ", and\n\n- in", " rafts\n\n", "[a]: https://b.org\n\n", "end"]) {
      text += part;
      blocks.show(text, true, 0);
      expect(box.querySelector("p")?.firstChild).toBe(paragraph);
      expect(selection?.toString()).toBe("hold hands");
    }
    blocks.show(text, false, 0);
    expect(box.querySelector("p")?.firstChild).toBe(paragraph);
    expect(selection?.toString()).toBe("hold hands");
    box.remove();
  });

  test("keeps what is selected in the block that grows", () => {
    const box = document.createElement("div");
    document.body.append(box);
    const blocks = new Blocks(box);
    blocks.show("Otters **hold** hands whi", true, 0);
    const first = box.querySelector("p")?.firstChild as Text;
    getSelection()?.setBaseAndExtent(first, 0, first, 6);
    blocks.show("Otters **hold** hands while they sleep", true, 0);
    expect(box.querySelector("p")?.firstChild).toBe(first);
    expect(getSelection()?.toString()).toBe("Otters");
    box.remove();
  });

  test("a link by name is one when its target comes, in a paragraph that was finished", () => {
    const text = "see [it]\n\nmore\n\nand more\n\n[it]: https://x.org\n";
    const { box } = grow(text, random(1), () => {});
    expect(box.querySelector("a")?.getAttribute("href")).toBe("https://x.org");
  });

  test("costs what is new", () => {
    const text = "A paragraph of an answer, **quite** long.\n\n".repeat(400);
    const box = document.createElement("div");
    const blocks = new Blocks(box);
    const parents = new Set<Node>();
    const seen = new MutationObserver((records) => {
      for (const { target } of records) parents.add(target);
    });
    blocks.show(text.slice(0, -60), true, 0);
    seen.observe(box, { childList: true, subtree: true, characterData: true });
    blocks.show(text.slice(0, -50), true, 0);
    for (const { target } of seen.takeRecords()) parents.add(target);
    expect(parents.size).toBeLessThan(6);
    expect(box.querySelectorAll("p").length).toBeGreaterThan(398);
  });

  test("begins anew with a text that is another one", () => {
    const box = document.createElement("div");
    const blocks = new Blocks(box);
    for (const text of ["one\n\ntwo\n\nthree", "two\n\nthree", "", "# four"]) {
      blocks.show(text, true, 0);
      expect(untabbed(box)).toBe(htmlOf(text));
    }
  });
});
