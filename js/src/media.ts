import type { Digest, NodeId, PortName } from "./protocol.gen";

export interface ValueRef {
  node: NodeId;
  port: PortName;
  path: number[];
  digest: Digest | null;
  /** The key of the question that asks about the value, if one does. */
  question?: Digest | undefined;
}

interface Request extends Omit<ValueRef, "digest" | "question"> {
  max_width: number | null;
  question: boolean;
}

interface Waiting {
  resolve: (blob: Blob) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

interface Held {
  url: Promise<string>;
  users: number;
  timer?: ReturnType<typeof setTimeout>;
}

const ANSWER_MS = 6000;
const TRIES = 3;
/** A card that is panned away and back should not fetch its pictures again. */
const KEEP_MS = 20000;

/** Values fetched from the kernel. Object URLs are shared by digest and width, and revoked. */
export class Media {
  #waiting = new Map<string, Waiting>();
  #held = new Map<string, Held>();

  constructor(private readonly post: (request: Request) => string) {}

  /** Fetches a value once; any message may be lost, so it asks up to three times. */
  async fetch(ref: ValueRef, maxWidth: number | null = null): Promise<Blob> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask(ref, maxWidth);
      } catch (error) {
        if (attempt === TRIES || !(error instanceof Timeout)) throw error;
      }
    }
  }

  /** An object URL for a value; `release` it with the same arguments. */
  acquire(ref: ValueRef, maxWidth: number): Promise<string> {
    const key = keyOf(ref, maxWidth);
    let held = this.#held.get(key);
    if (!held) {
      held = { url: this.fetch(ref, maxWidth).then((blob) => URL.createObjectURL(blob)), users: 0 };
      this.#held.set(key, held);
      held.url.catch(() => this.#held.delete(key));
    }
    clearTimeout(held.timer);
    held.users++;
    return held.url;
  }

  release(ref: ValueRef, maxWidth: number): void {
    const key = keyOf(ref, maxWidth);
    const held = this.#held.get(key);
    if (!held || --held.users > 0) return;
    held.timer = setTimeout(() => this.#revoke(key), KEEP_MS);
  }

  resolve(id: string, mime: string, bytes: DataView | undefined): void {
    const waiting = this.#take(id);
    waiting?.resolve(new Blob(bytes ? [bytes as DataView<ArrayBuffer>] : [], { type: mime }));
  }

  /** Tells whether the command was one of ours. */
  reject(id: string, error: string): boolean {
    const waiting = this.#take(id);
    waiting?.reject(new Error(error));
    return waiting !== undefined;
  }

  dispose(): void {
    for (const key of [...this.#held.keys()]) this.#revoke(key);
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #ask({ node, port, path, question }: ValueRef, maxWidth: number | null): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const id = this.post({ node, port, path, max_width: maxWidth, question: !!question });
      const timer = setTimeout(() => {
        this.#take(id);
        reject(new Timeout("The kernel did not send this value."));
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }

  #revoke(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    clearTimeout(held?.timer);
    held?.url.then((url) => URL.revokeObjectURL(url)).catch(() => {});
  }
}

class Timeout extends Error {}

function keyOf({ node, port, path, digest, question }: ValueRef, maxWidth: number): string {
  return `${digest ?? [node, port, path, question]}@${maxWidth}`;
}
