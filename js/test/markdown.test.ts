// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { htmlOf } from "../src/lazy/displays/texts/blocks";
import { built } from "../src/lazy/displays/texts/built";

describe("Markdown", () => {
  test.each([
    ["tables", "| a | b |\n|---|---|\n| 1 | 2 |", "<td>2</td>"],
    ["nested lists", "- one\n  - two", "<li>one<ul>"],
    ["code that is still being streamed", "```\nhalf", "<code>half"],
    ["emphasis", "**a** *b* ~~c~~", "<strong>a</strong> <em>b</em> <del>c</del>"],
    ["tasks, with what a screen reader says", "- [x] did", 'aria-label="done"'],
    ["signs of languages", "مرحبا 🦦", "مرحبا 🦦"],
  ])("has %s", (_, text, html) => {
    expect(htmlOf(text)).toContain(html);
  });

  test("asks nobody for a picture: a remote one is a link, one that it brings along is shown", () => {
    expect(htmlOf("![otter](https://x.org/o.png)")).toMatch(
      /<a href="https:\/\/x.org\/o.png"[^>]*>otter<\/a>/,
    );
    expect(htmlOf("![dot](data:image/gif;base64,R0lGODlhAQABAAAAACw=)")).toContain("<img");
  });

  test("links leave the page without a way back to it", () => {
    expect(htmlOf("[e](https://f.org)")).toMatch(
      /target="_blank" rel="noopener noreferrer nofollow"/,
    );
  });
});

describe("HTML that is built without a parser", () => {
  const htmlBuilt = (html: string) => {
    const holder = document.createElement("div");
    const fragment = built(html);
    if (fragment === null) return null;
    holder.append(fragment);
    return holder.innerHTML;
  };

  test.each([
    "",
    "<p>a &amp; b &lt;c&gt;</p>\n",
    "<h2>one <em>two <strong>three</strong></em></h2>\n<hr>\n",
    "<ul>\n<li>one<ul>\n<li>two<br>three</li>\n</ul>\n</li>\n</ul>\n",
    "<blockquote>\n<p><code>x</code> <del>y</del></p>\n</blockquote>\n",
  ])("is what it says: %j", (html) => {
    expect(htmlBuilt(html)).toBe(html);
  });

  test.each([
    "<p onclick=alert(1)>a</p>",
    '<a href="https://x.org">a</a>',
    "<img src=x>",
    "<script>alert(1)</script>",
    "<p>a</p><svg>",
    "<!-- a -->",
    "<P>a</P>",
    "<p >a</p>",
    "<p>a &copy; b</p>",
    "<p>a < b</p>",
    "<p>a\0b</p>",
    "<p>a",
    "</p>a",
    "<p>a</em></p>",
  ])("has neither attributes nor other elements, and is whole: %j", (html) => {
    expect(built(html)).toBeNull();
  });
});
