import type { RunCommand } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { useApp } from "../../ui/context";
import { Menu } from "../overlays/Menu";

type Mode = [
  label: string,
  hint: string,
  control: string,
  mode: RunCommand["mode"],
  force?: boolean,
];

const MODES: Mode[] = [
  ["Run to here", "with what it needs", "run-to-here", "to_here"],
  ["Run this step", "only this one", "run-step", "step"],
  ["Run downstream", "all that follows", "run-downstream", "downstream"],
  ["Run again", "even if up to date", "run-again", "step", true],
];

/** The modes in which a card can run; pointing at one shows what would run. */
export function RunMenu({ card, close }: { card: CardSignals; close: (refocus: boolean) => void }) {
  const { bridge } = useApp();
  const items = MODES.map(([label, hint, control, mode, force]) => ({
    label,
    hint,
    control,
    plan: force ? `${mode}!` : mode,
    act: () => bridge.run([card.id], mode, force),
  }));
  return <Menu items={items} close={close} />;
}
