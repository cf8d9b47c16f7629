import { useEffect, useState } from "preact/hooks";
import type { Notification } from "../protocol.gen";
import { useApp } from "../ui/context";
import type { Unsent } from "../wire/asking";
import type { Bridge } from "../wire/bridge";

/** What answers a command, by the answer's kind. */
export type Answer<Kind> = Extract<Notification, { kind: Kind }>;

/** Asks the kernel, and takes the kind of answer that is expected. */
export async function answer<Kind extends Notification["kind"]>(
  bridge: Bridge,
  command: Unsent,
  kind: Kind,
): Promise<Answer<Kind>> {
  const { message } = await bridge.asking.ask(command);
  if (message.kind !== kind) throw new Error(`The kernel answered with ${message.kind}.`);
  return message as unknown as Answer<Kind>;
}

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
