import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

interface DialogProps {
  class: string;
  label: string;
  close: () => void;
  /** Takes a key that does not close it. */
  onKey?: (event: KeyboardEvent) => void;
  /** Whether it always takes the window, and not the canvas alone. */
  large?: boolean;
  children: ComponentChildren;
}

/** Lower than this is no room for a panel: it gets all of the window. */
const LOW = 400;

/** A dialog inside the canvas: takes the focus, keeps it, gives it back, closes with Esc. */
export function Dialog({ class: name, label, close, onKey, large, children }: DialogProps) {
  const { view } = useApp();
  const dialog = useRef<HTMLDivElement>(null);
  const within = (end: "first" | "last") => {
    const all = dialog.current?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [];
    const seen = [...all].filter((each) => each.offsetParent);
    seen.at(end === "first" ? 0 : -1)?.focus();
  };
  // before it is painted: who sees it may press Esc
  useLayoutEffect(() => {
    const before = document.activeElement;
    const low = onKey && (view.root?.clientHeight ?? LOW) < LOW;
    if ((large || low) && dialog.current?.showPopover) {
      dialog.current.popover = "manual";
      dialog.current.showPopover();
    }
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return onKey?.(event);
    event.preventDefault();
    close();
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
      <Edge onFocus={() => within("last")} />
      <Button look="square" icon="cross" name="Close" data-control="close" onClick={close} />
      {children}
      <Edge onFocus={() => within("first")} />
    </div>
  );
}

const FOCUSABLE =
  ":is(button, input, select, a[href], summary, iframe, audio, video, [tabindex='0']):not(:disabled, [data-edge-of])";

/** Where Tab would lead out of a dialog. */
function Edge({ onFocus }: { onFocus: () => void }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it hands the focus on
  // biome-ignore lint/a11y/noStaticElementInteractions: see above
  return <span data-edge-of="dialog" tabIndex={0} onFocus={onFocus} />;
}
