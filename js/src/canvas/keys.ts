import type { Direction } from "../state/geometry";
import type { App } from "../ui/context";
import { listen } from "../ui/listen";

const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const STEP = 1.2;
/** Controls in which there is no text to undo. */
const NO_TEXT = "select, [type=range], [type=radio], [type=checkbox], [type=color]";

/** Fields of the cards in which Enter means: go on with that. */
const TEXT = ".daggr-stage .daggr-port > :is([type=text], textarea)";
/** Keys that the second part carries out. */
const LAZY_KEYS = "/achemt?Rrs";
/** Where letters and arrows are for the canvas: never inside of what a person types or picks in. */
const OURS = ".daggr-stage, .daggr-card, .daggr-narrow";
/** Who clicks here means what is there: the card around has the focus, but does not act on letters. */
const THEIRS = ".daggr-port, .daggr-scroll";
/** Keys that the page around is to hear of: chords for which there is no use here. */
export const passing = new WeakSet<Event>();

/**
 * Keeps all keys pressed inside `root` from the notebook around it. JupyterLab looks at them last, and
 * Notebook 7 first: it obeys a shortcut unless the very element that has the focus forbids it.
 */
export function keepKeys(root: HTMLElement, onKeyDown = (_: KeyboardEvent) => {}): () => void {
  const stop = (event: Event) => event.stopPropagation();
  return listen(root, {
    focusin: ({ target }) =>
      (target as Element).toggleAttribute("data-lm-suppress-shortcuts", true),
    keydown: (event) => {
      if (!passing.has(event)) stop(event);
      onKeyDown(event);
    },
    keyup: stop,
    keypress: stop,
  });
}

/** Handles keys inside the canvas. */
export function bindKeys(root: HTMLElement, app: App): () => void {
  let inside: unknown = null;
  const onDown = ({ target }: PointerEvent) => {
    inside = (target as Element).closest(THEIRS);
  };
  const stopDown = listen(root, { pointerdown: onDown });
  const stopKeys = keepKeys(root, (event) => {
    if (/^(Tab|Esc|Arrow)/.test(event.key)) inside = null;
    if (
      (inside && event.key.length === 1 && !event.ctrlKey && !event.metaKey) ||
      event.isComposing ||
      (event.defaultPrevented && !(event.target as Element).matches("textarea"))
    )
      return;
    if (handle(event, app)) event.preventDefault();
  });
  return () => {
    stopDown();
    stopKeys();
  };
}

function handle(event: KeyboardEvent, app: App): boolean {
  const target = event.target as HTMLElement;
  if (event.key === "Escape") return leave(app);
  if (typedAhead(event, app)) return true;
  const control = target.matches("input, textarea, select");
  if (event.ctrlKey || event.metaKey) {
    const text = control && !target.matches(NO_TEXT);
    const at = "zy".indexOf(event.key.toLowerCase());
    return !text && at >= 0 && undo(app, at > 0 || event.shiftKey);
  }
  if (event.key === "Enter" && target.matches(TEXT) && !event.shiftKey) return runAll(app);
  if (control || event.altKey) return false;
  if (!target.matches(OURS)) return false;
  const direction = ARROWS[event.key];
  if (direction) return travel(direction, app);
  return event.key === "Enter" ? enter(target, app) : command(event, app);
}

/** What is typed after the search key belongs to the search, also before its field is there. */
function typedAhead({ key, ctrlKey, metaKey }: KeyboardEvent, { view }: App): boolean {
  const pending = view.pendingKey.peek();
  const letter = key === "Enter" ? "\n" : key;
  if (pending?.[0] !== "/" || letter.length > 1 || ctrlKey || metaKey) return false;
  view.pendingKey.value = pending + letter;
  return true;
}

/** What was typed is an edit by now. */
function runAll({ store, bridge }: App): boolean {
  if (!store.readOnly.peek()) bridge.run([], "stale");
  return true;
}

function undo({ store, bridge }: App, again: boolean): boolean {
  if (!store.readOnly.peek()) bridge.undo(again);
  return true;
}

/** Out of what is open, or out of the card's controls to the card. */
function leave({ view }: App): boolean {
  view.pendingKey.value = null;
  view.peeked.value = null;
  const open = [view.help, view.panel, view.highlight].find((each) => each.peek());
  if (open) {
    open.value = open === view.help ? false : null;
    return true;
  }
  const inside = view.entered.peek();
  if (inside) view.article(inside)?.focus({ preventScroll: true });
  else if (view.active.peek()) {
    view.active.value = null;
    view.stage?.focus({ preventScroll: true });
  }
  return true;
}

function travel(direction: Direction, { view }: App): boolean {
  const next = view.neighbour(direction);
  if (next) view.focusCard(next);
  return true;
}

function enter(target: HTMLElement, { view }: App): boolean {
  if (target.matches(".daggr-stage")) {
    const next = view.active.peek() ?? view.neighbour("right");
    if (next) view.focusCard(next);
    return true;
  }
  if (!target.matches(".daggr-card")) return false;
  const controls = "input:enabled, select:enabled, textarea:enabled, button:enabled, summary";
  const body = ":is(.daggr-question, .daggr-ports)";
  const inBody = target.querySelector<HTMLElement>(`${body} :is(${controls})`);
  (inBody ?? target.querySelector<HTMLElement>(controls))?.focus({ preventScroll: true });
  return true;
}

function command(event: KeyboardEvent, { view }: App): boolean {
  switch (event.key) {
    case "f":
      view.fit();
      return true;
    case "+":
    case "=":
      view.zoomBy(STEP);
      return true;
    case "-":
      view.zoomBy(1 / STEP);
      return true;
    case "0":
      view.zoomTo(1);
      return true;
    default:
      if (!LAZY_KEYS.includes(event.key)) return false;
      view.pendingKey.value = event.key;
      return true;
  }
}
