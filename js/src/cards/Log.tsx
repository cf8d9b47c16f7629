import { useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCard } from "../context";
import { plural } from "../format";
import type { CardSignals } from "../store";

/** What the node printed and logged; the newest line stays in view while it grows. */
export function Log({ card }: { card: CardSignals }) {
  const log = useComputed(() => card.state.value.log.trimEnd());
  const [open, setOpen] = useState(false);
  const { tab } = useCard();
  const text = useRef<HTMLPreElement>(null);
  const shown = log.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer log scrolls to its end
  useEffect(() => {
    text.current?.scrollTo({ top: text.current.scrollHeight });
  }, [shown, open]);
  if (!shown) return null;
  return (
    <details class="daggr-details daggr-log" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary tabIndex={tab.value}>
        Log <span class="daggr-figures">{plural(shown.split("\n").length, "line")}</span>
      </summary>
      {open && (
        <pre ref={text} class="daggr-code daggr-scroll" tabIndex={tab.value}>
          {shown}
        </pre>
      )}
    </details>
  );
}
