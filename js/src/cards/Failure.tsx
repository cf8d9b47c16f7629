import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { copyText } from "../clipboard";
import { useApp, useCard } from "../context";
import { Icon } from "../icons";
import type { ErrorView } from "../protocol.gen";
import type { CardSignals } from "../store";

/** What went wrong, in one line; the traceback when somebody wants it; what to do next. */
export function Failure({ card }: { card: CardSignals }) {
  const error = useComputed(() => (card.state.value.status === "failed" ? card.state.value.error : null));
  const { bridge, store } = useApp();
  const { tab } = useCard();
  if (!error.value) return null;
  return (
    <div class="daggr-failure">
      <p class="daggr-failure-line">
        {error.value.type && <strong>{error.value.type}</strong>} {error.value.message}
      </p>
      <div class="daggr-failure-body">
        {error.value.traceback && <Traceback error={error.value} />}
        <div class="daggr-actions">
          {!store.readOnly.value && (
            <button
              type="button"
              class="daggr-button daggr-labelled"
              tabIndex={tab.value}
              onClick={() => bridge.run([card.id], "to_here")}
            >
              Retry
            </button>
          )}
          {error.value.traceback && <CopyButton text={error.value.traceback} label="Copy traceback" />}
        </div>
      </div>
    </div>
  );
}

function Traceback({ error }: { error: ErrorView }) {
  const { tab } = useCard();
  return (
    <details class="daggr-details">
      <summary tabIndex={tab.value}>Traceback</summary>
      <pre class="daggr-code daggr-scroll daggr-traceback" tabIndex={tab.value}>
        {error.traceback.trimEnd()}
      </pre>
    </details>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const { tab } = useCard();
  return (
    <button
      type="button"
      class="daggr-button daggr-labelled"
      tabIndex={tab.value}
      onClick={async () => {
        setCopied(await copyText(text));
        setTimeout(() => setCopied(false), 1600);
      }}
    >
      <Icon name={copied ? "check" : "copy"} size={12} />
      {copied ? "Copied" : label}
    </button>
  );
}
