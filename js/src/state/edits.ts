import type { Digest, Json, NodeId, PortName } from "../protocol.gen";
import { reuse } from "./reduce";
import { type Signal, signal } from "./signals";

/** How long an answer that differs from the edit is taken for an echo of an earlier edit. */
const ECHO_MS = 1500;

interface Edit {
  value: Json;
  at: number;
}

/** What people typed and the kernel has not confirmed yet; shown in place of the kernel's value. */
export class Edits {
  #edits = new Map<string, Signal<Edit | null>>();

  of(node: NodeId, port: PortName | Digest): Signal<Edit | null> {
    const key = `${node} ${port}`;
    const edit = this.#edits.get(key) ?? signal(null);
    this.#edits.set(key, edit);
    return edit;
  }

  begin(node: NodeId, port: PortName | Digest, value: Json): void {
    this.of(node, port).value = { value, at: Date.now() };
  }

  drop(node: NodeId, port: PortName | Digest): void {
    this.of(node, port).value = null;
  }

  /** What is shown from now on is something else, where no edit is on its way. */
  clear(): void {
    for (const edit of this.#edits.values()) edit.value = null;
  }

  /** The kernel's value is `value` now: an equal one confirms the edit, another replaces it soon. */
  settle(node: NodeId, port: PortName, value: unknown): void {
    const edit = this.of(node, port);
    const current = edit.peek();
    if (!current) return;
    const same = reuse(current.value, value) === current.value || isChange(current.value);
    const drop = () => {
      if (edit.peek() === current) edit.value = null;
    };
    if (same) drop();
    else setTimeout(drop, current.at + ECHO_MS - Date.now());
  }
}

/** Whether it says what to change (a file, a step), not what the value will be. */
function isChange(value: Json): boolean {
  return /{"\$(?!choice")/.test(JSON.stringify(value));
}
