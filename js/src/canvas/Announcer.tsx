import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useApp } from "../context";
import { plural } from "../format";
import type { NodeId } from "../protocol.gen";
import type { Store } from "../store";

const EVERY_MS = 1500;

/** Says what happened to people who do not see it: at most one sentence in a moment. */
export function Announcer() {
  const { store } = useApp();
  const said = useSignal("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pending = "";
    const stop = watch(store, (sentence) => {
      pending = sentence;
      timer ??= setTimeout(() => {
        said.value = pending;
        timer = undefined;
      }, EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store, said]);
  return (
    <div class="daggr-announcer" role="status" aria-live="polite">
      {said}
    </div>
  );
}

function watch(store: Store, say: (sentence: string) => void): () => void {
  let wasRunning = false;
  return effect(() => {
    const run = store.run.value;
    if (run) {
      wasRunning = true;
      say(`Running, ${run.done} of ${run.total} done`);
    } else if (wasRunning) {
      wasRunning = false;
      say(ending(store));
    }
  });
}

function ending(store: Store): string {
  const failed: NodeId[] = store.order
    .peek()
    .filter((id) => store.card(id)?.state.peek().status === "failed");
  if (failed.length === 0) return "Run finished";
  return `Run finished, ${plural(failed.length, "step")} failed: ${failed.join(", ")}`;
}
