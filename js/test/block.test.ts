import { describe, expect, test } from "vitest";
import { cellsIn, written } from "../src/lazy/displays/data/block";
import { shownCell, wholeText } from "../src/lazy/displays/data/rows";

describe("cells from a spreadsheet", () => {
  test.each([
    ["a", [["a"]]],
    ["a\tb", [["a", "b"]]],
    [
      "a\tb\r\nc\td\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a\nb\n", [["a"], ["b"]]],
    ["a\n\nb", [["a"], [""], ["b"]]],
    [
      "\t\n\t",
      [
        ["", ""],
        ["", ""],
      ],
    ],
    ['"two\nlines"\tb', [["two\nlines", "b"]]],
    ['"a ""quoted"" word"', [['a "quoted" word']]],
    ['"tab\there"', [["tab\there"]]],
    ['5" wide\tb', [['5" wide', "b"]]],
    ['say "x" now', [['say "x" now']]],
    ["Hello, world", [["Hello, world"]]],
    [
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      '"a,b",c\nd,e\n',
      [
        ["a,b", "c"],
        ["d", "e"],
      ],
    ],
    [
      "a;b\n1,5;2",
      [
        ["a", "b"],
        ["1,5", "2"],
      ],
    ],
    ["1,5\n2,5", [["1,5"], ["2,5"]]],
    ["one, two\nthree", [["one, two"], ["three"]]],
  ])("%j", (text, cells) => expect(cellsIn(text)).toEqual(cells));

  test("come back as they went", () => {
    const parts = ["", "a", "b c", '"', '""', "\t", "\n", "\r\n", 'x"y', "1,5", "a;b"];
    for (const one of parts)
      for (const two of parts) {
        const block = [
          [one, two, "."],
          [two, "x", one],
          ["-", "-", "-"],
        ];
        expect(cellsIn(written(block))).toEqual(block);
      }
  });
});

describe("a cell", () => {
  test.each([
    [1234567.891, "1234567.891"],
    [100000.01, "100000.01"],
    [123456789.123456, "123456789.12"],
    [2 / 3, "0.666667"],
    [0.1 + 0.2, "0.3"],
    [1e22, "1e+22"],
    [5, "5"],
    [-1234567.891234, "-1234567.89"],
    [1e-7, "1e-7"],
  ])("shows %d as an amount", (number, text) => {
    expect(shownCell(number)).toEqual({ text, nothing: false });
    expect(wholeText(number)).toBe(String(number));
  });

  test("says that it is cut, and what stands for nothing", () => {
    expect(shownCell({ cut: "ab" })).toEqual({ text: "ab…", nothing: false });
    expect([{ is: "NaN" }, { is: "−∞" }, null].map(wholeText)).toEqual(["", "−∞", ""]);
  });
});
