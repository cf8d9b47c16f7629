import type { Command, Notification } from "../protocol.gen";

export type Unsent = Command extends infer C ? (C extends Command ? Omit<C, "id"> : never) : never;
/** The notifications that answer a command. */
export type Reply = Extract<Notification, { id: string }>;
export type ReplyWithBytes = { message: Reply; bytes: DataView | undefined };

interface Pending {
  resolve: (reply: ReplyWithBytes) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

const ANSWER_MS = 6000;
const TRIES = 3;

/** Questions to the kernel, each with its answer. */
export class Requests {
  #pending = new Map<string, Pending>();

  constructor(private readonly post: (command: Unsent, files?: ArrayBuffer[]) => string) {}

  /** Asks; any message may be lost, so it asks up to three times. */
  async ask(command: Unsent, files?: ArrayBuffer[]): Promise<ReplyWithBytes> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(command, files);
      } catch (error) {
        if (attempt === TRIES || !(error instanceof Timeout)) throw error;
      }
    }
  }

  resolve(message: Reply, bytes: DataView | undefined): void {
    this.#take(message.id)?.resolve({ message, bytes });
  }

  /** Tells whether the command was one of ours. */
  reject(id: string, error: string): boolean {
    const pending = this.#take(id);
    pending?.reject(new Error(error));
    return pending !== undefined;
  }

  dispose(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  #once(command: Unsent, files?: ArrayBuffer[]): Promise<ReplyWithBytes> {
    return new Promise((resolve, reject) => {
      const id = this.post(command, files);
      const timer = setTimeout(() => {
        this.#take(id);
        reject(new Timeout("The kernel did not answer."));
      }, ANSWER_MS);
      this.#pending.set(id, { resolve, reject, timer });
    });
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    clearTimeout(pending?.timer);
    this.#pending.delete(id);
    return pending;
  }
}

class Timeout extends Error {}
