import { useState } from "preact/hooks";
import { copyText } from "../clipboard";
import { useApp } from "../context";
import { Button, Drawer, Scroller } from "../parts";
import type { ErrorView } from "../protocol.gen";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";

/** What went wrong, in one line; the traceback when somebody wants it; what to do next. */
export function Failure({ card }: { card: CardSignals }) {
  const error = useValue(() =>
    card.state.value.status === "failed" ? card.state.value.error : null,
  );
  const { bridge, store } = useApp();
  if (!error) return null;
  return (
    <div class="daggr-failure">
      <p class="daggr-failure-line">
        {error.type && <strong>{error.type}</strong>} {error.message}
      </p>
      <div class="daggr-failure-body">
        {error.traceback && <Traceback error={error} />}
        <div class="daggr-actions">
          {!store.readOnly.value && (
            <Button look="labelled" onClick={() => bridge.run([card.id], "to_here")}>
              Retry
            </Button>
          )}
          {error.traceback && <CopyButton text={error.traceback} label="Copy traceback" />}
        </div>
      </div>
    </div>
  );
}

function Traceback({ error }: { error: ErrorView }) {
  return (
    <Drawer title="Traceback">
      <Scroller code label="Traceback" class="daggr-traceback">
        {error.traceback.trimEnd()}
      </Scroller>
    </Drawer>
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
