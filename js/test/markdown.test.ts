import { describe, expect, test } from "vitest";
import { type Part, parseBlocks, parseInline } from "../src/outputs/mdparse";

const part = (tag: string, children: unknown[] = [], attributes = {}) => ({
  tag,
  attributes,
  children,
});
const text = (found: Part | string | undefined): string =>
  typeof found === "object" ? found.children.map(text).join("") : (found ?? "");

describe("blocks", () => {
  test("of every kind", () => {
    const source =
      "# Title\n\nA line\nand more\n\n- one\n  - two\n\n2. b\n\n> said\n\n---\n\n```py\nx = 1\n```";
    expect(parseBlocks(source)).toEqual([
      part("p", ["Title"], { class: "daggr-h daggr-h1" }),
      part("p", ["A line\nand more"]),
      part("ul", [part("li", ["one"]), part("li", ["two"], { style: "margin-left:14px" })]),
      part("ol", [part("li", ["b"])], { start: 2 }),
      part("blockquote", ["said"]),
      part("hr"),
      part("pre", ["x = 1"], { class: "daggr-code" }),
    ]);
  });

  test("a fence that is still being streamed is code to the end", () => {
    expect(parseBlocks("```\nhalf")).toEqual([part("pre", ["half"], { class: "daggr-code" })]);
  });

  test("windows line ends are line ends", () => {
    expect(parseBlocks("a\r\n\r\nb")).toHaveLength(2);
  });
});

describe("inline", () => {
  test("strong, emphasis, code and links", () => {
    expect(parseInline("a **b** *c* `d*` [e](https://f.org)")).toEqual([
      "a ",
      part("strong", ["b"]),
      " ",
      part("em", ["c"]),
      " ",
      part("code", ["d*"]),
      " ",
      part("a", ["e"], { href: "https://f.org" }),
    ]);
  });

  test("underscores inside words are letters", () => {
    expect(parseInline("snake_case_name")).toEqual(["snake_case_name"]);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "JavaScript:x"])(
    "%s is no link",
    (href) => {
      const found = parseInline(`[x](${href})`);
      expect(found.every((each) => typeof each === "string")).toBe(true);
      expect(text(found[0])).toBe("x");
    },
  );

  test("HTML is text", () => {
    expect(parseInline("<img src=x onerror=y>")).toEqual(["<img src=x onerror=y>"]);
  });
});
