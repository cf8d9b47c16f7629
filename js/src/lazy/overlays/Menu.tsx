import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { listen } from "../../ui/listen";

export interface MenuItem {
  label: string;
  hint: string;
  act: () => void;
  /** Whether the menu stays open. */
  stays?: boolean;
  /** The run that it stands for, to show what would run. */
  plan?: string | undefined;
  /** Whether it is on, of what is on or off. */
  checked?: boolean;
  /** The stable name of what it does, for tests. */
  control?: string | undefined;
}

const MARGIN = 6;

/** Moves a menu up, over its button if need be, where the canvas would cut its end off. */
function keepInSight(menu: HTMLElement): void {
  const canvas = menu.closest(".daggr-root")?.getBoundingClientRect();
  if (!canvas) return;
  const { top, bottom, height } = menu.getBoundingClientRect();
  const over = Math.min(bottom - canvas.bottom + MARGIN, top - canvas.top - MARGIN);
  // On a card it is as large as the view shows that.
  if (over > 0) menu.style.marginTop = `${(-over * menu.offsetHeight) / height}px`;
}

interface MenuProps {
  items: MenuItem[];
  close: (refocus: boolean) => void;
}

/** What there is to do, below a button; takes the focus. */
export function Menu({ items, close }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  const all = () => [...(menu.current?.querySelectorAll("button") ?? [])];
  // Before it is painted: whoever sees it can press a key.
  useLayoutEffect(() => {
    all()[0]?.focus({ preventScroll: true });
    if (menu.current) keepInSight(menu.current);
  }, []);
  useEffect(() => {
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
    if (step) stepFocus(all(), step);
    else close(true);
  };
  return (
    <div ref={menu} class="daggr-menu" role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
      {items.map(({ label, hint, act, stays, plan, control, checked }) => (
        // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a menuitemcheckbox where it is checked
        <button
          key={label}
          type="button"
          role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
          aria-checked={checked}
          tabIndex={-1}
          data-plan={plan}
          data-control={control}
          onClick={() => {
            act();
            if (!stays) close(true);
          }}
        >
          <span>
            {checked && "✓ "}
            {label}
          </span>
          <span class="daggr-quiet">{hint}</span>
        </button>
      ))}
    </div>
  );
}

/** Moves the focus to the next of `all`, and around at the ends. */
export function stepFocus(all: HTMLElement[], step: number): void {
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + step + all.length) % all.length]?.focus();
}
