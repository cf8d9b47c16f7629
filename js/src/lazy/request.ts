import { useEffect, useState } from "preact/hooks";
import type { Replies } from "../protocol.gen";
import { useApp } from "../ui/context";
import type { Asking, Question } from "../wire/requests";

interface Outcome<T> {
  answer: T | null;
  error: string;
}

/**
 * The kernel's answer to a command, asked for anew whenever `key` is another one; the last
 * one stays until then.
 */
export function useAnswer<Kind extends Asking>(
  command: Question<Kind>,
  key: string,
): Outcome<Replies[Kind]> {
  const { bridge } = useApp();
  const [outcome, setOutcome] = useState<Outcome<Replies[Kind]>>({ answer: null, error: "" });
  useEffect(() => {
    let current = true;
    bridge.ask(command).then(
      (answer) => current && setOutcome({ answer, error: "" }),
      (error: Error) =>
        current && setOutcome((previous) => ({ ...previous, error: error.message })),
    );
    return () => {
      current = false;
    };
  }, [bridge, key]);
  return outcome;
}
