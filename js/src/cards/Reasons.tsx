import { useState } from "preact/hooks";
import { later } from "../later";
import type { ReasonView } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import { Button } from "../ui/Button";
import { isActive, stress } from "../ui/format";
import { useValue } from "../ui/reactive";

const Diff = later("Diff");

/** Why the node is not fresh, where the eye already is: under its name. */
export function Reasons({ card }: { card: CardSignals }) {
  const reasons = useValue(() => card.state.value.reasons);
  const idle = useValue(() => !isActive(card.state.value.status));
  const [all, setAll] = useState(false);
  if (!idle || reasons.length === 0) return null;
  const rows = all ? reasons : reasons.slice(0, 1);
  const hidden = reasons.length - rows.length;
  return (
    <div class="daggr-reasons">
      {rows.map((reason) => (
        <ReasonRow key={`${reason.kind} ${reason.text}`} reason={reason} />
      ))}
      {hidden > 0 && (
        <Button look="link" name={`${hidden} more`} onClick={() => setAll(true)}>
          (+{hidden})
        </Button>
      )}
    </div>
  );
}

function ReasonRow({ reason }: { reason: ReasonView }) {
  const [open, setOpen] = useState(false);
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
          <Button look="link" expanded={open} onClick={() => setOpen(!open)}>
            {open ? "hide diff" : "diff"}
          </Button>
        )}
      </div>
      {open && reason.diff && <Diff text={reason.diff} />}
    </>
  );
}
