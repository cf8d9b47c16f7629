import { useEffect, useState } from "preact/hooks";
import type { CardState } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import type { PanelOf } from "../state/view";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { clock, duration } from "../ui/format";
import { useValue } from "../ui/reactive";

export function Footer({ card }: { card: CardSignals }) {
  const { remarks } = card.state.value;
  const { runnable } = card.shape.value;
  if (!runnable && remarks.length === 0) return null;
  return (
    <footer class="daggr-footer">
      {remarks.map((remark) => (
        <p class="daggr-remark" key={remark}>
          {marked(remark)}
        </p>
      ))}
      {runnable && (
        <div class="daggr-row">
          <History card={card} />
          <Time card={card} />
        </div>
      )}
    </footer>
  );
}

/** Code stands in backticks, the name of a node in two asterisks. */
function marked(remark: string) {
  return remark
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part, index) =>
      index % 2 === 0 ? (
        part
      ) : part.startsWith("`") ? (
        <code key={index}>{part.slice(1, -1)}</code>
      ) : (
        <strong key={index}>{part.slice(2, -2)}</strong>
      ),
    );
}

function History({ card }: { card: CardSignals }) {
  const { bridge, store, view } = useApp();
  const show = (name: PanelOf["name"]) => {
    view.panel.value = { name, node: card.id };
  };
  const { index, total, older, newer } = card.state.value.history;
  const fixed = store.readOnly.value;
  // Not `disabled`, which would take the focus from the canvas with the last step.
  const step = (label: string, record: typeof older, icon: "left" | "right") => (
    <Button
      look="step"
      control={icon === "left" ? "previous" : "next"}
      icon={icon}
      name={label}
      aria-disabled={!record || fixed}
      onClick={() => record && !fixed && bridge.select(card.id, record)}
    />
  );
  return (
    <span class="daggr-history">
      {total > 0 && (
        <>
          {step("Previous result", older, "left")}
          <Button
            look="link"
            control="history"
            name={`${index}/${total}, history of ${card.id}`}
            onClick={() => show("history")}
          >
            <span class="daggr-figures">{`${index}/${total}`}</span>
          </Button>
          {step("Next result", newer, "right")}
        </>
      )}
      {card.shape.value.selector && (
        <Button
          look="link"
          control="compare"
          name={`compare variants of ${card.id}`}
          onClick={() => show("variants")}
        >
          compare
        </Button>
      )}
    </span>
  );
}

function Time({ card }: { card: CardSignals }) {
  const running = useValue(() => isRunning(card.state.value));
  return running ? <Elapsed card={card} /> : <Ended card={card} />;
}

function isRunning({ status, started_at }: CardState): boolean {
  return (status === "running" || status === "stopping") && started_at !== null;
}

function Ended({ card }: { card: CardSignals }) {
  const { started_at, ended_at, typical, status } = card.state.value;
  if (started_at !== null && ended_at !== null) {
    // An edit by hand takes no time.
    const time = ended_at > started_at ? ` · ${duration(ended_at - started_at)}` : "";
    return <span class="daggr-figures">{clock(ended_at) + time}</span>;
  }
  if (typical === null || status === "queued") return null;
  return <span class="daggr-figures">usually {duration(typical)}</span>;
}

const TICK_MS = 100;

function Elapsed({ card }: { card: CardSignals }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const { started_at, typical } = card.state.value;
  const elapsed = duration(now / 1000 - (started_at ?? now / 1000));
  return (
    <span class="daggr-figures">
      {typical === null ? elapsed : `${elapsed} · usually ${duration(typical)}`}
    </span>
  );
}
