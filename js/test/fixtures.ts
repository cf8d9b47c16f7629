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
  chats as chatsJs,
  choices as choicesJs,
  component as componentJs,
  controls as controlsJs,
  itemLists as itemListsJs,
  otters as ottersJs,
  questions as questionsJs,
} from "./page/graphs.js";
import { FakeModel as Base } from "./page/model.js";

export const id = (name: string) => name as NodeId;
export const port = (name: string) => name as PortName;

/** The graphs of the test page, typed as the wire types they stand for. */
export const otters = (moment?: string) => ottersJs(moment) as unknown as Snapshot;
export const chats = (...options: Parameters<typeof chatsJs>) =>
  chatsJs(...options) as unknown as Snapshot;
export const choices = () => choicesJs() as unknown as Snapshot;
export const questions = () => questionsJs() as unknown as Snapshot;
export const itemLists = () => itemListsJs() as unknown as Snapshot;
export const controls = () => controlsJs() as unknown as Snapshot;
export const component = (type: string, props: Record<string, Json> = {}): ComponentView =>
  componentJs(type, props);

/** A model that keeps what was sent and lets a test play the kernel, until the comm breaks. */
export class FakeModel extends Base implements Model {
  declare readonly sent: Command[];
  declare readonly files: ArrayBuffer[];
  broken: "" | "throws" | "rejects" = "";

  override send(content: unknown, callbacks?: unknown, files: ArrayBuffer[] = []): unknown {
    const closed = new Error("the comm is closed");
    if (this.broken === "rejects") return Promise.reject(closed);
    if (this.broken) throw closed;
    return super.send(content, callbacks, files);
  }

  override emit(message: Notification, buffers: DataView[] = []): void {
    super.emit(message, buffers);
  }

  override commands<K extends Command["kind"]>(kind: K): Extract<Command, { kind: K }>[] {
    return super.commands(kind);
  }
}
