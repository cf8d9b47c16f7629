import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../context";
import { Icon } from "../icons";
import { KEYS } from "./keys";

export function Shortcuts() {
  const { view } = useApp();
  return view.help.value ? <Sheet /> : null;
}

function Sheet() {
  const { view } = useApp();
  const dialog = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div ref={dialog} class="daggr-shortcuts" role="dialog" aria-label="Keyboard shortcuts" tabIndex={-1}>
      <div class="daggr-row">
        <strong>Keyboard</strong>
        <button
          type="button"
          class="daggr-button daggr-square"
          aria-label="Close"
          onClick={() => {
            view.help.value = false;
          }}
        >
          <Icon name="close" size={12} />
        </button>
      </div>
      <dl>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
