import type { Digest, NodeId, PortName, RunId } from "../protocol.gen";
import type { Fetching, Question, Requests } from "./requests";

export interface ValueRef {
  node: NodeId;
  port: PortName;
  path: (number | string)[];
  digest: Digest | null;
  /** The key of the question that asks about the value, if one does. */
  question?: Digest | undefined;
  /** Whether it is the value of a control. */
  control?: boolean | undefined;
  /** The node run that it is of, if that is not the one which is shown. */
  record?: RunId | null | undefined;
}

/** How much of a value to fetch, if not its picture. */
export type FetchOptions = { rows?: [number, number]; whole?: boolean };

interface Entry {
  url: Promise<string>;
  users: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** A card that is panned away and back should not fetch its pictures again. */
const KEEP_MS = 20000;
/** What a node has made so far is soon another one. */
const KEEP_SO_FAR_MS = 1000;

/** Values fetched from the kernel. Object URLs are shared by digest and width, and revoked. */
export class Media {
  #entries = new Map<string, Entry>();

  constructor(private readonly ask: Requests["ask"]) {}

  async fetch(
    ref: ValueRef,
    maxWidth: number | null = null,
    options: FetchOptions = {},
  ): Promise<Blob> {
    const { node, port, path, question, control, record } = ref;
    return this.blob({
      kind: "fetch",
      node,
      port,
      path,
      max_width: maxWidth,
      question: !!question,
      control: !!control,
      record: record ?? null,
      rows: null,
      whole: false,
      ...options,
    });
  }

  /** The bytes that answer a command. */
  async blob(command: Question<Fetching>): Promise<Blob> {
    const { message, bytes } = await this.ask(command);
    return new Blob(bytes ? [bytes] : [], { type: message.mime });
  }

  /** An object URL for a value; `release` it with the same arguments. */
  acquire(ref: ValueRef, maxWidth: number): Promise<string> {
    const key = keyOf(ref, maxWidth);
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = {
        url: this.fetch(ref, maxWidth).then((blob) => URL.createObjectURL(blob)),
        users: 0,
      };
      this.#entries.set(key, entry);
      entry.url.catch(() => this.#entries.delete(key));
    }
    clearTimeout(entry.timer);
    entry.users++;
    return entry.url;
  }

  release(ref: ValueRef, maxWidth: number): void {
    const key = keyOf(ref, maxWidth);
    const entry = this.#entries.get(key);
    if (!entry || --entry.users > 0) return;
    const keep = key.startsWith("so-far-") ? KEEP_SO_FAR_MS : KEEP_MS;
    entry.timer = setTimeout(() => this.#revoke(key), keep);
  }

  dispose(): void {
    for (const key of [...this.#entries.keys()]) this.#revoke(key);
  }

  #revoke(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    clearTimeout(entry?.timer);
    entry?.url.then((url) => URL.revokeObjectURL(url)).catch(() => {});
  }
}

function keyOf({ node, port, path, digest, question }: ValueRef, maxWidth: number): string {
  return `${digest ?? [node, port, path, question]}@${maxWidth}`;
}
