import { useEffect, useRef, useState } from "preact/hooks";
import type { NodeId } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { useApp } from "../../ui/context";
import { plural, statusWord } from "../../ui/format";
import { Icon } from "../../ui/icons";
import { useValue } from "../../ui/reactive";
import { topological } from "../topological";
import { Side } from "./Side";
import { fits, type Twig, treeOf } from "./tree";

/** So many lines a person can look through; typing makes them fewer. */
const MOST = 200;

/** The graph as a tree list; typing finds cards by name, kind, status, or what stands on them. */
export function Search() {
  const { store, view } = useApp();
  const [query, setQuery] = useState("");
  const submission = useRef<string | null>(null);
  const [folded, setFolded] = useState<ReadonlySet<NodeId>>(new Set());
  const [current, setCurrent] = useState<NodeId | null>(view.active.peek());
  const list = useRef<HTMLDivElement>(null);
  const order = useValue(() => topological(store.order.value, store.edges.value));
  const lines = useLines(order, query, folded);
  const visible = lines.slice(0, MOST);
  const here = visible.find(({ id }) => id === current) ?? visible[0];

  const visit = (id: NodeId | undefined) => {
    if (!id) return;
    view.panel.value = null;
    view.visit(id);
  };
  // Takes over what somebody has query since they pressed the search key.
  useEffect(() => {
    const [text = "", enter] = (view.pendingKey.peek() ?? "/").slice(1).split("\n");
    view.pendingKey.value = null;
    setQuery(text);
    if (enter !== undefined) submission.current = text;
  }, [view]);
  useEffect(() => {
    if (submission.current === null || submission.current !== query) return;
    submission.current = null;
    visit(here?.id);
  });
  const move = (id: NodeId | undefined) => {
    if (!id) return;
    setCurrent(id);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(id)}"]`)?.focus(),
    );
  };
  const fold = (id: NodeId, on: boolean) => {
    const next = new Set(folded);
    if (on) next.add(id);
    else next.delete(id);
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const inField = event.target instanceof HTMLInputElement;
    const index = here ? visible.indexOf(here) : -1;
    const act = {
      Enter: () => visit(here?.id),
      ArrowDown: () => move(visible[inField ? 0 : index + 1]?.id),
      ArrowUp: () => (index > 0 ? move(visible[index - 1]?.id) : field.current?.focus()),
      Home: () => !inField && move(visible[0]?.id),
      End: () => !inField && move(visible.at(-1)?.id),
      ArrowRight: () => !inField && here && fold(here.id, false),
      ArrowLeft: () => !inField && here && (here.parent ? fold(here.id, true) : null),
    }[event.key];
    if (!act || (inField && /Home|End|Left|Right/.test(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const field = useRef<HTMLInputElement>(null);
  return (
    <Side label="Search" at="left">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys go between the field and the list */}
      <div class="daggr-search" onKeyDown={onKeyDown}>
        <input
          ref={field}
          data-first
          type="search"
          class="daggr-field"
          aria-label="Find a card by its name or what stands on it"
          placeholder="Name, kind, status, port, value…"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <p class="daggr-quiet" role="status">
          {query
            ? `${lines.length} of ${plural(order.length, "card")}`
            : plural(order.length, "card")}
        </p>
        <div
          ref={list}
          class="daggr-side-body daggr-scroll daggr-finder"
          role="tree"
          aria-label="Cards"
        >
          {visible.map((twig) => (
            <Line
              key={twig.id}
              twig={twig}
              here={twig === here}
              folded={folded.has(twig.id)}
              visit={visit}
              query={query}
            />
          ))}
        </div>
        {lines.length > MOST && (
          <p class="daggr-quiet">and {lines.length - MOST} more: type to find them</p>
        )}
      </div>
    </Side>
  );
}

/** The lines of the tree, or those that fit what was query, all of one level then. */
function useLines(order: NodeId[], query: string, folded: ReadonlySet<NodeId>): Twig[] {
  const { store } = useApp();
  const words = query.trim();
  if (!words) return treeOf(order, store.edges.value, folded);
  const ids = order.filter((id) => {
    const card = store.card(id);
    if (!card) return false;
    const { kind, runnable } = card.shape.value;
    const word = runnable ? statusWord(card.state.value).word : "inputs";
    return fits([id, kind, word, ...textsOf(card)].join("\n"), words);
  });
  return ids.map((id) => ({ id, level: 1, parent: false }));
}

/** What stands on a card, text by text: ports with what they have, and what went wrong. */
function textsOf(card: CardSignals): string[] {
  const { outputs, doc } = card.shape.value;
  const values = card.values.value;
  const error = card.state.value.error;
  return [
    ...card.rows.value.map(({ name, component, text, value, source }) =>
      // Where a value comes from is on that card.
      source === "port"
        ? name
        : [name, component?.label, text, typeof value === "object" ? "" : value].join(" "),
    ),
    ...outputs.map(({ name, label }) => {
      const preview = values[name];
      return [name, label, preview?.summary, typeof preview?.data === "string" && preview.data]
        .filter(Boolean)
        .join(" ");
    }),
    error ? `${error.type} ${error.message}` : "",
    doc,
  ];
}

/** The words around what was found, if not in the line itself. */
function glimpse(card: CardSignals, line: string, query: string): string {
  const word = query
    .trim()
    .split(/\s+/)
    .find((each) => !fits(line, each));
  const text = word && textsOf(card).find((each) => fits(each, word));
  if (!text) return "";
  const at = text.toLowerCase().indexOf(word.toLowerCase());
  const start = at < 24 ? 0 : Math.max(text.lastIndexOf(" ", at - 8) + 1, at - 24);
  return `${start ? "…" : ""}${text.slice(start, at + 40).replace(/\s+/g, " ")}`;
}

interface LineProps {
  twig: Twig;
  here: boolean;
  folded: boolean;
  visit: (id: NodeId) => void;
  query: string;
}

function Line({ twig, here, folded, visit, query }: LineProps) {
  const { store } = useApp();
  const card = store.card(twig.id);
  if (!card) return null;
  const { icon: drawing, runnable } = card.shape.value;
  const { word, tone, icon } = statusWord(card.state.value);
  const { kind } = card.shape.value;
  const found = query && glimpse(card, `${twig.id} ${kind} ${word}`, query);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys of all lines
    <div
      role="treeitem"
      data-line={twig.id}
      aria-level={twig.level}
      aria-expanded={twig.parent ? !folded : undefined}
      aria-selected={here}
      tabIndex={here ? 0 : -1}
      style={{ paddingLeft: `${8 + Math.min(twig.level - 1, 8) * 14}px` }}
      onClick={() => visit(twig.id)}
    >
      <Icon name={drawing} size={12} />
      <span class="daggr-ellipsis daggr-grow">
        {twig.id}
        {found && <span class="daggr-quiet"> · {found}</span>}
      </span>
      {runnable && (
        <span class="daggr-status" data-tone={tone}>
          <Icon name={icon} size={12} />
          <span>{word}</span>
        </span>
      )}
    </div>
  );
}
