import { describe, expect, test } from "vitest";
import { parseBlocks, parseInline } from "../src/outputs/mdparse";

describe("blocks", () => {
  test("of every kind", () => {
    const text =
      "# Title\n\nA line\nand more\n\n- one\n  - two\n\n2. b\n\n> said\n\n---\n\n```py\nx = 1\n```";
    expect(parseBlocks(text)).toEqual([
      { kind: "heading", level: 1, text: "Title" },
      { kind: "paragraph", text: "A line\nand more" },
      {
        kind: "list",
        ordered: false,
        start: 1,
        items: [
          { depth: 0, text: "one" },
          { depth: 1, text: "two" },
        ],
      },
      { kind: "list", ordered: true, start: 2, items: [{ depth: 0, text: "b" }] },
      { kind: "quote", text: "said" },
      { kind: "rule" },
      { kind: "code", text: "x = 1" },
    ]);
  });

  test("a fence that is still being streamed is code to the end", () => {
    expect(parseBlocks("```\nhalf")).toEqual([{ kind: "code", text: "half" }]);
  });

  test("windows line ends are line ends", () => {
    expect(parseBlocks("a\r\n\r\nb")).toHaveLength(2);
  });
});

describe("inline", () => {
  test("strong, emphasis, code and links", () => {
    expect(parseInline("a **b** *c* `d*` [e](https://f.org)")).toEqual([
      { kind: "text", text: "a " },
      { kind: "strong", children: [{ kind: "text", text: "b" }] },
      { kind: "text", text: " " },
      { kind: "em", children: [{ kind: "text", text: "c" }] },
      { kind: "text", text: " " },
      { kind: "code", text: "d*" },
      { kind: "text", text: " " },
      { kind: "link", text: "e", href: "https://f.org" },
    ]);
  });

  test("underscores inside words are letters", () => {
    expect(parseInline("snake_case_name")).toEqual([{ kind: "text", text: "snake_case_name" }]);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "JavaScript:x"])(
    "%s is no link",
    (href) => {
      expect(parseInline(`[x](${href})`).every((part) => part.kind === "text")).toBe(true);
    },
  );

  test("HTML is text", () => {
    expect(parseInline("<img src=x onerror=y>")).toEqual([
      { kind: "text", text: "<img src=x onerror=y>" },
    ]);
  });
});
