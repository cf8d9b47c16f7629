import { useEffect, useRef, useState } from "preact/hooks";
import { dirOf } from "../../inputs/draft";
import { Button } from "../../ui/Button";
import { useTab } from "../../ui/context";
import { Icon } from "../../ui/icons";
import { Drawing } from "./Drawing";

interface EntryProps {
  label: string;
  placeholder: string;
  /** Whether an answer is being made. */
  speaks: boolean;
  /** Why the last message was not taken. */
  refused: string;
  say: (text: string) => Promise<boolean>;
  stop: () => void;
  clear: (() => void) | undefined;
}

/** Where people write. Enter sends; while an answer is being made, the button stops that. */
export function Entry({ label, placeholder, speaks, refused, say, stop, clear }: EntryProps) {
  const [draft, setDraft] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const tab = useTab();
  useEffect(() => fit(field.current), [draft]);
  const ready = draft.trim() !== "";
  const send = async () => {
    if (!ready || speaks) return;
    setDraft("");
    if (!(await say(draft))) setDraft((now) => now || draft);
  };
  return (
    <div class="daggr-talk-entry">
      <div class="daggr-talk-field">
        <textarea
          ref={field}
          aria-label={label}
          placeholder={placeholder}
          tabIndex={tab}
          dir={dirOf(draft)}
          rows={1}
          value={draft}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        {/* One button, so that it keeps the focus when it changes. */}
        <Button
          look={speaks ? "stop" : "primary"}
          name={speaks ? "Stop answering" : "Send"}
          aria-disabled={!speaks && !ready}
          onClick={() => (speaks ? stop() : void send())}
        >
          {speaks ? <Icon name="stop" size={12} /> : <Drawing name="send" size={14} />}
        </Button>
      </div>
      <div class="daggr-row daggr-talk-foot">
        <span class="daggr-quiet" role="status">
          {refused || (speaks && ready ? "It is still answering: wait, or stop it." : "")}
        </span>
        {clear && <Clear clear={clear} />}
      </div>
    </div>
  );
}

/** As high as what is in it; the style sheet says how high at most. */
function fit(element: HTMLTextAreaElement | null): void {
  if (!element) return;
  element.style.height = "auto";
  element.style.height = `${element.scrollHeight}px`;
}

const SURE_MS = 4000;

/** Takes two presses: what goes may have been a long talk. */
function Clear({ clear }: { clear: () => void }) {
  const [asks, setAsks] = useState(false);
  useEffect(() => {
    if (!asks) return;
    const timer = setTimeout(() => setAsks(false), SURE_MS);
    return () => clearTimeout(timer);
  }, [asks]);
  return (
    <Button
      look="link"
      onClick={() => {
        if (asks) clear();
        setAsks(!asks);
      }}
    >
      {asks ? "Clear all of it?" : "Clear"}
    </Button>
  );
}
