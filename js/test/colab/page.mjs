// The notebook of the Colab-like page: it alone talks to the kernel. Every output is a sandboxed frame.
//
// open({ kernel, strict }) connects; execute(code) runs a cell and resolves when it is over. With
// `strict`, outputs get only what a running cell says and what answers a message of theirs.

/** What Colab hands its outputs of its theme. */
const FOR_FRAMES = {
  light:
    "color-scheme:light;--colab-primary-surface-color:white;--colab-primary-text-color:#1f1f1f;--colab-border-color:#dadce0",
  dark: "color-scheme:dark;--colab-primary-surface-color:#1e1e1e;--colab-primary-text-color:#e3e3e3;--colab-border-color:#444746",
};
const MEASURE = `<script>new ResizeObserver(() => parent.postMessage(
  { kind: "height", height: document.body.scrollHeight + 8 }, "*")).observe(document.body)</script>`;
const frames = new Map();
const comms = new Map();
const asked = new Set(); // messages of the frames
const cells = new Map(); // running cells by message
const counts = { told: 0, withheld: 0, asked: 0 };
let socket;
let strict = false;
const session = String(Math.random()).slice(2);

/** Jupyter's wire format with buffers: a count, offsets, JSON, buffers. */
function packed(message, buffers) {
  if (buffers.length === 0) return JSON.stringify(message);
  const bytes = (b) =>
    ArrayBuffer.isView(b)
      ? new Uint8Array(b.buffer, b.byteOffset, b.byteLength)
      : new Uint8Array(b);
  const parts = [new TextEncoder().encode(JSON.stringify(message)), ...buffers.map(bytes)];
  const head = 4 * (parts.length + 1);
  const whole = new Uint8Array(head + parts.reduce((sum, part) => sum + part.length, 0));
  const view = new DataView(whole.buffer);
  view.setUint32(0, parts.length);
  let at = head;
  parts.forEach((part, index) => {
    view.setUint32(4 * (index + 1), at);
    whole.set(part, at);
    at += part.length;
  });
  return whole.buffer;
}

function unpacked(data) {
  if (typeof data === "string") return { ...JSON.parse(data), buffers: [] };
  const view = new DataView(data);
  const offsets = Array.from({ length: view.getUint32(0) }, (_, i) => view.getUint32(4 * (i + 1)));
  const part = (i) => data.slice(offsets[i], offsets[i + 1]);
  const message = JSON.parse(new TextDecoder().decode(part(0)));
  return { ...message, buffers: offsets.slice(1).map((_, i) => new DataView(part(i + 1))) };
}

function send(msg_type, content, { id = String(Math.random()), metadata = {}, buffers = [] } = {}) {
  const header = {
    msg_id: id,
    msg_type,
    session,
    username: "",
    version: "5.3",
    date: new Date().toISOString(),
  };
  const message = { header, parent_header: {}, metadata, content, channel: "shell" };
  socket.send(packed(message, buffers));
  return id;
}

function keep({ header, content }) {
  if (header.msg_type === "comm_open") {
    const { comm_id: id, target_name: target, data } = content;
    comms.set(id, { id, target, state: { ...data.state } });
  } else if (header.msg_type === "comm_close") {
    comms.delete(content.comm_id);
  } else if (header.msg_type === "comm_msg" && content.data.method === "update") {
    Object.assign(comms.get(content.comm_id)?.state ?? {}, content.data.state);
  }
}

function delivered({ parent_header }) {
  return !strict || cells.has(parent_header.msg_id) || asked.has(parent_header.msg_id);
}

function show(cell, { data }) {
  const view = data["application/vnd.jupyter.widget-view+json"];
  const html = view
    ? `<script src="${location.origin}/frame.js"></script>`
    : data["text/html"] && data["text/html"] + MEASURE;
  if (html === undefined) {
    cell.output.append(
      Object.assign(document.createElement("pre"), { textContent: data["text/plain"] }),
    );
    return;
  }
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts allow-downloads";
  frame.title = "Output";
  const { theme } = document.documentElement.dataset;
  frame.srcdoc = `<!doctype html><html theme="${theme}"><meta charset="utf-8">
    <style>html{${FOR_FRAMES[theme]}}
    body{margin:0;font:14px Roboto,sans-serif;overflow:hidden}</style>
    <body><script>const SERVER = ${JSON.stringify(location.href)};</script>${html}</body></html>`;
  cell.output.append(frame);
  frames.set(frame.contentWindow, { frame, model: view?.model_id });
}

function hear({ data }) {
  const message = unpacked(data);
  const { msg_type } = message.header;
  const parent = message.parent_header.msg_id;
  const cell = cells.get(parent);
  if (msg_type.startsWith("comm_") || (msg_type === "status" && asked.has(parent))) {
    keep(message);
    const due = delivered(message);
    counts[due ? "told" : "withheld"]++;
    if (due) for (const { frame } of frames.values()) tell(frame, { kind: "from_kernel", message });
  }
  if (!cell) return;
  if (msg_type === "display_data" || msg_type === "execute_result") show(cell, message.content);
  if (msg_type === "stream") cell.text += message.content.text;
  if (msg_type === "error") cell.error = `${message.content.ename}: ${message.content.evalue}`;
  if (msg_type === "status" && message.content.execution_state === "idle") {
    cells.delete(parent);
    cell.done({ text: cell.text, error: cell.error });
  }
}

function tell(frame, message) {
  frame.contentWindow?.postMessage(message, "*");
}

addEventListener("message", ({ source, data }) => {
  const known = frames.get(source);
  if (!known) return;
  if (data.kind === "height") known.frame.style.height = `${data.height}px`;
  if (data.kind === "ready") {
    tell(known.frame, { kind: "display", model: known.model, states: [...comms.values()] });
  }
  if (data.kind === "to_kernel") {
    asked.add(data.id);
    counts.asked++;
    send(data.type, data.content, { id: data.id, metadata: data.metadata, buffers: data.buffers });
  }
});

window.open_notebook = async (options) => {
  strict = options.strict;
  socket = new WebSocket(`${options.kernel}?session_id=${session}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = hear;
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
};

window.execute = (code) => {
  const section = document.createElement("section");
  const output = document.createElement("div");
  section.append(Object.assign(document.createElement("pre"), { textContent: code }), output);
  document.querySelector("main").append(section);
  return new Promise((done) => {
    const id = String(Math.random());
    cells.set(id, { output, text: "", error: null, done });
    send(
      "execute_request",
      {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      },
      { id },
    );
  });
};
window.counts = counts;
window.ready = true;
