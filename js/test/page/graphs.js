// Graphs for the canvas's tests: complete snapshots as the kernel would send them.

/** This morning: a footer then shows a time of day. */
const START = new Date().setHours(9, 14, 0, 0) / 1000;

const STATE = {
  status: "succeeded",
  freshness: "fresh",
  reasons: [],
  error: null,
  progress: null,
  note: "",
  started_at: START,
  ended_at: START + 3.9,
  typical: 3.9,
  history: { index: 1, total: 1, older: null, newer: null },
  items: null,
  log: "",
  remarks: [],
  question: null,
  chat: null,
};

export function state(changes = {}) {
  return { ...STATE, ...changes };
}

/** The media types of previews by their kind, as the kernel says them. */
const MIMES = {
  array: "application/x-daggr-array",
  audio: "audio/wav",
  chat: "application/x-daggr-chat",
  code: "text/x-code",
  files: "application/x-daggr-files",
  html: "text/html",
  image: "image/png",
  items: "application/vnd.daggr.items+json",
  json: "application/json",
  label: "application/x-daggr-label",
  list: "application/x-daggr-list",
  lost: "application/x-daggr-lost",
  markdown: "text/markdown",
  marked: "application/x-daggr-marked",
  palette: "application/x-daggr-colors",
  plotly: "application/vnd.plotly.v1+json",
  table: "application/x-daggr-table",
  text: "text/plain",
  tree: "application/json",
};

export function preview(summary, changes = {}) {
  const { kind = "text" } = changes;
  const blank = { digest: null, data: null, inline: false, items: [], count: null, note: "" };
  return { summary, kind, mime: MIMES[kind], ...blank, ...changes };
}

export function input(name, changes = {}) {
  const blank = { source: "port", component: null, value: null, text: "", type: "", variant: "" };
  return { name, label: name, ...blank, ...changes };
}

/** A component as the kernel says it; what its class decides goes by the type here. */
export function component(type, props = {}, label = null, fields = []) {
  return {
    type,
    label,
    props,
    labels_itself: ["Checkbox", "Button"].includes(type),
    obvious: ["Textbox", "TextArea", "Dropdown"].includes(type),
    single_file: ["Audio", "File", "Image", "Model3D", "Video"].includes(type),
    height: 0,
    fields,
  };
}

export function control(name, type, value, props = {}, label = name) {
  const about = { source: "component", component: component(type, props, label) };
  return input(name, { label, ...about, value });
}

export function output(name, changes = {}) {
  return { name, label: name, component: null, scattered: false, type: "", ...changes };
}

export function node(id, x, y, changes = {}) {
  const blank = { kind: "function", doc: "", inputs: [], outputs: [], runnable: true, values: {} };
  const icon = changes.kind ?? "function";
  return { id, x, y, ...blank, icon, selector: null, state: state(), ...changes };
}

export function edge(source, source_port, target, target_port, changes = {}) {
  const id = `${source}.${source_port}->${target}.${target_port}`;
  return {
    id,
    source,
    source_port,
    target,
    target_port,
    scatter: false,
    gather: false,
    fresh: true,
    ...changes,
  };
}

export function snapshot(nodes, edges, changes = {}) {
  const blank = {
    kind: "snapshot",
    rev: 1,
    name: "Otters",
    sheet: "Sheet 1",
    sheets: ["Sheet 1"],
    run: null,
    notice: "",
    visited: false,
    fixed_sheets: [],
  };
  return { ...blank, nodes, edges, ...changes };
}

const TRACEBACK = `Traceback (most recent call last):
  File "cell 9", line 4, in render
    image = client.predict("/generate", prompt=prompt)
  File "gradio_client/client.py", line 512, in predict
    return self.submit(*args, api_name=api_name).result()
httpx.HTTPStatusError: Server error '503 Service Unavailable'
`;

const DIFF = `--- before
+++ now
@@ -1,2 +1,2 @@
 def clean(t):
-    return t.strip()
+    return t.strip().lower()
`;

