import type { Command, Notification } from "../protocol.gen";

export type Unsent = Command extends infer C ? (C extends Command ? Omit<C, "id"> : never) : never;
/** The notifications that answer a command. */
export type Reply = Extract<Notification, { id: string }>;
export type Answered = { message: Reply; bytes: DataView | undefined };

interface Waiting {
  resolve: (answered: Answered) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

const ANSWER_MS = 6000;
const TRIES = 3;

/** Questions to the kernel, each with its answer. */
export class Asking {
  #waiting = new Map<string, Waiting>();

  constructor(private readonly post: (command: Unsent, files?: ArrayBuffer[]) => string) {}

  /** Asks; any message may be lost, so it asks up to three times. */
  async ask(command: Unsent, files?: ArrayBuffer[]): Promise<Answered> {
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
    const waiting = this.#take(id);
    waiting?.reject(new Error(error));
    return waiting !== undefined;
  }

  dispose(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #once(command: Unsent, files?: ArrayBuffer[]): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const id = this.post(command, files);
      const timer = setTimeout(() => {
        this.#take(id);
        reject(new Timeout("The kernel did not answer."));
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
}

class Timeout extends Error {}
