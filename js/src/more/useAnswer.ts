import { useEffect, useState } from "preact/hooks";
import type { Unsent } from "../asking";
import { useApp } from "../context";
import type { Notification } from "../protocol.gen";
import { type Answer, answer } from "./answers";

interface Asked<T> {
  found: T | null;
  error: string;
}

/**
 * The kernel's answer to a command, asked for anew whenever `key` is another one; what was found
 * before stays until then.
 */
export function useAnswer<Kind extends Notification["kind"]>(
  command: Unsent,
  kind: Kind,
  key: string,
): Asked<Answer<Kind>> {
  const { bridge } = useApp();
  const [asked, setAsked] = useState<Asked<Answer<Kind>>>({ found: null, error: "" });
  useEffect(() => {
    let current = true;
    answer(bridge, command, kind).then(
      (found) => current && setAsked({ found, error: "" }),
      (error: Error) => current && setAsked((before) => ({ ...before, error: error.message })),
    );
    return () => {
      current = false;
    };
  }, [bridge, key]);
  return asked;
}
