// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { htmlOf } from "../src/lazy/displays/texts/blocks";

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
