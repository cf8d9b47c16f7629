import { type Signal, signal } from "@preact/signals";
import { reuse } from "./reduce";
import type { Json, NodeId, PortName } from "./protocol.gen";

/** How long an answer that differs from the edit is taken for an echo of an earlier edit. */
const ECHO_MS = 1500;

interface Edit {
  value: Json;
  at: number;
}

/** What people typed and the kernel has not confirmed yet; shown in place of the kernel's value. */
export class Edits {
  #edits = new Map<string, Signal<Edit | null>>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  of(node: NodeId, port: PortName): Signal<Edit | null> {
    const key = `${node}\0${port}`;
    let edit = this.#edits.get(key);
    if (!edit) {
      edit = signal(null);
      this.#edits.set(key, edit);
    }
    return edit;
  }

  begin(node: NodeId, port: PortName, value: Json): void {
    this.of(node, port).value = { value, at: Date.now() };
  }

  drop(node: NodeId, port: PortName): void {
    this.of(node, port).value = null;
  }

  /** The kernel's value is `value` now: an equal one confirms the edit, another replaces it soon. */
  settle(node: NodeId, port: PortName, value: Json): void {
    const edit = this.of(node, port);
    const held = edit.peek();
    if (!held) return;
    const left = held.at + ECHO_MS - Date.now();
    if (left <= 0 || reuse(held.value, value) === held.value) {
      edit.value = null;
      return;
    }
    const key = `${node}\0${port}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        if (edit.peek() === held) edit.value = null;
      }, left),
    );
  }
}
