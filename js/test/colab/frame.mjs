// One output of the Colab-like page: a sandboxed frame with a widget manager of its own. It reaches
// the kernel only through the page around it.
import * as base from "@jupyter-widgets/base";
import { HTMLManager } from "@jupyter-widgets/html-manager";

const comms = new Map();
const awaited = new Map();

function ask(message, callbacks, buffers = []) {
  const id = crypto.randomUUID?.() ?? String(Math.random());
  if (callbacks) awaited.set(id, callbacks);
  parent.postMessage({ kind: "to_kernel", id, ...message, buffers }, "*");
  return id;
}

/** What ipywidgets calls a classic comm. */
class FrameComm {
  constructor(target, id) {
    this.target_name = target;
    this.comm_id = id;
    comms.set(id, this);
  }
  #send(type, data, callbacks, metadata, buffers) {
    const content = { comm_id: this.comm_id, target_name: this.target_name, data: data ?? {} };
    return ask({ type, content, metadata: metadata ?? {} }, callbacks, buffers);
  }
  open(data, callbacks, metadata, buffers) {
    return this.#send("comm_open", data, callbacks, metadata, buffers);
  }
  send(data, callbacks, metadata, buffers) {
    return this.#send("comm_msg", data, callbacks, metadata, buffers);
  }
  close(data, callbacks, metadata, buffers) {
    comms.delete(this.comm_id);
    return this.#send("comm_close", data, callbacks, metadata, buffers);
  }
  on_msg(callback) {
    this.heard = callback;
  }
  on_close(callback) {
    this.closed = callback;
  }
}

/** anywidget's front end is an AMD module. */
async function anywidget() {
  const text = await (await fetch(new URL("/anywidget.js", SERVER))).text();
  let made;
  new Function("define", text)((_, factory) => {
    made = factory(base);
  });
  return made;
}
const loading = anywidget();

class FrameManager extends HTMLManager {
  constructor() {
    super({ loader: () => loading });
  }
  async _create_comm(target, id, data, metadata, buffers) {
    const comm = new FrameComm(target, id);
    if (data || metadata) comm.open(data, undefined, metadata, buffers);
    return comm;
  }
}

const manager = new FrameManager();
let asOpened = Promise.resolve();

async function open({ id, target, state }) {
  if (target !== "jupyter.widget" || manager.has_model(id)) return;
  await manager.new_model(
    {
      model_name: state._model_name,
      model_module: state._model_module,
      model_module_version: state._model_module_version,
      model_id: id,
      comm: new FrameComm(target, id),
    },
    state,
  );
}

async function display(model, states) {
  await Promise.all(states.map(open));
  // After a reload the page knows no models, and the kernel does.
  if (!manager.has_model(model)) await manager._loadFromKernel();
  const view = manager.create_view(await manager.get_model(model));
  await manager.display_view(view, document.body);
}

function hear({ header, parent_header, content, metadata, buffers }) {
  const waiting = awaited.get(parent_header.msg_id);
  const message = { header, parent_header, content, metadata, buffers };
  if (header.msg_type === "status") {
    waiting?.iopub?.status?.(message);
    if (content.execution_state === "idle") awaited.delete(parent_header.msg_id);
  } else if (header.msg_type === "comm_open") {
    asOpened = open({
      id: content.comm_id,
      target: content.target_name,
      state: content.data.state,
    });
  } else if (header.msg_type === "comm_msg") {
    asOpened.then(() => comms.get(content.comm_id)?.heard?.(message));
  } else if (header.msg_type === "comm_close") {
    comms.get(content.comm_id)?.closed?.(message);
  }
}

addEventListener("message", ({ data }) => {
  if (data.kind === "display") display(data.model, data.states);
  if (data.kind === "from_kernel") hear(data.message);
});
new ResizeObserver(() => {
  const { height } = document.body.getBoundingClientRect();
  parent.postMessage({ kind: "height", height: Math.ceil(height) + 8 }, "*");
}).observe(document.body);
parent.postMessage({ kind: "ready" }, "*");
