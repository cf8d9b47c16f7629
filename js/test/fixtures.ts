import type {
  Command,
  ComponentView,
  Json,
  NodeId,
  Notification,
  PortName,
  Snapshot,
} from "../src/protocol.gen";
import type { Model } from "../src/wire/model";
import {
  choices as choicesJs,
  component as componentJs,
  controls as controlsJs,
  itemLists as itemListsJs,
  otters as ottersJs,
  questions as questionsJs,
} from "./page/graphs.js";

export const id = (name: string) => name as NodeId;
export const port = (name: string) => name as PortName;

/** The graphs of the test page, typed as the wire types they stand for. */
export const otters = (moment?: string) => ottersJs(moment) as unknown as Snapshot;
export const choices = () => choicesJs() as unknown as Snapshot;
export const questions = () => questionsJs() as unknown as Snapshot;
export const itemLists = () => itemListsJs() as unknown as Snapshot;
export const controls = () => controlsJs() as unknown as Snapshot;
export const component = (type: string, props: Record<string, Json> = {}): ComponentView =>
  componentJs(type, props);

type Listener = (...args: unknown[]) => void;

/** A model that keeps what was sent and lets a test play the kernel. */
export class FakeModel implements Model {
  readonly sent: Command[] = [];
  readonly files: ArrayBuffer[] = [];
  broken: "" | "throws" | "rejects" = "";
  #listeners = new Map<string, Listener[]>();

  constructor(readonly state: Record<string, unknown> = {}) {}

  get(key: string): unknown {
    return this.state[key];
  }

  set(key: string, value: unknown): void {
    this.state[key] = value;
    this.#fire(`change:${key}`);
  }

  save_changes(): void {}

  send(content: unknown, _callbacks?: unknown, files: ArrayBuffer[] = []): unknown {
    const closed = new Error("the comm is closed");
    if (this.broken === "rejects") return Promise.reject(closed);
    if (this.broken) throw closed;
    this.files.push(...files);
    return this.sent.push(content as Command);
  }

  on(event: string, callback: (...args: never[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback as Listener]);
  }

  off(event: string, callback: (...args: never[]) => void): void {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== callback);
    this.#listeners.set(event, left);
  }

  emit(message: Notification, buffers: DataView[] = []): void {
    this.#fire("msg:custom", message, buffers);
  }

  commands<K extends Command["kind"]>(kind: K): Extract<Command, { kind: K }>[] {
    return this.sent.filter((each): each is Extract<Command, { kind: K }> => each.kind === kind);
  }

  #fire(event: string, ...args: unknown[]): void {
    for (const callback of this.#listeners.get(event) ?? []) callback(...args);
  }
}
