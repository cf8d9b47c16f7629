import { useState } from "preact/hooks";
import { textOf } from "../../inputs/props";
import type { ChatView, Json } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { messageOf } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { Answer } from "./Answer";
import { Entry } from "./Entry";
import { Log } from "./Log";
import { Message } from "./Message";
import { order } from "./order";
import { type Turn, turnsOf } from "./turns";

/** A conversation: what was said, the answer as it is made, and a field to go on. */
export function Conversation({ card }: { card: CardSignals }) {
  const { store, bridge } = useApp();
  const chat = useValue(() => card.state.value.chat);
  const control = useValue(() => card.inputs.value.find(({ name }) => name === chat?.turns));
  const [pending, setPending] = useState<Pending | null>(null);
  const [refused, setRefused] = useState("");
  if (!chat || !control) return null;
  const { value, component } = control;
  const turns = turnsOf(value);
  const shown = pending && pending.before === value ? afterSaying(turns, pending) : turns;
  const isPending = shown !== turns;
  const fixed = store.readOnly.value || chat.node === null;
  const speaks = isPending || chat.phase === "waiting" || chat.phase === "speaking";

  const say = async (text: string, at: number | null = null): Promise<boolean> => {
    const mine = { text, at, before: value };
    setPending(mine);
    setRefused("");
    try {
      await bridge.ask(order(card.id, "say", { text, at, after: turns.length }));
      // What it has become is told a moment later, unless it is the same.
      setTimeout(() => setPending((now) => (now === mine ? null : now)), TOLD_MS);
      return true;
    } catch (error) {
      const last = turnsOf(latest(card, chat)).at(-1);
      if (last?.role === "user" && last.text === text) return true; // only the reply was lost
      setPending(null);
      setRefused(messageOf(error));
      return false;
    }
  };

  return (
    <section class="daggr-talk" data-phase={chat.phase} aria-label={`Conversation ${card.id}`}>
      <Log label={`What was said in ${card.id}`} busy={speaks} said={shown.length}>
        {shown.map((turn, index) => (
          <Message
            key={`${index} ${turn.role}`}
            turn={turn}
            isLast={index >= shown.length - 2}
            edit={fixed || speaks ? undefined : (text) => say(text, index)}
          />
        ))}
        {isPending ? (
          <Answer card={card} chat={{ ...chat, phase: "waiting", problem: "" }} fixed />
        ) : (
          <Answer card={card} chat={chat} fixed={fixed} />
        )}
      </Log>
      {shown.length === 0 && !fixed && <Examples component={component?.props.examples} say={say} />}
      {chat.node === null && <p class="daggr-talk-problem">{chat.problem}</p>}
      {!fixed && (
        <Entry
          label={`Message in ${card.id}`}
          placeholder={textOf(component?.props ?? {}, "placeholder") ?? ""}
          speaks={speaks}
          refused={refused}
          say={say}
          stop={() => bridge.tell(order(card.id, "stop"))}
          clear={turns.length && !speaks ? () => bridge.tell(order(card.id, "clear")) : undefined}
        />
      )}
    </section>
  );
}

const TOLD_MS = 1000;

/** What a person has just said, as long as the kernel tells of nothing new. */
interface Pending {
  text: string;
  at: number | null;
  before: Json;
}

function afterSaying(turns: Turn[], { text, at }: Pending): Turn[] {
  return [...turns.slice(0, at ?? turns.length), { role: "user", text }];
}

function latest(card: CardSignals, { turns }: ChatView) {
  return card.inputs.peek().find(({ name }) => name === turns)?.value;
}

interface ExamplesProps {
  component: unknown;
  say: (text: string) => void;
}

/** Messages to begin with. */
function Examples({ component, say }: ExamplesProps) {
  const texts = Array.isArray(component) ? component.map(String) : [];
  if (texts.length === 0) return null;
  return (
    <div class="daggr-talk-examples">
      {texts.map((text) => (
        <Button key={text} look="summary" onClick={() => say(text)}>
          {text}
        </Button>
      ))}
    </div>
  );
}
