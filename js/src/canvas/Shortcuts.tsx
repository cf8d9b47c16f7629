import { useApp } from "../context";
import { Dialog } from "./Dialog";
import { KEYS } from "./keys";

export function Shortcuts() {
  const { help } = useApp().view;
  if (!help.value) return null;
  const close = () => {
    help.value = false;
  };
  return (
    <Dialog class="daggr-shortcuts" label="Keyboard shortcuts" close={close}>
      <strong>Keyboard</strong>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
