import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useTab } from "../../ui/context";
import { Icon } from "../../ui/icons";
import { copyText } from "../displays/actions";
import { InlineMarkdown } from "../displays/texts/Markdown";
import { Drawing } from "./Drawing";
import type { Turn } from "./turns";

const SPEAKERS: Record<string, string> = {
  user: "You",
  assistant: "Answer",
  system: "Instructions",
  developer: "Instructions",
};

interface MessageProps {
  turn: Turn;
  /** Whether it is one of the last two, whose actions show without being pointed at. */
  isLast: boolean;
  /** Says something else in its place; what came after it goes. */
  edit: ((text: string) => Promise<boolean>) | undefined;
}

/** One message, with what there is to do with it. */
export function Message({ turn, isLast, edit }: MessageProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const { role, text } = turn;
  const mine = role === "user";
  if (draft !== null && edit) {
    return (
      <li class="daggr-said" data-who="user">
        <Edited draft={draft} setDraft={setDraft} edit={edit} />
      </li>
    );
  }
  return (
    <li class="daggr-said" data-who={role} data-last={isLast}>
      <strong class="daggr-said-who">{SPEAKERS[role] ?? role}</strong>
      <div class={mine ? "daggr-said-text" : "daggr-said-text daggr-markdown"}>
        {mine ? <p dir="auto">{text}</p> : <InlineMarkdown text={text} />}
      </div>
      <div class="daggr-said-actions">
        <CopyMessage text={text} />
        {mine && edit && (
          <Button look="step" icon="template" name="Edit message" onClick={() => setDraft(text)} />
        )}
      </div>
    </li>
  );
}

const NOTE_MS = 1600;

export function CopyMessage({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="step"
      name={copied ? "Copied" : "Copy message"}
      onClick={async () => {
        setCopied(await copyText(text));
        setTimeout(() => setCopied(false), NOTE_MS);
      }}
    >
      {copied ? <Icon name="check" size={12} /> : <Drawing name="copy" />}
    </Button>
  );
}

interface EditedProps {
  draft: string;
  setDraft: (text: string | null) => void;
  edit: (text: string) => Promise<boolean>;
}

/** A message being written anew; what is refused stays as it was written. */
function Edited({ draft, setDraft, edit }: EditedProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const tab = useTab();
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(draft.length, draft.length);
  }, []);
  const close = () => setDraft(null);
  const send = async () => {
    if (draft.trim() && (await edit(draft))) close();
  };
  return (
    <div class="daggr-talk-edit">
      <textarea
        ref={field}
        class="daggr-field daggr-lines"
        aria-label="Edit message"
        tabIndex={tab}
        dir="auto"
        rows={Math.min(8, Math.max(2, draft.split("\n").length))}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing || event.shiftKey) return;
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          if (event.key === "Enter") void send();
          else close();
        }}
      />
      <div class="daggr-row">
        <span class="daggr-quiet">What came after it goes.</span>
        <Button look="labelled" onClick={close}>
          Cancel
        </Button>
        <Button look="primary" disabled={!draft.trim()} onClick={() => void send()}>
          Send
        </Button>
      </div>
    </div>
  );
}