function picture(digest, summary = "Image 1200 × 800") {
  return preview(summary, { kind: "image", digest });
}

function parameters() {
  const choices = [
    ["dry", "dry"],
    ["warm", "warm"],
    ["very warm", "very warm"],
  ];
  const part = (name, type, props) => output(name, { component: component(type, props, name) });
  return node("Parameters", 0, 40, {
    kind: "input",
    runnable: false,
    outputs: [
      part("Topic", "Textbox", { placeholder: "What is it about?" }),
      part("Photos", "Slider", { minimum: 1, maximum: 10, step: 1 }),
      part("Tone", "Dropdown", { choices }),
    ],
    values: {
      Topic: preview("Otters at dusk", { kind: "json", data: "Otters at dusk", inline: true }),
      Photos: preview("4", { data: 4, kind: "json", inline: true }),
      Tone: preview("warm", { kind: "json", data: "warm", inline: true }),
    },
    state: state({
      history: { index: 0, total: 0, older: null, newer: null },
      started_at: null,
      ended_at: null,
    }),
  });
}

function loadPhotos() {
  const items = [1, 2, 3, 4].map((each) => picture(`photo-${each}`, "Image 640 × 427"));
  return node("load_photos", 342, 0, {
    doc: "Photos of a topic.",
    inputs: [
      input("topic", { text: "Parameters.Topic" }),
      input("n", { text: "Parameters.Photos" }),
    ],
    outputs: [output("photos", { label: "photos" })],
    values: {
      photos: preview("4 × Image", { kind: "list", digest: "photos", items, count: 4 }),
    },
    state: state({ ended_at: START + 0.2, typical: 0.2 }),
  });
}

function voice() {
  return node("voice", 342, 300, {
    kind: "space",
    inputs: [
      input("text", { text: "Parameters.Topic" }),
      control("speed", "Slider", 1.1, { minimum: 0.5, maximum: 2, step: 0.1 }, "Speed"),
      control("melodic", "Checkbox", true, {}, "Melodic"),
      control(
        "style",
        "Radio",
        "calm",
        {
          choices: [
            ["calm", "calm"],
            ["lively", "lively"],
          ],
        },
        "Style",
      ),
      input("seed", { source: "callable", text: "random_seed()" }),
    ],
    outputs: [output("script", { label: "script" })],
    values: {
      script: preview("41 words", {
        data: "The otters come out at dusk. They swim in a row, the small ones last.",
        inline: true,
      }),
    },
    state: state({
      history: { index: 2, total: 2, older: "v1", newer: null },
      ended_at: START + 2.4,
    }),
  });
}

function draft(changes = {}) {
  return node("draft", 694, 0, {
    inputs: [
      input("photo", { text: "load_photos.photos" }),
      control("tone", "Textbox", "warm", { lines: 1 }, "Tone"),
    ],
    outputs: [output("text", { label: "text", scattered: true })],
    values: { text: preview("4 × text", { count: 4 }) },
    state: state({
      history: { index: 4, total: 5, older: "d3", newer: "d5" },
      items: {
        total: 12,
        done: 12,
        failed: 1,
        rows: [
          {
            path: "0",
            label: "The river at dusk",
            status: "succeeded",
            duration: 1.2,
            error: null,
          },
          { path: "1", label: "What they eat", status: "cached", duration: 1.1, error: null },
          {
            path: "2",
            label: "Where they sleep",
            status: "failed",
            duration: 0.4,
            error: { type: "ValueError", message: "no photo of a holt", traceback: "" },
          },
        ],
      },
      ...changes,
    }),
  });
}

