import { later } from "../later";
import type { CardSignals } from "../state/store";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { useMenu } from "../ui/menu";

const RunMenu = later("RunMenu");

export function RunButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const { open, setOpen, around, close } = useMenu();
  return (
    <span ref={around} class="daggr-split" data-open={open}>
      <Button
        control="run-to-here"
        icon="play"
        name="Run to here"
        data-plan="to_here"
        onClick={() => bridge.run([card.id], "to_here")}
      />
      <Button
        control="run-more"
        icon="down"
        name="More ways to run"
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && <RunMenu card={card} close={close} />}
    </span>
  );
}

export function StopButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const stopping = card.state.value.status === "stopping";
  return (
    <Button
      look="stop"
      control="stop"
      icon="stop"
      name="Stop"
      hint={stopping ? "Waiting for it to end" : "Stop this step"}
      disabled={stopping}
      onClick={() => bridge.stop(card.id)}
    />
  );
}
