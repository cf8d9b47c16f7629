import { Output } from "../../outputs/Output";
import { shownText } from "../../outputs/text";
import type { ChatView, Preview, RunId } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import { InlineMarkdown } from "../displays/texts/Markdown";
import { Drawing } from "./Drawing";
import { CopyMessage } from "./Message";
import { order } from "./order";
import { saidLast } from "./turns";

interface AnswerProps {
  card: CardSignals;
  chat: ChatView;
  /** Whether nothing can be done with it. */
  fixed: boolean;
}

/** The answer to the last message: nothing yet, as it grows, whole, stopped, or why there is none. */
export function Answer({ card, chat, fixed }: AnswerProps) {
  const { bridge } = useApp();
  const preview = usePreview(chat);
  const stale = useAnswering(chat)?.state.value.freshness === "stale";
  const { phase, problem } = chat;
  if (phase === "none") return null;
  const speaks = phase === "waiting" || phase === "speaking";
  const there = phase === "speaking" || phase === "said" || phase === "stopped";
  const text = chat.text || (there && preview ? textIn(preview) : "");
  const again = () => bridge.tell(order(card.id, "regenerate"));
  return (
    <li class="daggr-said" data-who="assistant" data-last="true" data-phase={phase}>
      <strong class="daggr-said-who">Answer</strong>
      {there && !chat.text && preview && <Spoken chat={chat} preview={preview} />}
      {chat.text && (
        <div class="daggr-said-text daggr-markdown">
          <InlineMarkdown text={chat.text} />
        </div>
      )}
      {speaks && <Waiting text={problem} />}
      {!speaks && <Standing {...{ phase, problem, stale }} />}
      {!speaks && (
        <div class="daggr-said-actions">
          {text && <CopyMessage text={text} />}
          {!fixed && <Again phase={phase} onClick={again} />}
          {!fixed && <Versions card={card} chat={chat} />}
        </div>
      )}
    </li>
  );
}

function useAnswering({ node }: ChatView): CardSignals | undefined {
  const { store } = useApp();
  return useValue(() => (node && store.order.value ? store.card(node) : undefined));
}

function usePreview(chat: ChatView): Preview | undefined {
  const answering = useAnswering(chat);
  return useValue(() => (chat.port ? answering?.values.value[chat.port] : undefined));
}

function textIn(preview: Preview): string {
  return preview.kind === "chat" ? saidLast(preview.data) : (shownText(preview.data) ?? "");
}

/** What the answer's port shows; a plain text is read as Markdown, as models write it. */
function Spoken({ chat, preview }: { chat: ChatView; preview: Preview }) {
  if (!chat.node || !chat.port) return null;
  if (preview.kind === "chat") {
    return (
      <div class="daggr-said-text daggr-markdown">
        <InlineMarkdown text={saidLast(preview.data)} />
      </div>
    );
  }
  const shown: Preview =
    preview.kind === "text" ? { ...preview, kind: "markdown", mime: "text/markdown" } : preview;
  return (
    <div class="daggr-said-text">
      <Output node={chat.node} port={chat.port} path={[]} preview={shown} label="Answer" />
    </div>
  );
}

function Waiting({ text }: { text: string }) {
  return (
    <p class="daggr-talk-waiting">
      <i aria-hidden="true" />
      <i aria-hidden="true" />
      <i aria-hidden="true" />
      <span class={text ? "daggr-quiet" : "daggr-hidden"}>{text || "Answering"}</span>
    </p>
  );
}

interface StandingProps {
  phase: ChatView["phase"];
  problem: string;
  stale: boolean;
}

/** What there is to say about an answer beside what it says. */
function Standing({ phase, problem, stale }: StandingProps) {
  if (problem) return <p class="daggr-talk-problem">{problem}</p>;
  if (phase === "stopped") return <p class="daggr-quiet">Stopped. What it said so far counts.</p>;
  if (phase === "missing") return <p class="daggr-quiet">Not answered.</p>;
  if (stale) return <p class="daggr-quiet daggr-talk-stale">Made before something was changed.</p>;
  return null;
}

function Again({ phase, onClick }: { phase: ChatView["phase"]; onClick: () => void }) {
  if (phase === "said" || phase === "stopped") {
    return (
      <Button look="step" name="Answer again" onClick={onClick}>
        <Drawing name="again" />
      </Button>
    );
  }
  return (
    <Button look="labelled" onClick={onClick}>
      <Drawing name="again" />
      {phase === "failed" ? "Try again" : "Answer"}
    </Button>
  );
}

/** Which of several answers to the same message is shown. */
function Versions({ card, chat }: { card: CardSignals; chat: ChatView }) {
  const { bridge } = useApp();
  const { index, total, older, newer } = chat.versions;
  if (total < 2 && !(older && index === 0)) return null;
  const step = (name: string, icon: "left" | "right", record: RunId | null) => (
    <Button
      look="step"
      icon={icon}
      name={name}
      aria-disabled={!record}
      onClick={() => record && bridge.tell(order(card.id, "choose", { record }))}
    />
  );
  return (
    <span class="daggr-talk-versions">
      {step("Previous answer", "left", older)}
      <span class="daggr-figures">{`${index || "–"}/${total}`}</span>
      {step("Next answer", "right", newer)}
    </span>
  );
}