function answer(changes = {}) {
  const text =
    "## Otters at dusk\n\nAlong the bend of the **river** the family comes down one by one, and the light goes.\n\n- the old ones first\n- the `pups` last\n\n[More](https://example.org/otters)";
  return node("answer", 694, 460, {
    kind: "template",
    inputs: [input("script", { text: "voice.script" })],
    outputs: [output("text")],
    values: { text: preview("Markdown", { kind: "markdown", data: text, inline: true }) },
    state: state({
      log: "asked the model\n214 tokens\ndone in 6.5 s",
      ended_at: START + 6.5,
      typical: 6.5,
      ...changes,
    }),
  });
}

function contactSheet(changes = {}) {
  return node("contact_sheet", 1046, 40, {
    inputs: [
      input("texts", { text: "draft.text" }),
      input("margin", { source: "constant", text: "12" }),
    ],
    outputs: [output("sheet"), output("palette")],
    values: {
      sheet: picture("sheet"),
      palette: preview("5 colours", {
        kind: "palette",
        data: ["#26495c", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51"],
        inline: true,
      }),
    },
    state: state({
      history: { index: 3, total: 3, older: "c2", newer: null },
      ended_at: START + 0.8,
      ...changes,
    }),
  });
}

function zImage(changes = {}) {
  return node("z-image-turbo", 1046, 480, {
    kind: "inference",
    inputs: [input("prompt", { text: "answer.text" })],
    outputs: [output("image", { type: "Image" })],
    state: state({
      history: { index: 6, total: 6, older: "z5", newer: null },
      remarks: ["not reproducible: the revision is unknown"],
      ...changes,
    }),
    values: {},
  });
}

const EDGES = {
  topic: ["Parameters", "Topic", "load_photos", "topic"],
  count: ["Parameters", "Photos", "load_photos", "n"],
  text: ["Parameters", "Topic", "voice", "text"],
  photos: ["load_photos", "photos", "draft", "photo", { scatter: true }],
  script: ["voice", "script", "answer", "script"],
  texts: ["draft", "text", "contact_sheet", "texts", { gather: true }],
  prompt: ["answer", "text", "z-image-turbo", "prompt"],
};

function edges(stale = []) {
  return Object.entries(EDGES).map(([key, [source, port, target, targetPort, marks]]) =>
    edge(source, port, target, targetPort, { ...marks, fresh: !stale.includes(key) }),
  );
}

const CODE = { kind: "CODE", subject: "clean", text: "code of clean changed · cell 7", diff: DIFF };
const WAITS = { kind: "UPSTREAM", subject: "draft", text: "waits for draft", diff: null };
const FAILED = {
  status: "failed",
  freshness: "missing",
  error: {
    type: "HTTPStatusError",
    message: "The Space is asleep (503). Tried 3 times.",
    traceback: TRACEBACK,
  },
};

/** A graph of seven nodes in one of several moments. */
export function otters(moment = "fresh") {
  const base = [parameters(), loadPhotos(), voice()];
  switch (moment) {
    case "stale":
      return snapshot(
        [
          ...base,
          draft({
            freshness: "stale",
            reasons: [
              CODE,
              { kind: "INPUT", subject: "tone", text: "tone: dry → warm", diff: null },
            ],
          }),
          answer(),
          contactSheet({ freshness: "stale", reasons: [WAITS] }),
          zImage(FAILED),
        ],
        edges(["texts", "prompt"]),
      );
    case "running": {
      const now = Date.now() / 1000;
      return snapshot(
        [
          ...base,
          draft({
            status: "running",
            freshness: "stale",
            started_at: now - 2.1,
            ended_at: null,
            items: {
              total: 12,
              done: 2,
              failed: 0,
              rows: [
                {
                  path: "0",
                  label: "The river at dusk",
                  status: "succeeded",
                  duration: 1.2,
                  error: null,
                },
                {
                  path: "1",
                  label: "What they eat",
                  status: "running",
                  duration: null,
                  error: null,
                },
                {
                  path: "2",
                  label: "Where they sleep",
                  status: "queued",
                  duration: null,
                  error: null,
                },
              ],
            },
          }),
          answer({
            status: "running",
            freshness: "stale",
            started_at: now - 4.1,
            ended_at: null,
            progress: { done: 62, total: null, text: "writing" },
            note: "reading three pages about holts before the next sentence",
          }),
          contactSheet({ status: "queued", freshness: "stale" }),
          zImage({
            status: "blocked",
            freshness: "missing",
            reasons: [
              { kind: "UPSTREAM", subject: "answer", text: "waits for answer", diff: null },
            ],
          }),
        ],
        edges(["photos", "texts", "script", "prompt"]),
        { run: { id: "run-1", done: 12, total: 40, stopping: false } },
      );
    }
    case "failed":
      return snapshot(
        [...base, draft(), answer(), contactSheet(), zImage(FAILED)],
        edges(["prompt"]),
        {
          notice:
            "The edited graph could not be built: draft.photo has no source. The last good one is shown.",
        },
      );
    case "new":
      return snapshot(
        [...base, draft(), answer(), contactSheet(), zImage()].map((each) => ({
          ...each,
          values: each.runnable ? {} : each.values,
          state: state({
            status: "missing",
            freshness: "missing",
            started_at: null,
            ended_at: null,
            typical: null,
            history: { index: 0, total: 0, older: null, newer: null },
          }),
        })),
        edges(Object.keys(EDGES)),
      );
    default:
      return snapshot([...base, draft(), answer(), contactSheet(), zImage()], edges());
  }
}

/** Every control this canvas knows, and one it does not. */
export function controls() {
  const choices = [
    ["Red", "r"],
    ["Green", "g"],
    ["Blue", "b"],
  ];
  return snapshot(
    [
      node("every_control", 0, 0, {
        inputs: [
          control("line", "Textbox", "one line", { placeholder: "Type" }, "Line"),
          control("area", "TextArea", "several\nlines", { lines: 3 }, "Area"),
          control(
            "count",
            "Number",
            3,
            { minimum: 0, maximum: 10, step: 1, precision: 0 },
            "Count",
          ),
          control("strength", "Slider", 0.5, { minimum: 0, maximum: 1, step: 0.05 }, "Strength"),
          control("sure", "Checkbox", false, {}, "Sure"),
          control("color", "Dropdown", "g", { choices }, "Colour"),
          control("many", "Dropdown", ["r"], { choices, multiselect: true }, "Several"),
          control("one", "Radio", "b", { choices }, "One"),
          control("ink", "ColorPicker", "#2a9d8f", {}, "Ink"),
          control("model", "Model3D", "bunny.glb", {}, "Model"),
        ],
        outputs: [],
      }),
      node("every_output", 342, 0, {
        outputs: ["number", "flag", "text", "json", "html", "names", "large", "pictures"].map(
          (name) => output(name),
        ),
        values: {
          number: preview("42", { data: 42, kind: "json", inline: true }),
          flag: preview("True", { data: true, kind: "json", inline: true }),
          text: preview("3 lines", { data: "first\n  second\nthird", inline: true }),
          json: preview("dict of 3", {
            data: {
              name: "otter",
              legs: 4,
              friends: ["beaver", "heron", "carp", "pike", "eel", "newt", "frog"],
            },
            kind: "json",
            inline: true,
          }),
          html: preview("HTML", {
            data: "<h3>Plain</h3><p>A <b>page</b>.</p>",
            kind: "html",
            inline: true,
          }),
          names: preview("3 × text", {
            kind: "list",
            items: ["river", "lake", "sea"].map((each) =>
              preview(each, { data: each, inline: true }),
            ),
            count: 30,
          }),
          large: preview("text of 2 MB", { digest: "large" }),
          pictures: preview("9 × Image", {
            kind: "list",
            items: [1, 2, 3, 4, 5, 6, 7, 8].map((each) => picture(`p-${each}`, "Image 640 × 427")),
            count: 9,
          }),
        },
      }),
    ],
    [],
    { name: "Controls" },
  );
}

/** A choice of the given variants; each has a control and an input of its own. */
function choice(id, x, y, names, value = names[0]) {
  const choices = names.map((name) => [name, name]);
  const of = (name) => (each) => ({ ...each, name: `${name}.${each.name}`, variant: name });
  return node(id, x, y, {
    kind: "choice",
    selector: "variant",
    inputs: [
      ...names.flatMap((name, index) =>
        [
          input("text", { text: `topic.${index ? "title" : "text"}` }),
          index % 2
            ? control("voice", "Textbox", "nicole", {}, "Voice")
            : control("speed", "Slider", 1.1, { minimum: 0.5, maximum: 2, step: 0.1 }, "Speed"),
        ].map(of(name)),
      ),
      control("variant", "Dropdown", value, { choices }),
    ],
    outputs: [output("audio")],
    values: { audio: preview("14 s of speech", { data: "14 s of speech", inline: true }) },
  });
}

/** Two choices: of few short names, and of many long ones. */
export function choices() {
  const voices = ["a voice of the north", "a voice of the south", "one that whispers", "espeak"];
  return snapshot(
    [
      node("topic", 0, 0, {
        outputs: [output("text"), output("title")],
        values: {
          text: preview("text", { data: "The otters come out at dusk.", inline: true }),
          title: preview("text", { data: "Otters", inline: true }),
        },
      }),
      choice("voice", 342, 0, ["melo", "kokoro"]),
      choice("long_voice", 342, 300, voices),
      node("mix", 694, 0, { inputs: [input("audio", { text: "voice.audio" })] }),
    ],
    [
      edge("topic", "text", "voice", "melo.text"),
      edge("topic", "title", "voice", "kokoro.text"),
      edge("topic", "text", "long_voice", "espeak.text", { fresh: false }),
      edge("voice", "audio", "mix", "audio"),
    ],
    { name: "Choices" },
  );
}

export function question(kind, changes = {}) {
  const blank = { port: "input", item: "", waiting: 1, options: [], component: null, value: null };
  return { kind, key: `${kind}-1`, text: "Approve this?", ...blank, ...changes };
}

function asking(id, x, y, asked, changes = {}) {
  return node(id, x, y, {
    kind: "interaction",
    inputs: asked.port ? [input(asked.port, { text: "draft.text" })] : [],
    outputs: [output("output")],
    state: state({
      status: "waiting",
      freshness: "missing",
      ended_at: null,
      history: { index: 0, total: 0, older: null, newer: null },
      question: asked,
    }),
    ...changes,
  });
}

const LETTER =
  "Dear all,\n\nthe **otters** are back at the bend of the river. Come before dusk.\n\n- Bring a lamp\n- Leave the dog";

function text(data, changes = {}) {
  return preview("text", { data, inline: true, ...changes });
}

/** Cards that ask a person something, in each of the ways. */
export function questions() {
  const photos = [1, 2, 3, 4, 5, 6, 7, 8].map((each) =>
    preview("Image 640 × 427", { kind: "image", digest: `shot-${each}` }),
  );
  const long =
    "A long title that goes on and on, about the otters at the bend of the river where the light goes early";
  const texts = ["Otters at dusk", long, "الثعالب المائية عند الغسق", "Ends"].map((each) =>
    text(each),
  );
  const colors = [
    ["Red", "r"],
    ["Green", "g"],
  ];
  const asked = (type, props = {}) => component(type, props, type);
  return snapshot(
    [
      node("draft", 0, 0, {
        outputs: [output("text")],
        values: {
          text: preview("Markdown", { kind: "markdown", data: LETTER, inline: true }),
        },
      }),
      asking(
        "review",
        342,
        0,
        question("approve", {
          options: [preview("Markdown", { kind: "markdown", data: LETTER, inline: true })],
        }),
      ),
      asking(
        "cover",
        694,
        0,
        question("choose", { key: "cover", text: "Which photo is the cover?", options: photos }),
      ),
      asking(
        "title",
        1046,
        0,
        question("choose", {
          key: "title",
          text: "Which title for this photo?",
          options: texts,
          waiting: 3,
          item: "2",
        }),
      ),
      asking(
        "picture",
        342,
        420,
        question("approve", {
          key: "picture",
          text: "Is this sharp enough for the wall? Look at the whiskers before you say yes.",
          options: [preview("Image 1200 × 800", { kind: "image" })],
          waiting: 2,
        }),
      ),
      asking(
        "words",
        694,
        560,
        question("value", {
          key: "words",
          text: "What shall it say?",
          port: null,
          component: asked("Textbox", { placeholder: "A few words" }),
          value: "",
        }),
      ),
      asking(
        "note",
        1046,
        480,
        question("value", {
          key: "note",
          text: "A note for the reader",
          port: null,
          component: asked("Textbox", { lines: 3 }),
          value: "as before",
        }),
      ),
      asking(
        "upload",
        1398,
        0,
        question("value", {
          key: "upload",
          text: "Your own photo",
          port: null,
          component: asked("Image", { accepts: ["image/*"], what: "an image file" }),
        }),
      ),
      asking(
        "colour",
        1398,
        300,
        question("value", {
          key: "colour",
          text: "Colour of the frame",
          port: null,
          component: asked("Dropdown", { choices: colors }),
        }),
      ),
      asking(
        "values",
        1398,
        480,
        question("choose", {
          key: "values",
          text: "اختر واحدا",
          options: [
            preview("int", { data: 42, kind: "json", inline: true }),
            preview("dict of 2", {
              data: { name: "otter", legs: 4 },
              kind: "json",
              inline: true,
            }),
            preview("Markdown", { kind: "markdown", data: LETTER, inline: true }),
          ],
        }),
      ),
    ],
    [edge("draft", "text", "review", "input", { fresh: false })],
    { name: "Questions" },
  );
}

/** One card that asks to choose between many. */
export function manyOptions(count = 200) {
  const options = Array.from({ length: count }, (_, i) => text(`Option number ${i}`));
  return snapshot([asking("pick", 0, 0, question("choose", { text: "Which?", options }))], [], {
    name: "Many",
  });
}

const SPEAKERS = [
  ["The host", "host"],
  ["The guest", "guest"],
];

function itemList(name, fields, rows, changes = {}) {
  const found = {
    output: output(name, { component: component("ItemList", {}, name, fields) }),
    value: preview(rows.length === 1 ? "1 item" : `${rows.length} items`, {
      kind: "items",
      data: rows.map((row, place) => ({ ...row, "#": place })),
      inline: true,
      count: rows.length,
      ...changes,
    }),
  };
  return found;
}

/** A field of an item list; `value` is what a new item starts with. */
function field(name, type, props = {}, label = null, value = null) {
  return { ...component(type, props, label), name, value };
}

/** Lists of items that people edit. */
export function itemLists(count = 70) {
  const dialogue = itemList(
    "lines",
    [
      field("speaker", "Dropdown", { choices: SPEAKERS }, "Speaker", "host"),
      field("text", "Textbox", {}, "Text", ""),
    ],
    [
      { speaker: "host", text: "Welcome back." },
      {
        speaker: "guest",
        text: "Thank you! The otters came out at dusk, one by one, and the small ones last.",
      },
      { speaker: "host", text: "مساء الخير" },
    ],
  );
  const every = itemList(
    "shots",
    [
      field("line", "Textbox", {}, null, ""),
      field("area", "TextArea", {}, null, ""),
      field("seconds", "Number", { minimum: 1, maximum: 60 }, "Seconds", 1),
      field("strength", "Slider", { minimum: 0, maximum: 1, step: 0.1 }, "Strength", 0),
      field("sure", "Checkbox", {}, "Sure", false),
      field("tags", "CheckboxGroup", { choices: ["a", "b"] }, "Tags", []),
      field("kind", "Radio", { choices: ["still", "moving"] }, "Kind", "still"),
      field("ink", "ColorPicker", {}, "Ink"),
      field("model", "Model3D", {}, "Model"),
    ],
    [
      {
        line: "River",
        area: "wide\nand slow",
        seconds: 4,
        strength: 0.4,
        sure: true,
        tags: ["a"],
        kind: "still",
        ink: "#2a9d8f",
        model: "otter.glb",
      },
    ],
  );
  const names = itemList(
    "names",
    [field("name", "Textbox", {}, null, "")],
    Array.from({ length: count }, (_, i) => ({ name: `Otter ${i}` })),
  );
  const large = itemList("large", [field("name", "Textbox", {}, null, "")], [], {
    summary: "9,000 items",
    data: null,
    inline: false,
    digest: "large",
    count: 9000,
  });
  const none = itemList("none", [field("name", "Textbox", {}, null, "")], []);
  const card = (id, x, ...lists) =>
    node(id, x, 0, {
      kind: "inference",
      outputs: lists.map((each) => each.output),
      values: Object.fromEntries(lists.map((each) => [each.output.name, each.value])),
      state: state({ history: { index: 2, total: 2, older: "i1", newer: null } }),
    });
  return snapshot(
    [
      card("dialogue", 0, dialogue, none, large),
      card("shots", 342, every),
      card("names", 694, names),
    ],
    [],
    { name: "Lists" },
  );
}

/** A layered graph of many nodes, for painting and culling. */
export function big(count = 300) {
  const rows = 12;
  const nodes = [];
  const links = [];
  for (let i = 0; i < count; i++) {
    const freshness = i % 3 ? "fresh" : "stale";
    const inputs = i < rows ? [] : [input("value", { text: `n${i - rows}.value` })];
    nodes.push(
      node(`n${i}`, Math.floor(i / rows) * 352, (i % rows) * 230, {
        inputs,
        outputs: [output("value")],
        values: { value: preview(`value ${i}`, { data: `value ${i}`, inline: true }) },
        state: state({ freshness }),
      }),
    );
    if (i >= rows)
      links.push(edge(`n${i - rows}`, "value", `n${i}`, "value", { fresh: freshness === "fresh" }));
  }
  return snapshot(nodes, links, { name: "Big" });
}

/** Otters on several sheets, of which the first is shown. */
export function sheets(moment, ...names) {
  return { ...otters(moment), sheet: names[0], sheets: names };
}

const SAID = [
  { role: "user", content: "Do otters hold hands?" },
  { role: "assistant", content: "Some do, **asleep**." },
  { role: "user", content: "How deep do they dive?" },
];

/** A conversation and the model that answers it; `phase` is how the answer stands. */
export function chats(phase = "said", changes = {}, turns = SAID) {
  const chat = {
    turns: "messages",
    node: "model",
    port: "text",
    phase,
    text: "",
    problem: "",
    versions: { index: 1, total: 1, older: null, newer: null },
    ...changes,
  };
  const props = {
    placeholder: "Ask about otters",
    examples: ["Do they sleep?", "What do they eat?"],
  };
  const talk = node("Chat", 0, 0, {
    kind: "conversation",
    icon: "interaction",
    inputs: [
      control("system", "Textbox", "Be kind.", {}, "Instructions"),
      control("messages", "Chatbot", turns, { ...props, fixed: true }),
    ],
    outputs: ["messages", "message", "history"].map((name) => output(name)),
    state: state({ chat }),
  });
  const text = "Sea otters about *75 m*.";
  const model = node("model", 342, 0, {
    inputs: [input("messages", { text: "Chat.messages" })],
    outputs: [output("text", { component: component("Markdown") })],
    values: {
      text: preview("text, 24 characters", { kind: "markdown", data: text, inline: true }),
    },
    state: state({ status: phase === "speaking" ? "running" : "succeeded" }),
  });
  const edges = [edge("Chat", "messages", "model", "messages")];
  return snapshot([talk, model], edges, { name: "Talk" });
}
