import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../context";
import { listen } from "../listen";
import { Button } from "../parts";
import type { RunCommand } from "../protocol.gen";
import type { CardSignals } from "../store";

interface Way {
  label: string;
  hint: string;
  mode: RunCommand["mode"];
  force?: boolean;
}

const WAYS: Way[] = [
  { label: "Run to here", hint: "with what it needs", mode: "to_here" },
  { label: "Run this step", hint: "only this one", mode: "step" },
  { label: "Run downstream", hint: "all that follows", mode: "downstream" },
  { label: "Run again", hint: "even if fresh", mode: "step", force: true },
];

export function RunButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const [open, setOpen] = useState(false);
  const split = useRef<HTMLSpanElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) split.current?.querySelector<HTMLElement>("[aria-expanded]")?.focus();
  };
  return (
    <span ref={split} class="daggr-split" data-open={open}>
      <Button icon="play" name="Run to here" onClick={() => bridge.run([card.id], "to_here")} />
      <Button icon="down" name="More ways to run" expanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <RunMenu close={close} choose={({ mode, force }) => bridge.run([card.id], mode, force)} />
      )}
    </span>
  );
}

interface MenuProps {
  choose: (way: Way) => void;
  close: (refocus: boolean) => void;
}

function RunMenu({ choose, close }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => {
    items()[0]?.focus();
    const outside = (event: PointerEvent) => {
      if (!menu.current?.parentElement?.contains(event.target as Node)) close(false);
    };
    return listen(document, { pointerdown: outside }, { capture: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Escape" && event.key !== "Tab") return;
    event.stopPropagation();
    event.preventDefault();
    if (!step) return close(true);
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div ref={menu} class="daggr-menu" role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
      {WAYS.map((way) => (
        <button
          key={way.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            choose(way);
            close(true);
          }}
        >
          <span>{way.label}</span>
          <span class="daggr-quiet">{way.hint}</span>
        </button>
      ))}
    </div>
  );
}
