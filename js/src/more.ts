import type { ComponentType } from "preact";
import { h } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import type { Bridge } from "./bridge";
import { useApp } from "./context";
import * as kit from "./kit";
import type { More } from "./more/index";
import { signal } from "./signals";

/** Which second part belongs to this one; the build says so. */
declare const MORE: string;

const loaded = signal<More | null>(null);
const failure = signal<string | null>(null);
let loading = false;

const MODULES = Symbol.for("daggr_nb.modules");
type Page = typeof globalThis & { [MODULES]?: Map<string, Promise<string>> };

/** Addresses are shared by all canvases of a page: what has been sent once is not sent again. */
function addresses(): Map<string, Promise<string>> {
  const page = globalThis as Page;
  page[MODULES] ??= new Map();
  return page[MODULES];
}

async function address(bridge: Bridge): Promise<string> {
  return URL.createObjectURL(await bridge.fetchModule("more"));
}

async function load(bridge: Bridge): Promise<void> {
  if (loading || loaded.peek()) return;
  loading = true;
  failure.value = null;
  try {
    const found = addresses().get(MORE) ?? address(bridge);
    addresses().set(MORE, found);
    const part = await import(/* @vite-ignore */ await found);
    loaded.value = part.default(kit);
  } catch (error) {
    addresses().delete(MORE);
    failure.value = (error as Error).message;
  } finally {
    loading = false;
  }
}

/** For tests, where no kernel sends it. */
export function provide(more: More): void {
  loaded.value = more;
}

/** The second part, which is sent for with its first use; null until it is there. */
export function useMore(): More | null {
  const { bridge, view } = useApp();
  const more = loaded.value;
  // Before anything is painted: what comes without its style sheet jumps.
  useLayoutEffect(() => {
    if (more && view.root) adopt(more.css, view.root);
  }, [more, view]);
  useEffect(() => {
    if (!more) return void load(bridge);
    adopt(more.css, view.root);
    view.renew();
  }, [more, bridge, view]);
  return more;
}

/** Puts the style sheet where the canvas is: in the page, or in a host's shadow root. */
function adopt(css: string, root: HTMLElement | null): void {
  const home = root?.getRootNode();
  const place = home instanceof ShadowRoot ? home : document.head;
  if (place.querySelector(`[data-daggr="${MORE}"]`)) return;
  const style = document.createElement("style");
  style.dataset.daggr = MORE;
  style.textContent = css;
  place.append(style);
}

/** A component of the second part, drawn when it is there; until then `Waiting` keeps its place. */
export function later<P extends object>(
  pick: (more: More) => ComponentType<P>,
  Waiting?: ComponentType<P>,
): ComponentType<P> {
  return (props: P) => {
    const more = useMore();
    if (more) return h(pick(more) as ComponentType<object>, props);
    if (failure.value !== null) return h(Failed, null);
    return Waiting ? h(Waiting as ComponentType<object>, props) : null;
  };
}

function Failed() {
  const { bridge } = useApp();
  return h(
    "div",
    { class: "daggr-show" },
    h("span", { class: "daggr-quiet" }, "This part of the canvas could not be loaded. "),
    h(kit.Button, { look: "link", onClick: () => void load(bridge) }, "Try again"),
  );
}
