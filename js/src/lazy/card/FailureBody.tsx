import { useState } from "preact/hooks";
import type { OutputProps } from "../../outputs/props";
import type { ErrorView } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { Scroller } from "../../ui/Scroller";
import { CopyButton } from "../displays/actions";
import { Enlarge } from "../overlays/Enlarge";
import { CellLinks } from "./CellLinks";

/** A message this long takes more than six lines of a card. */
const LONG = 250;

/** The message, the traceback, and what to do next. */
export function FailureBody({ card, error }: { card: CardSignals; error: ErrorView }) {
  const { bridge, store } = useApp();
  // One without a line of anybody's code only says the message again.
  const again = error.traceback.trim().replace(/^[\w.]+: /, "") === error.message.trim();
  const traceback = again ? "" : error.traceback.trimEnd();
  return (
    <>
      <Message key={error.message} type={error.type} message={error.message.trim()} />
      <div class="daggr-failure-body">
        {traceback && <Traceback card={card} text={traceback} />}
        <div class="daggr-actions">
          {!store.readOnly.value && (
            <Button
              look="labelled"
              data-plan="to_here"
              onClick={() => bridge.run([card.id], "to_here")}
            >
              Retry
            </Button>
          )}
          {traceback && <CopyButton text={error.traceback} label="Copy traceback" />}
        </div>
      </div>
    </>
  );
}

/** The last lines of a traceback are those that tell; it is scrolled to its end. */
export function Traceback({ card, text }: { card: CardSignals; text: string }) {
  return (
    <div class="daggr-recorded">
      <Scroller code toEnd label="Traceback" class="daggr-traceback">
        <CellLinks text={text} />
      </Scroller>
      <Enlarge {...textOf(card, "Traceback", text)} />
    </div>
  );
}

/** A text that is no value, as one to be shown large. */
function textOf(card: CardSignals, label: string, text: string): OutputProps {
  const about = {
    kind: "code",
    mime: "text/x-code",
    summary: card.id,
    size: null,
    digest: null,
    note: "",
  } as const;
  const preview = { ...about, data: text, inline: true, items: [], count: null };
  return { node: card.id, port: "" as OutputProps["port"], path: [], preview, label };
}

function Message({ type, message }: { type: string; message: string }) {
  const [all, setAll] = useState(false);
  const long = message.length > LONG || message.split("\n").length > 6;
  return (
    <div class="daggr-failure-line">
      <p data-clamped={long && !all}>
        {type && <strong>{type}</strong>} {message}
      </p>
      {long && (
        <Button look="link" expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show less" : "Show all"}
        </Button>
      )}
    </div>
  );
}
