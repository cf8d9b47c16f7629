import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { useCard } from "../context";
import { isActive, stress } from "../format";
import type { Reason } from "../protocol.gen";
import type { CardSignals } from "../store";

/** Why the node is not fresh, where the eye already is: under its name. */
export function Reasons({ card }: { card: CardSignals }) {
  const reasons = useComputed(() => card.state.value.reasons);
  const idle = useComputed(() => !isActive(card.state.value.status));
  const [all, setAll] = useState(false);
  const { tab } = useCard();
  if (!idle.value || reasons.value.length === 0) return null;
  const shown = all ? reasons.value : reasons.value.slice(0, 1);
  const more = reasons.value.length - shown.length;
  return (
    <div class="daggr-reasons">
      {shown.map((reason) => (
        <ReasonRow key={`${reason.kind} ${reason.text}`} reason={reason} />
      ))}
      {more > 0 && (
        <button type="button" class="daggr-link" tabIndex={tab.value} onClick={() => setAll(true)}>
          and {more} more {more === 1 ? "reason" : "reasons"}
        </button>
      )}
    </div>
  );
}

function ReasonRow({ reason }: { reason: Reason }) {
  const [open, setOpen] = useState(false);
  const { tab } = useCard();
  const [before, subject, after] = stress(reason.text, reason.subject);
  return (
    <>
      <div class="daggr-reason">
        <span class="daggr-reason-text">
          {before}
          {subject && <strong>{subject}</strong>}
          {after}
        </span>
        {reason.diff && (
          <button
            type="button"
            class="daggr-link"
            aria-expanded={open}
            tabIndex={tab.value}
            onClick={() => setOpen(!open)}
          >
            {open ? "hide diff" : "diff"}
          </button>
        )}
      </div>
      {open && reason.diff && <Diff text={reason.diff} />}
    </>
  );
}

function kindOf(line: string): "add" | "drop" | "place" | "same" {
  if (line.startsWith("+")) return "add";
  if (line.startsWith("-")) return "drop";
  return line.startsWith("@@") ? "place" : "same";
}

function Diff({ text }: { text: string }) {
  const { tab } = useCard();
  const lines = text.split("\n").filter((line) => !/^(\+\+\+|---)( |$)/.test(line));
  return (
    <pre class="daggr-code daggr-diff daggr-scroll" tabIndex={tab.value}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <span key={index} data-line={kindOf(line)}>
          {line || " "}
        </span>
      ))}
    </pre>
  );
}
