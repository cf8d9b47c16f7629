import { useApp } from "../context";
import { isActive, statusWord } from "../format";
import { Icon, kindIcon } from "../icons";
import { useValue } from "../reactive";
import type { CardSignals } from "../store";
import { RunButton } from "./RunButton";
import { StopButton } from "./StopButton";

/** A name so long might not fit beside the status. */
const LONG = 11;

export function Header({ card }: { card: CardSignals }) {
  const { kind, doc, runnable } = card.shape.value;
  return (
    <header class="daggr-header" data-drag title={doc || undefined}>
      <span class="daggr-kind" title={kind}>
        <Icon name={kindIcon(kind)} size={12} />
      </span>
      <span class={`daggr-name ${card.id.length > LONG ? "daggr-ellipsis" : ""}`} title={card.id}>
        {card.id}
      </span>
      {runnable && <StatusLabel card={card} />}
      {runnable && <Action card={card} />}
    </header>
  );
}

export function StatusLabel({ card }: { card: CardSignals }) {
  const { word, tone, icon } = statusWord(card.state.value);
  return (
    <span class="daggr-status" data-tone={tone}>
      <Icon name={icon} size={12} />
      <span>{word}</span>
    </span>
  );
}

function Action({ card }: { card: CardSignals }) {
  const { store } = useApp();
  const active = useValue(() => isActive(card.state.value.status));
  // What a card that asks needs is the answer.
  if (store.readOnly.value || card.state.value.status === "waiting") return null;
  return active ? <StopButton card={card} /> : <RunButton card={card} />;
}
