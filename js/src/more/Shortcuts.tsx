import { Dialog } from "../canvas/Dialog";
import { KEYS } from "../canvas/keys";
import { useApp } from "../context";

/** All keys, over the canvas. */
export function ShortcutSheet() {
  const { help } = useApp().view;
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
