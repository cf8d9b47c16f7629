import { later } from "../later";
import type { NodeView } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { isActive, statusWord } from "../ui/format";
import { Icon } from "../ui/icons";
import { useMenu } from "../ui/menu";
import { useValue } from "../ui/reactive";
import { RunButton, StopButton } from "./RunButton";

/** A name so long might not fit beside the status. */
const LONG = 11;

export function Header({ card }: { card: CardSignals }) {
  const { kind, icon, doc, runnable } = card.shape.value;
  return (
    <header class="daggr-header" data-drag title={doc || undefined}>
      <Kind card={card} kind={kind} icon={icon} />
      <span class={`daggr-name ${card.id.length > LONG ? "daggr-ellipsis" : ""}`} title={card.id}>
        {card.id}
      </span>
      {runnable && <StatusLabel card={card} />}
      {runnable && <Action card={card} />}
    </header>
  );
}

const CardMenu = later("CardMenu");

/** The glyph of the kind; what can be done with the card itself hangs on it. */
function Kind({ card, kind, icon }: { card: CardSignals } & Pick<NodeView, "kind" | "icon">) {
  const { open, setOpen, around, close } = useMenu();
  return (
    <span ref={around} class="daggr-handle" data-open={open}>
      <Button
        look="kind"
        control="menu"
        icon={icon}
        name={`Menu of ${card.id}`}
        hint={kind}
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && <CardMenu card={card} close={close} />}
    </span>
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
