import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../ui/Button";

interface DialogProps {
  class: string;
  label: string;
  close: () => void;
  children: ComponentChildren;
}

/** A dialog inside the canvas: takes the focus, gives it back, closes with Esc. */
export function Dialog({ class: name, label, close, children }: DialogProps) {
  const dialog = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else dialog.current?.querySelector("button")?.focus();
  };
  return (
    <div
      ref={dialog}
      class={name}
      role="dialog"
      aria-modal="true"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <Button look="square" icon="cross" name="Close" onClick={close} />
      {children}
    </div>
  );
}
