import type {
  Batch,
  Digest,
  Json,
  NodeId,
  Notification,
  PortName,
  Replies,
  RunCommand,
  RunId,
  SheetCommand,
  Snapshot,
} from "../protocol.gen";
import type { Point } from "../state/geometry";
import type { Store } from "../state/store";
import type { View } from "../state/view";
import { Media } from "./media";
import type { Model } from "./model";
import { type Asking, type Question, Requests, type Unsent } from "./requests";

const HEARTBEAT_MS = 2000;
const HEARTBEAT_RUNNING_MS = 500;
const MISSES_ALLOWED = 2;
const LOST_MS = 10000;

/** The comm between one model and its kernel: commands out, notifications in, loss repaired. */
export class Bridge {
  readonly requests = new Requests((command, files) => this.#post(command, files));
  readonly media = new Media((command) => this.requests.ask(command));
  #prefix = Math.random().toString(36).slice(2, 8);
  #count = 0;
  #views = 0;
  #misses = 0;
  #awaiting = false;
  #heard = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #editOf = new Map<string, [NodeId, PortName | Digest]>();

  constructor(
    private readonly model: Model,
    private readonly store: Store,
  ) {
    model.on("msg:custom", this.#onMessage);
    model.on("change:snapshot", this.#onTrait);
    this.#onTrait();
  }

  /** Starts the heartbeat with the first view; call the result when the view goes. */
  attach(): () => void {
    if (this.#views++ === 0) this.#beat();
    return () => {
      if (--this.#views === 0) clearTimeout(this.#timer);
    };
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.model.off("msg:custom", this.#onMessage);
    this.model.off("change:snapshot", this.#onTrait);
    this.requests.dispose();
    this.media.dispose();
    this.store.dispose();
  }

  run(targets: NodeId[], mode: RunCommand["mode"], force = false, item = ""): void {
    this.#post({ kind: "run", targets, mode, force, item });
  }

  stop(node: NodeId | null = null): void {
    this.#post({ kind: "stop", node });
  }

  setInput(node: NodeId, port: PortName, value: Json): void {
    this.#edit(port, value, { kind: "set_input", node, port, value });
  }

  /** Replaces what an output shows by a value; until the answer, `preview` is shown. */
  override(node: NodeId, port: PortName, value: Json, preview = value): void {
    this.#edit(port, preview, { kind: "override", node, port, value });
  }

  /** Answers a question; until the kernel has taken the answer, it is an edit of its key. */
  answer(node: NodeId, key: Digest, answer: Json): void {
    this.#edit(key, answer, { kind: "answer", node, key, answer });
    // Any message may be lost: then the question is open again.
    setTimeout(() => this.store.edits.drop(node, key), LOST_MS);
  }

  select(node: NodeId, record: RunId): void {
    this.#post({ kind: "select", node, record });
  }

  sheet(action: SheetCommand["action"], name: string, to = ""): void {
    this.#post({ kind: "sheet", action, name, to });
  }

  /** Takes the last edit back, or makes the last one again that was taken back. */
  undo(again = false): void {
    this.store.edits.clear();
    this.#post({ kind: "undo", again });
  }

  move(node: NodeId, { x, y }: Point): void {
    this.#post({ kind: "move", node, x, y });
  }

  measured(heights: Record<NodeId, number>, room: View["room"]["value"]): void {
    this.#post({ kind: "measured", heights, room: room && [...room] });
  }

  /** Asks the kernel; what answers a command of a kind is in `Replies`. */
  async ask<Kind extends Asking>(command: Question<Kind>): Promise<Replies[Kind]> {
    return (await this.requests.ask(command)).message;
  }

  /** Sends a command that needs no answer. */
  tell(command: Unsent): void {
    this.#post(command);
  }

  sync(rev = this.store.state.rev): void {
    this.#post({ kind: "sync", rev });
  }

  /** A module of the canvas: from the model that a notebook saves once, else from the kernel. */
  async fetchModule(module: "more"): Promise<Blob> {
    try {
      const shared = this.model.get("shared");
      const id = String(shared).replace("IPY_MODEL_", "");
      const text = shared && (await this.model.widget_manager?.get_model(id))?.get(module);
      if (typeof text === "string") return new Blob([text], { type: "text/javascript" });
    } catch (error) {
      console.warn("daggr:", error);
    }
    return this.media.blob({ kind: "fetch_module", module });
  }

  /** Shows what a person entered at once, until the kernel confirms it or takes it back. */
  #edit(port: PortName | Digest, value: Json, command: Unsent & { node: NodeId }): void {
    this.store.edits.begin(command.node, port, value);
    this.#editOf.set(this.#post(command), [command.node, port]);
  }

  #post(command: Unsent, files?: ArrayBuffer[]): string {
    const id = `${this.#prefix}-${++this.#count}`;
    const send = async () => this.model.send({ ...command, id }, undefined, files);
    send().catch((error) => {
      // A closed comm throws, or rejects; to the person it is a kernel that does not answer.
      console.warn("daggr:", error);
      this.#miss(MISSES_ALLOWED);
    });
    return id;
  }

  #beat = (): void => {
    if (this.#awaiting) this.#miss();
    this.#awaiting = true;
    this.sync();
    const running = this.store.run.peek() !== null && this.store.connection.peek() === "live";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#beat, running ? HEARTBEAT_RUNNING_MS : HEARTBEAT_MS);
  };

  /**
   * anywidget gives a module two seconds to load, and drops every message to a model whose module was
   * late: then its messages are heard as ipywidgets hears them.
   */
  async #listen(): Promise<void> {
    const id = String(this.model.get("me"));
    const model = await this.model.widget_manager?.get_model(id).catch(() => undefined);
    if (this.#heard || !model?.comm) return;
    const { _handle_comm_msg } = Object.getPrototypeOf(model.constructor.prototype);
    model.comm.on_msg((message) => _handle_comm_msg.call(model, message));
  }

  #miss(count = 1): void {
    this.#misses += count;
    if (!this.#heard) void this.#listen();
    if (this.#misses < MISSES_ALLOWED) return;
    this.store.connection.value = this.#heard ? "lost" : "none";
  }

  #alive(): void {
    this.#misses = 0;
    this.#awaiting = false;
    this.#heard = true;
    this.store.connection.value = "live";
  }

  #onTrait = (): void => {
    const snapshot = this.model.get("snapshot") as Snapshot | undefined;
    if (snapshot?.nodes) this.store.load({ ...snapshot });
  };

  #onMessage = (message: Notification, buffers: DataView<ArrayBuffer>[] = []): void => {
    this.#alive();
    switch (message.kind) {
      case "batch":
        this.#onBatch(message);
        break;
      case "snapshot":
        this.store.receive(message);
        break;
      case "pong":
        // A kernel that started over counts from the beginning.
        if (message.rev !== this.store.state.rev) this.sync(-1);
        break;
      case "command_rejected":
        this.#onRejected(message.id, message.error);
        break;
      default:
        this.requests.resolve(message, buffers[0]);
    }
  };

  #onBatch(message: Batch): void {
    const { rev } = this.store.state;
    if (message.rev <= rev) return;
    const since = message.since ?? message.rev - 1;
    if (since > rev) this.sync();
    else this.store.receive(message);
  }

  #onRejected(id: string, error: string): void {
    const edit = this.#editOf.get(id);
    if (edit) this.store.edits.drop(...edit);
    if (this.requests.reject(id, error)) return;
    this.store.toast(error);
  }
}
