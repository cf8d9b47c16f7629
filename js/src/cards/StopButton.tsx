import { useApp, useCard } from "../context";
import { Icon } from "../icons";
import type { CardSignals } from "../store";

export function StopButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const { tab } = useCard();
  const stopping = card.state.value.status === "stopping";
  return (
    <button
      type="button"
      class="daggr-button daggr-square daggr-stop"
      aria-label="Stop"
      title={stopping ? "Waiting for it to end" : "Stop this step"}
      tabIndex={tab.value}
      disabled={stopping}
      onClick={() => bridge.stop(card.id)}
    >
      <Icon name="stop" size={12} />
    </button>
  );
}
