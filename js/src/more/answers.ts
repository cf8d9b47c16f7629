import type { Unsent } from "../asking";
import type { Bridge } from "../bridge";
import type { Notification } from "../protocol.gen";

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
