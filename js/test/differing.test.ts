import { expect, test } from "vitest";
import { differing, linesOf, related } from "../src/lazy/differing";

const shown = (parts: { text: string; changed: boolean }[]) =>
  parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join("");

test.each([
  ["", "", "", ""],
  ["same words", "same words", "same words", "same words"],
  ["decay 0.6 s", "decay 0.7 s", "decay [0.6] s", "decay [0.7] s"],
  ["a b c", "a c", "a [b ]c", "a c"],
  ["the old dog", "the new cat", "the [old dog]", "the [new cat]"],
  [
    "fit(photo, (w, h))",
    "fit(photo, (w, h), c=1)",
    "fit(photo, (w, h))",
    "fit(photo, (w, h)[, c=1])",
  ],
  ["naïve 🦦 otter", "naïve 🦦🦦 otter", "naïve 🦦 otter", "naïve 🦦[🦦] otter"],
  ["all gone", "", "[all gone]", ""],
])("what differs between %j and %j is marked", (former, latter, old, now) => {
  const [a, b] = differing(former, latter);
  expect([shown(a), shown(b)]).toEqual([old, now]);
});

test("both texts are whole, however long they are", () => {
  const long = Array.from({ length: 5000 }, (_, i) => `w${i}`);
  const other = long.map((word, i) => (i % 7 ? word : `${word}x`));
  const [a, b] = differing(long.join(" "), other.join(" "));
  expect(a.map((part) => part.text).join("")).toBe(long.join(" "));
  expect(b.map((part) => part.text).join("")).toBe(other.join(" "));
});

test("texts with nothing in common are not related", () => {
  const [a] = differing("return fit(photo)", "import numpy as np");
  expect(related(a)).toBe(false);
});

test("a diff marks what changed in lines that have a counterpart", () => {
  const diff = [
    "--- former",
    "+++ latter",
    "@@ -1,3 +1,3 @@",
    " def crop(photo):",
    "-    return ImageOps.fit(photo, (w, h))",
    "+    return ImageOps.fit(photo, (w, h), centering=(0.5, 0.3))",
    "@@ -9,2 +9,3 @@",
    " x = 1",
    "+y = 2",
    "",
  ].join("\n");
  expect(linesOf(diff).map(({ kind, parts }) => [kind, shown(parts)])).toEqual([
    ["same", " def crop(photo):"],
    ["drop", "-    return ImageOps.fit(photo, (w, h))"],
    ["add", "+    return ImageOps.fit(photo, (w, h)[, centering=(0.5, 0.3)])"],
    ["gap", "⋯"],
    ["same", " x = 1"],
    ["add", "+y = 2"],
  ]);
});
