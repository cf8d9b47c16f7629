import { expect, test } from "vitest";
import { gridOf } from "../src/lazy/panels/grid";
import type { RunId, RunRow, SweepView } from "../src/protocol.gen";

function sweep(inputs: string[], values: string[][]): SweepView {
  const cells = values.map((each) => ({
    values: each,
    run: { record: each.join("/") as RunId } as RunRow,
  }));
  return { id: "s", inputs, cells };
}

const shown = (view: SweepView) => {
  const { corner, title, columns, rows } = gridOf(view);
  return [
    title,
    corner,
    columns,
    rows.map((row) => [row.name, ...row.cells.map((cell) => cell?.run.record ?? "–")]),
  ];
};

test.each([
  [["n"], [["1"], ["2"]], ["n", "n", ["1", "2"], [["", "1", "2"]]]],
  [
    ["a", "b"],
    [
      ["1", "x"],
      ["1", "y"],
      ["2", "x"],
    ],
    [
      "a × b",
      "a \\ b",
      ["x", "y"],
      [
        ["1", "1/x", "1/y"],
        ["2", "2/x", "–"],
      ],
    ],
  ],
  [
    ["a", "b"],
    [
      ["1", "x"],
      ["2", "x"],
    ],
    ["a", "a", ["1", "2"], [["", "1/x", "2/x"]]],
  ],
  [
    ["a", "b", "c"],
    [
      ["1", "x", "p"],
      ["1", "y", "q"],
    ],
    [
      "b × c",
      "b \\ c",
      ["p", "q"],
      [
        ["x", "1/x/p", "–"],
        ["y", "–", "1/y/q"],
      ],
    ],
  ],
  [["a"], [["1"]], ["a", "a", ["1"], [["", "1"]]]],
])("a sweep over %j is a grid: %j", (inputs, values, grid) => {
  expect(shown(sweep(inputs, values))).toEqual(grid);
});
