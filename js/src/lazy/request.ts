import { useEffect, useState } from "preact/hooks";
import type { Notification } from "../protocol.gen";
import { useApp } from "../ui/context";
import type { Bridge } from "../wire/bridge";
import type { Unsent } from "../wire/requests";

/** The notification that answers a command, by its kind. */
export type Answer<Kind> = Extract<Notification, { kind: Kind }>;

/** Asks the kernel, and takes the kind of answer that is expected. */
export async function request<Kind extends Notification["kind"]>(
  bridge: Bridge,
  command: Unsent,
  kind: Kind,
): Promise<Answer<Kind>> {
  const { message } = await bridge.requests.ask(command);
  if (message.kind !== kind) throw new Error(`The kernel answered with ${message.kind}.`);
  return message as unknown as Answer<Kind>;
}

interface Outcome<T> {
  answer: T | null;
  error: string;
}

/**
 * The kernel's answer to a command, asked for anew whenever `key` is another one; the last
 * one stays until then.
 */
export function useAnswer<Kind extends Notification["kind"]>(
  command: Unsent,
  kind: Kind,
  key: string,
): Outcome<Answer<Kind>> {
  const { bridge } = useApp();
  const [outcome, setOutcome] = useState<Outcome<Answer<Kind>>>({ answer: null, error: "" });
  useEffect(() => {
    let current = true;
    request(bridge, command, kind).then(
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
