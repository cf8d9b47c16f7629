import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

/** Beside Undo, as long as there is something to make again. */
export function Redo() {
  const { store, bridge } = useApp();
  return (
    <Button
      look="square"
      control="redo"
      icon="redo"
      iconSize={14}
      name="Redo"
      hint="Redo what was undone (Ctrl Shift Z)"
      disabled={store.readOnly.value}
      onClick={() => bridge.undo(true)}
    />
  );
}
