import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NodeId } from "../../protocol.gen";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { useBeside } from "./beside";

interface SideProps {
  label: string;
  /** Where the panel stands; the left is for finding, the right for looking closer. */
  at: "left" | "right";
  wide?: boolean;
  /** The card that it is about, which stays in sight. */
  about?: NodeId;
  children: ComponentChildren;
}

/** A panel over one side of the canvas. The graph beside it stays usable; Esc closes it. */
export function Side({ label, at, wide = false, about, children }: SideProps) {
  const { view } = useApp();
  const panel = useRef<HTMLElement>(null);
  useBeside(about, panel, wide);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const first = panel.current?.querySelector<HTMLElement>("[data-first]");
    (first ?? panel.current)?.focus({ preventScroll: true });
    return () => {
      const gone = !document.activeElement || document.activeElement === document.body;
      if (gone && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const close = () => {
    view.panel.value = null;
  };
  return (
    <aside
      ref={panel}
      class="daggr-side"
      data-at={at}
      data-wide={wide}
      aria-label={label}
      tabIndex={-1}
    >
      <header>
        <strong class="daggr-ellipsis">{label}</strong>
        <Button look="square" icon="cross" name="Close" onClick={close} />
      </header>
      {children}
    </aside>
  );
}
