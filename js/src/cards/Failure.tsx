import { useState } from "preact/hooks";
import { copyText } from "../clipboard";
import { useApp } from "../context";
import { Button, Scroller } from "../parts";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";

/** A message this long takes more than six lines of a card. */
const LONG = 250;

/** What went wrong and where; what to do next. */
export function Failure({ card }: { card: CardSignals }) {
  const error = useValue(() =>
    card.state.value.status === "failed" ? card.state.value.error : null,
  );
  const { bridge, store } = useApp();
  if (!error) return null;
  const traceback = error.traceback.trimEnd();
  return (
    <div class="daggr-failure">
      <Message key={error.message} type={error.type} message={error.message.trim()} />
      <div class="daggr-failure-body">
        {traceback && (
          <Scroller code toEnd tabStop label="Traceback" class="daggr-traceback">
            {traceback}
          </Scroller>
        )}
        <div class="daggr-actions">
          {!store.readOnly.value && (
            <Button look="labelled" onClick={() => bridge.run([card.id], "to_here")}>
              Retry
            </Button>
          )}
          {traceback && <CopyButton text={error.traceback} label="Copy traceback" />}
        </div>
      </div>
    </div>
  );
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

function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="labelled"
      onClick={async () => {
        setCopied(await copyText(text));
        setTimeout(() => setCopied(false), 1600);
      }}
    >
      {copied ? "Copied" : label}
    </Button>
  );
}
