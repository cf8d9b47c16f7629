import { useEffect, useRef, useState } from "preact/hooks";

const QUIET_MS = 300;

/** A text being typed: committed after a pause, on Enter and on leaving; never overwritten. */
export function useDraft(value: string, commit: (text: string) => void) {
  const [draft, setDraft] = useState<string | null>(null);
  const pending = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(commit);
  latest.current = commit;

  const flush = () => {
    clearTimeout(timer.current);
    if (pending.current !== null) latest.current(pending.current);
    pending.current = null;
  };
  useEffect(() => flush, []);

  return {
    text: draft ?? value,
    onInput: (text: string) => {
      setDraft(text);
      pending.current = text;
      clearTimeout(timer.current);
      timer.current = setTimeout(flush, QUIET_MS);
    },
    onEnter: flush,
    onBlur: () => {
      flush();
      setDraft(null);
    },
  };
}
