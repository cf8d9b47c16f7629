// Graphs of components, for the canvas's tests.
import { component, edge, input, node, output, preview, snapshot, state } from "./graphs.js";

function field(name, type, props = {}, value = null) {
  return input(name, { source: "component", component: component(type, props, name), value });
}

const FILES = { accepts: ["image/*"], what: "an image file", multiple: false };

function page(start, stop) {
  const rows = Array.from({ length: stop - start }, (_, i) => [
    start + i,
    i % 2 ? { is: "NaN" } : 0.5,
    `row ${start + i}`,
  ]);
  return { start, index: rows.map(([place]) => String(place)), rows };
}

export function table(count = 100_000) {
  const columns = [
    { name: "n", kind: "whole number", type: "int64" },
    { name: "x", kind: "number", type: "float64" },
    { name: "text", kind: "text", type: "str" },
  ];
  return preview(`${count.toLocaleString()} × 3`, {
    kind: "table",
    digest: "table",
    data: { columns, hidden: 2, ...page(0, Math.min(count, 20)) },
    inline: true,
    count,
  });
}

function drawn(kind, data, summary = "it") {
  return preview(summary, { kind, data, inline: true, digest: kind });
}

/** A row with amounts, digits that JSON's numbers have not, and a cell that is cut. */
const LONG = `${"long ".repeat(100)}end`;
const MONEY = { start: 0, index: ["Oslo"], rows: [[1234567.891, "9007199254740993", LONG]] };

const TWINS = ["same", "same", "other"];
const choice = (place) => ({ $choice: place, label: TWINS[place] });

/** Values that JSON cannot say: digits, infinities, choices of one label. */
export function exact() {
  const choices = TWINS.map((label, place) => [label, choice(place)]);
  const inputs = [
    field("id", "Number", {}, "9007199254740993"),
    field("ratio", "Number", {}, "inf"),
    field("text", "Textbox", {}, "a"),
    field("twin", "Dropdown", { choices }, choice(1)),
    field("group", "Radio", { choices }, { $choice: null, label: "(512, 512)" }),
    field("combo", "Dropdown", { choices, allow_custom_value: true }, choice(0)),
  ];
  return snapshot([node("give", 0, 0, { inputs })], []);
}

/** A table without rows. */
export function blank() {
  const what = { accepts: [".csv"], what: "a CSV file" };
  return snapshot(
    [node("give", 0, 0, { inputs: [field("rows", "Dataframe", what, table(0))] })],
    [],
  );
}

/** A table that people edit, with cells that are more than is shown of them. */
export function money() {
  const value = table(1);
  const [[pay, number]] = MONEY.rows;
  const rows = [[pay, number, { cut: LONG.slice(0, 200) }]];
  value.data = { ...value.data, ...MONEY, rows, hidden: 0 };
  return snapshot(
    [
      node("give", 0, 0, {
        inputs: [field("rows", "Dataframe", { accepts: [".csv"], what: "a CSV file" }, value)],
      }),
    ],
    [],
  );
}

/** Fields that people fill with files and rows. */
export function fields() {
  return snapshot(
    [
      node("give", 0, 0, {
        inputs: [
          field("photo", "Image", FILES),
          field("many", "File", { accepts: [], what: "files", multiple: true }),
          field("rows", "Dataframe", { accepts: [".csv"], what: "a CSV file" }, table(3)),
          field("data", "JSON", {}, { a: 1 }),
          field("tags", "Dropdown", {
            choices: [
              ["red", "red"],
              ["blue", "blue"],
            ],
            multiselect: true,
            allow_custom_value: true,
          }),
          field("fixed", "Slider", { fixed: true, minimum: 0, maximum: 9 }, 4),
          field(
            "strange",
            "Unknown",
            { of: "gr.Timer" },
            preview("int", { kind: "json", data: 1, inline: true }),
          ),
          field("again", "Button", { caption: "Again", variant: "primary" }, 0),
        ],
        outputs: [output("done")],
        state: state(),
      }),
      node("use", 342, 0, { inputs: [input("x", { text: "give.done" })], outputs: [] }),
    ],
    [edge("give", "done", "use", "x")],
    { name: "Fields" },
  );
}

/** Results of every kind that the second part draws. */
export function results() {
  const about = (name, mime) => ({ name, size: 1_234_567, mime });
  const values = {
    table: table(),
    tree: preview("dict of 2", {
      kind: "tree",
      data: { a: [1, null, "</script>"], b: {} },
      inline: true,
    }),
    code: preview("text", { kind: "code", data: "a = 1\nb = 2", inline: true }),
    label: drawn("label", {
      label: "otter",
      parts: [
        ["otter", 0.9],
        ["seal", 0.001],
      ],
    }),
    marked: drawn("marked", {
      parts: [
        ["Ann", "who"],
        [" is ", null],
        ["glad", 0.8],
        ["sad", -0.4],
      ],
      colors: { who: "#2a9d8f" },
    }),
    chat: drawn("chat", [
      { who: "user", text: "שלום", chat: true },
      { who: "assistant", text: "**Hi**", chat: true },
    ]),
    files: drawn("files", [about("a.csv", "text/csv")]),
    sound: preview("0:02", { kind: "audio", data: about("a.wav", "audio/wav"), inline: true }),
    array: drawn("array", {
      shape: "2 × 3",
      dtype: "int64",
      values: "0, 1, …",
      min: "0",
      max: "5",
    }),
    lost: drawn("lost", "There is no file nowhere.png.", "not there"),
    empty: drawn("chat", []),
    figure: preview("Plotly figure", { kind: "plotly", data: { height: null }, digest: "p" }),
  };
  const outputs = Object.keys(values).map((name) =>
    output(name, { component: name === "tree" ? component("JSON") : null }),
  );
  return snapshot([node("show", 0, 0, { outputs, values, inputs: [] })], [], { name: "Results" });
}

/** What a fake kernel answers to a page of rows. */
export function rowsOf([start, stop], whole = false) {
  return whole && stop - start === 1 ? { ...MONEY, start } : page(start, Math.min(stop, 100_000));
}
