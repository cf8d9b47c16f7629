import {
  type Command,
  type Fetched,
  type Notification,
  REPLIES,
  type Replies,
} from "../protocol.gen";

export type Unsent = Command extends infer C ? (C extends Command ? Omit<C, "id"> : never) : never;
/** The kinds of commands that are answered. */
export type Asking = keyof Replies;
/** A command that is answered, or those of one kind. */
export type Question<Kind extends Asking = Asking> = Extract<Unsent, { kind: Asking }> & {
  kind: Kind;
};
/** The kinds of commands that are answered with bytes. */
export type Fetching = { [Kind in Asking]: Replies[Kind] extends Fetched ? Kind : never }[Asking];
/** The notifications that answer a command. */
export type Reply = Extract<Notification, { id: string }>;
export type Answer<Kind extends Asking> = {
  message: Replies[Kind];
  bytes: DataView<ArrayBuffer> | undefined;
};

interface Pending {
  resolve: (message: Reply, bytes: DataView<ArrayBuffer> | undefined) => void;
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
  async ask<Kind extends Asking>(
    command: Question<Kind>,
    files?: ArrayBuffer[],
  ): Promise<Answer<Kind>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(command, files);
      } catch (error) {
        if (attempt === TRIES || !(error instanceof Timeout)) throw error;
      }
    }
  }

  resolve(message: Reply, bytes: DataView<ArrayBuffer> | undefined): void {
    this.#take(message.id)?.resolve(message, bytes);
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

  #once<Kind extends Asking>(
    command: Question<Kind>,
    files?: ArrayBuffer[],
  ): Promise<Answer<Kind>> {
    return new Promise((resolve, reject) => {
      const id = this.post(command, files);
      const timer = setTimeout(() => {
        this.#take(id);
        reject(new Timeout("The kernel did not answer."));
      }, ANSWER_MS);
      const settle = (message: Reply, bytes: DataView<ArrayBuffer> | undefined) => {
        if (answers(command.kind, message)) resolve({ message, bytes });
        else reject(new Error(`The kernel answered with ${message.kind}.`));
      };
      this.#pending.set(id, { resolve: settle, reject, timer });
    });
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    clearTimeout(pending?.timer);
    this.#pending.delete(id);
    return pending;
  }
}

function answers<Kind extends Asking>(kind: Kind, message: Reply): message is Replies[Kind] {
  return REPLIES[kind] === message.kind;
}

class Timeout extends Error {}
