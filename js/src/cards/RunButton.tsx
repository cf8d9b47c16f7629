import { useApp } from "../context";
import { later } from "../more";
import { Button, useMenu } from "../parts";
import type { CardSignals } from "../store";

const Ways = later((more) => more.Ways);

export function RunButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const { open, setOpen, around, close } = useMenu();
  return (
    <span ref={around} class="daggr-split" data-open={open}>
      <Button
        icon="play"
        name="Run to here"
        data-plan="to_here"
        onClick={() => bridge.run([card.id], "to_here")}
      />
      <Button icon="down" name="More ways to run" expanded={open} onClick={() => setOpen(!open)} />
      {open && <Ways card={card} close={close} />}
    </span>
  );
}
