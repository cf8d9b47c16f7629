/** Running items again that failed. */
import type { Bridge } from "../bridge";
import type { CardSignals } from "../store";

/** Runs one item; all others keep what is on record of them. */
export function retryItem(bridge: Bridge, card: CardSignals, path: string): void {
  bridge.run([card.id], "step", false, path);
}

/** Runs all that failed: with the whole step if that failed, or beside a result without them. */
export function retryFailed(bridge: Bridge, card: CardSignals): void {
  const whole = card.state.peek().status === "failed";
  bridge.run([card.id], "stale", false, whole ? "" : "failed");
}
