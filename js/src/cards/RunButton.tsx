import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useApp, useCard } from "../context";
import { Icon } from "../icons";
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
  { label: "Run downstream", hint: "and all that follows", mode: "downstream" },
  { label: "Run again", hint: "even if nothing changed", mode: "step", force: true },
];

export function RunButton({ card }: { card: CardSignals }) {
  const { bridge } = useApp();
  const { tab } = useCard();
  const [open, setOpen] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) more.current?.focus();
  };
  return (
    <span class="daggr-split" data-open={open}>
      <button
        type="button"
        class="daggr-button"
        aria-label="Run to here"
        title="Run to here"
        tabIndex={tab.value}
        onClick={() => bridge.run([card.id], "to_here")}
      >
        <Icon name="play" size={12} />
      </button>
      <button
        ref={more}
        type="button"
        class="daggr-button"
        aria-label="More ways to run"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? menuId : undefined}
        tabIndex={tab.value}
        onClick={() => setOpen(!open)}
      >
        <Icon name="down" size={12} />
      </button>
      {open && (
        <RunMenu
          id={menuId}
          close={close}
          choose={({ mode, force }) => bridge.run([card.id], mode, force)}
        />
      )}
    </span>
  );
}

interface MenuProps {
  id: string;
  choose: (way: Way) => void;
  close: (refocus: boolean) => void;
}

function RunMenu({ id, choose, close }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => {
    items()[0]?.focus();
    const outside = (event: PointerEvent) => {
      if (!menu.current?.parentElement?.contains(event.target as Node)) close(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  });
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
    <div ref={menu} id={id} class="daggr-menu" role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
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
