import type { TargetedEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const QUIET_MS = 300;
/** A value that is back as it was so soon was refused: what Python says comes later, see `Edits`. */
const REFUSED_MS = 1400;

interface State {
  /** What is typed and not committed. */
  text?: string | null;
  timer?: ReturnType<typeof setTimeout>;
  value: string;
  commit: (text: string) => unknown;
  /** The value before the last commit, and how that shows once it is taken. */
  before?: string;
  known?: unknown;
  taken?: boolean;
  at: number;
}

type Typing = TargetedEvent<HTMLInputElement | HTMLTextAreaElement, Event>;

/**
 * A text being typed: committed after a pause, on Enter and on leaving; never overwritten, until it
 * was taken and the value is another one then. What is half typed, or composed, is not sent.
 *
 * `commit` returns how the value shows that was committed, if not as it was typed.
 */
export function useDraft(value: string, commit: (text: string) => unknown) {
  const [draft, setDraft] = useState<string | null>(null);
  const typing = useRef({} as State).current;
  typing.value = value;
  typing.commit = commit;

  const flush = () => {
    clearTimeout(typing.timer);
    const { text } = typing;
    typing.text = null;
    if (text == null) return;
    typing.before = typing.value;
    typing.at = Date.now();
    typing.known = typing.commit(text) ?? text;
  };
  useEffect(() => flush, []);
  useEffect(() => {
    const refused = value === typing.before && Date.now() - typing.at < REFUSED_MS;
    if (typing.taken && value !== typing.known && !refused) setDraft(null);
    typing.taken ||= value === typing.known;
  });

  const take = ({ currentTarget }: Typing, composing?: boolean) => {
    const half = currentTarget.validity?.badInput;
    setDraft(currentTarget.value);
    typing.text = half ? null : currentTarget.value;
    typing.taken = false;
    typing.known = null;
    clearTimeout(typing.timer);
    if (!composing && !half) typing.timer = setTimeout(flush, QUIET_MS);
  };

  const text = draft ?? value;
  return {
    text,
    flush,
    field: {
      value: text,
      onInput: (event: Typing) => take(event, (event as unknown as InputEvent).isComposing),
      onCompositionEnd: (event: Typing) => take(event),
      onBlur: ({ currentTarget }: Typing) => {
        flush();
        setDraft(null);
        if (currentTarget.validity?.badInput) currentTarget.value = "";
      },
    },
  };
}

const LONG = 5000;

/** The direction of a text. A browser asks a long one for all its letters, with every key. */
export function dirOf(text: string): "auto" | "rtl" | "ltr" {
  if (text.length < LONG) return "auto";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(/\p{L}/u.exec(text)?.[0] ?? "")
    ? "rtl"
    : "ltr";
}
