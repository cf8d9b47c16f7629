import { useApp } from "../context";
import { Button } from "../parts";
import type { CardSignals } from "../store";

export function StopButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const stopping = card.state.value.status === "stopping";
  return (
    <Button
      look="stop"
      icon="stop"
      name="Stop"
      hint={stopping ? "Waiting for it to end" : "Stop this step"}
      disabled={stopping}
      onClick={() => bridge.stop(card.id)}
    />
  );
}
