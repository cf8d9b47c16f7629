import { useApp } from "../context";
import { Button, Menu, useMenu } from "../parts";
import type { RunCommand } from "../protocol.gen";
import type { CardSignals } from "../store";

type Way = [label: string, hint: string, mode: RunCommand["mode"], force?: boolean];

const WAYS: Way[] = [
  ["Run to here", "with what it needs", "to_here"],
  ["Run this step", "only this one", "step"],
  ["Run downstream", "all that follows", "downstream"],
  ["Run again", "even if fresh", "step", true],
];

export function RunButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const { open, setOpen, around, close } = useMenu();
  const items = WAYS.map(([label, hint, mode, force]) => ({
    label,
    hint,
    act: () => bridge.run([card.id], mode, force),
  }));
  return (
    <span ref={around} class="daggr-split" data-open={open}>
      <Button icon="play" name="Run to here" onClick={() => bridge.run([card.id], "to_here")} />
      <Button icon="down" name="More ways to run" expanded={open} onClick={() => setOpen(!open)} />
      {open && <Menu items={items} close={close} />}
    </span>
  );
}
