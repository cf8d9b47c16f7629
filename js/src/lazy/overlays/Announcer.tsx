import { useEffect } from "preact/hooks";
import { effect } from "../../state/signals";
import type { Store } from "../../state/store";
import { useApp } from "../../ui/context";
import { plural } from "../../ui/format";
import { useSignal } from "../../ui/reactive";

const EVERY_MS = 1500;

/** Says what happened to people who do not see it: at most one sentence in a moment. */
export function Announcer() {
  const { store } = useApp();
  const text = useSignal("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let names = "";
    const stop = effect(() => {
      const quiet = store.run.value === null && text.peek() === "";
      const waiting = store.waiting.value.join(" and ");
      if ((quiet && waiting === names) || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        const now = store.waiting.peek().join(" and ");
        const news = now && now !== names && `${now}: waiting for you`;
        names = now;
        text.value = [!quiet && sentence(store), news].filter(Boolean).join(". ");
      }, EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store, text]);
  return (
    <div class="daggr-announcer" role="status" aria-live="polite">
      {text.value}
    </div>
  );
}

function sentence(store: Store): string {
  const run = store.run.peek();
  if (run) return `Running, ${run.done} of ${run.total} done`;
  const failed = store.order
    .peek()
    .filter((id) => store.card(id)?.state.peek().status === "failed");
  const end =
    failed.length > 0 ? `, ${plural(failed.length, "step")} failed: ${failed.join(", ")}` : "";
  return `Run finished${end}`;
}
