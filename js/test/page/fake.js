// A model as anywidget hands it out, with a small kernel behind it: it answers the heartbeat and
// fetches, and keeps every command in `sent`.
import canvas from "/daggr_nb/_canvas/static/index.js";
import { FakeModel } from "./model.js";

class Kernel extends FakeModel {
  silent = false;
  /** What answers commands of a kind: functions of the command. */
  answers = {};

  send(command, _callbacks, buffers = []) {
    super.send(
      command,
      _callbacks,
      buffers.map((buffer) => new TextDecoder().decode(buffer)),
    );
    if (this.silent) return;
    const reply = this.answers[command.kind]?.(command);
    if (reply) setTimeout(() => this.emit({ id: command.id, ...reply }));
    if (command.kind === "sync")
      setTimeout(() => this.emit({ kind: "pong", rev: this.rev ?? command.rev }));
    if (command.kind === "fetch") this.#answer(command);
    if (command.kind === "cancel_upload")
      setTimeout(() => this.emit({ kind: "done", id: command.id }));
    if (command.kind === "upload") this.#take(command, buffers[0]);
    if (command.kind === "fetch_module") this.#module(command);
  }

  /** The models that a page has beside this one; a saved page has them without a kernel. */
  widget_manager = {
    get_model: async () => {
      const file = await fetch("/daggr_nb/_canvas/static/more.js");
      const text = await file.text();
      return { get: () => text };
    },
  };

  async #answer({ id, port, path, max_width, rows, whole }) {
    if (rows) {
      await null; // whoever asked has not begun to listen yet
      const bytes = new TextEncoder().encode(JSON.stringify(window.graphs.rowsOf(rows, whole)));
      const view = new DataView(bytes.buffer);
      return this.emit({ kind: "fetched", id, mime: "application/json" }, [view]);
    }
    if (max_width === null) {
      const bytes = new TextEncoder().encode(`the whole of ${port}`);
      return this.emit({ kind: "fetched", id, mime: "text/plain" }, [new DataView(bytes.buffer)]);
    }
    const blob = await paint(max_width, path[0] ?? -1);
    this.emit({ kind: "fetched", id, mime: "image/png" }, [new DataView(await blob.arrayBuffer())]);
  }

  /** Takes pieces of files, up to `room` bytes at once; a whole one is said to be at `there/NAME`. */
  room = Infinity;
  #waiting = [];

  #take({ id, name, size, at }, piece) {
    const received = at + piece.byteLength;
    const file = received === size ? `there/${name}` : "";
    const answer = () => this.emit({ kind: "uploaded", id, received, file });
    if (received <= this.room) setTimeout(answer);
    else this.#waiting.push(answer);
  }

  makeRoom() {
    this.room = Infinity;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  async #module({ id, module }) {
    // Plotly's script comes from its library, which this kernel has not.
    const file = module !== "plotly" && (await fetch(`/daggr_nb/_canvas/static/${module}.js`));
    if (!file) return this.emit({ kind: "command_rejected", id, error: `no ${module}` });
    const bytes = new DataView(await file.arrayBuffer());
    this.emit({ kind: "fetched", id, mime: "text/javascript" }, [bytes]);
  }
}

const HUES = [
  ["#264653", "#2a9d8f", "#e9c46a"],
  ["#3a3d7c", "#6d8bff", "#8fd694"],
  ["#5b1a4a", "#e05fb0", "#7ce0ee"],
  ["#3b3022", "#c9822f", "#f3a6ff"],
];

async function paint(width, index) {
  const height = Math.round((width * 2) / 3);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const gradient = context.createLinearGradient(0, 0, width, height);
  const hues = index < 0 ? ["#26495c", "#5fb7ad", "#f4b183"] : HUES[index % HUES.length];
  for (const [at, hue] of hues.entries()) gradient.addColorStop(at / (hues.length - 1), hue);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Shows a graph; returns its model. Further views share it. `own` hands over the snapshot itself, as a model that has just come from a kernel. */
export async function show(
  snapshot,
  { height = 640, views = 1, silent = false, own = false } = {},
) {
  const state = own ? snapshot : structuredClone(snapshot);
  const model = new Kernel({ snapshot: state, height, shared: "IPY_MODEL_shared" });
  model.silent = silent;
  const widget = canvas();
  widget.initialize({ model });
  const stops = [];
  for (let i = 0; i < views; i++) {
    const el = document.createElement("div");
    el.className = "output";
    document.querySelector("#cells").append(el);
    stops.push(widget.render({ model, el }));
  }
  model.close = () => {
    for (const stop of stops) stop();
  };
  window.model = model;
  return model;
}
