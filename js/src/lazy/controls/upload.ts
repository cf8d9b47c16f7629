import { messageOf } from "../../ui/format";
import type { Requests } from "../../wire/requests";

/** A notebook's connection breaks at messages of 10 MB. */
export const PIECE = 1_000_000;

interface Hooks {
  /** How much is there, as a part of 1, and whether the kernel keeps us waiting. */
  tell: (part: number, waiting: boolean) => void;
  signal: AbortSignal;
}

/** Sends a file in pieces, each when the one before is there; returns what stands for it. */
export async function upload(
  requests: Requests,
  file: File,
  { tell, signal }: Hooks,
): Promise<string> {
  const name = `${Math.random().toString(36).slice(2)}-${Date.now()}`;
  const about = { kind: "upload", upload: name, name: file.name, size: file.size } as const;
  for (let at = 0; ; ) {
    const piece = await file.slice(at, at + PIECE).arrayBuffer();
    if (signal.aborted) {
      requests.ask({ kind: "cancel_upload", upload: name }).catch(() => {});
      throw new Error("The upload was cancelled.");
    }
    const { message } = await patiently(
      () => requests.ask({ ...about, at }, [piece]),
      signal,
      () => tell(at / Math.max(file.size, 1), true),
    );
    at = message.received;
    tell(at / Math.max(file.size, 1), false);
    if (message.file) return message.file;
  }
}

/** A kernel at work answers later: asks until it does, or until nobody waits any more. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal, wait: () => void) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted || !/did not answer/.test(messageOf(error))) throw error;
      wait();
    }
  }
}
