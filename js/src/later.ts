/**
 * The second part of the canvas as the first one knows it: what a first view can do without, by name
 * and props. `loading.ts` has it sent; nothing else knows where it comes from.
 */
import type { ComponentType } from "preact";
import { h } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import type { ControlProps } from "./inputs/props";
import type { OutputProps } from "./outputs/props";
import type { ErrorView, ItemsPreview, OutputView, QuestionView } from "./protocol.gen";
import { type Signal, signal } from "./state/signals";
import type { CardSignals } from "./state/store";
import type { Peeked } from "./state/view";
import { Button } from "./ui/Button";
import { useApp, type Zoomed } from "./ui/context";
import { messageOf } from "./ui/format";
import type { Bridge } from "./wire/bridge";
import type { Model, PartSpec } from "./wire/model";

type OfCard<Rest = object> = Rest & { card: CardSignals };
type MenuProps = { close: (refocus: boolean) => void };

export interface LazyProps {
  Around: { height: number; chosen: Signal<number>; model: Model };
  CardMenu: OfCard<MenuProps>;
  RareControl: ControlProps;
  Diff: { text: string };
  Display: OutputProps;
  Enlarge: OutputProps;
  FailureBody: OfCard<{ error: ErrorView }>;
  Overview: object;
  GraphMenu: MenuProps;
  Redo: Record<string, never>;
  ItemList: OfCard<{ output: OutputView; preview: ItemsPreview }>;
  Items: OfCard;
  ListView: object;
  Log: OfCard;
  Lightbox: Zoomed & { close: () => void };
  QuestionPanel: OfCard<{ question: QuestionView }>;
  Part: PartSpec & { model: Model; zoomed: Signal<Zoomed | null> };
  Peek: Peeked;
  PictureLost: { aspect: number; again: () => void };
  PendingKey: object;
  ProgressBar: OfCard;
  Service: OfCard;
  SheetTabs: { opened: boolean };
  ShortcutSheet: object;
  SidePanel: object;
  Toasts: object;
  RunState: object;
  RunMenu: OfCard<MenuProps>;
}

export type Lazy = { css: string } & {
  [Name in keyof LazyProps]: ComponentType<LazyProps[Name]>;
};

const lazyPart = signal<Lazy | null>(null);
const failure = signal<string | null>(null);
let loading = false;
let loader: ((bridge: Bridge) => Promise<Lazy>) | undefined;

export function setLoader(load: typeof loader): void {
  loader = load;
}

async function load(bridge: Bridge): Promise<void> {
  if (!loader || loading || lazyPart.peek()) return;
  loading = true;
  failure.value = null;
  try {
    lazyPart.value = await loader(bridge);
  } catch (error) {
    failure.value = messageOf(error);
  } finally {
    loading = false;
  }
}

/** For tests, where no kernel sends it. */
export function provide(lazy: Lazy): void {
  lazyPart.value = lazy;
}

/** The second part, which is sent for with its first use; null until it is there. */
function useLazy(): Lazy | null {
  const { bridge, view } = useApp();
  const lazy = lazyPart.value;
  // Before anything is painted: what comes without its style sheet jumps.
  useLayoutEffect(() => {
    if (lazy && view.root) adopt(lazy.css, view.root);
  }, [lazy, view]);
  useEffect(() => {
    if (!lazy) return void load(bridge);
    adopt(lazy.css, view.root);
  }, [lazy, bridge, view]);
  return lazy;
}

/** Puts the style sheet where the canvas is: in the page, or in a host's shadow root. */
function adopt(css: string, root: HTMLElement | null): void {
  const home = root?.getRootNode();
  const parent = home instanceof ShadowRoot ? home : document.head;
  if (parent.querySelector(`[data-daggr="${LAZY_DIGEST}"]`)) return;
  const style = document.createElement("style");
  style.dataset.daggr = LAZY_DIGEST;
  style.textContent = css;
  parent.append(style);
}

/** A component of the second part, drawn when it is there; until then `Waiting` stands for it. */
export function later<Name extends keyof LazyProps>(
  name: Name,
  Waiting?: ComponentType<LazyProps[Name]>,
  /** What is drawn if the second part cannot be had. */
  Instead: ComponentType<LazyProps[Name]> = Failed,
): ComponentType<LazyProps[Name]> {
  return (props: LazyProps[Name]) => {
    const lazy = useLazy();
    if (lazy) return h(lazy[name] as ComponentType<object>, props);
    if (failure.value !== null) return h(Instead as ComponentType<object>, props);
    return Waiting ? h(Waiting as ComponentType<object>, props) : null;
  };
}

function Failed() {
  const { bridge } = useApp();
  return h(
    "div",
    { class: "daggr-show" },
    h("span", { class: "daggr-quiet" }, "This part of the canvas could not be loaded. "),
    h(Button, { look: "link", onClick: () => void load(bridge) }, "Try again"),
  );
}
