/** What the keys and menus of the second part do. */

import type { EdgeView, NodeId } from "../protocol.gen";
import type { CardSignals } from "../state/store";
import type { App } from "../ui/context";
import { messageOf } from "../ui/format";
import type { Bridge } from "../wire/bridge";
import { copyText } from "./displays/actions";
import { lineageOf } from "./lineage";
import { mapOpen } from "./overlays/Minimap";
import { sayDone } from "./overlays/Toasts";
import { pixels } from "./pixels";

/** Lets what a card has to do with stand out, or no longer. */
export function showLineage({ store, view }: App, id: NodeId | null): void {
  const same = view.highlight.peek()?.kind === "kin";
  view.highlight.value =
    same || !id ? null : { kind: "kin", cards: lineageOf(id, store.edges.peek()) };
}

/** Collapses cards if any of them is open, else opens them. */
export function collapse({ bridge, store }: App, ids: NodeId[]): void {
  const open = ids.some((id) => !store.card(id)?.shape.peek().collapsed);
  bridge.tell({ kind: "collapse", nodes: ids, on: open });
}

export function tidy({ bridge }: App): void {
  bridge.tell({ kind: "tidy", nodes: [] });
}

/** Shows the value on the next edge of the active card, in from the left first. */
function nextEdge({ store, view }: App, id: NodeId): void {
  const belongs = (edge: EdgeView) => edge.target === id || edge.source === id;
  const edges = store.edges.peek().filter(belongs);
  edges.sort((a, b) => Number(b.target === id) - Number(a.target === id));
  const now = view.peeked.peek()?.at.getAttribute("data-edge");
  const next = edges[(edges.findIndex((edge) => edge.id === now) + 1) % edges.length];
  const at = next && view.root?.querySelector(`[data-edge="${CSS.escape(next.id)}"]`);
  const box = at?.querySelector("path")?.getBoundingClientRect();
  if (!at || !box) return;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  view.peeked.value = { at, x, y };
}

/** Carries out a key. */
export function press(app: App, key: string): void {
  const { store, view, bridge } = app;
  const id = view.active.peek();
  const fixed = store.readOnly.peek();
  const runnable = id && store.card(id)?.shape.peek().runnable;
  const toggle = (name: "search" | "history") => {
    const node = name === "history" ? id : null;
    view.panel.value = view.panel.peek()?.name === name ? null : { name, node };
  };
  if (key === "/") toggle("search");
  if (key === "?") view.help.value = !view.help.peek();
  if (key === "R" && !fixed && store.staleCount.peek() > 0) bridge.run([], "stale");
  if (key === "s" && !fixed) bridge.stop(runnable ? id : null);
  if (key === "m") view.map.value = !mapOpen(view);
  if (key === "a") showLineage(app, id);
  if (key === "t" && !fixed) tidy(app);
  if (!id) return;
  if (key === "e") nextEdge(app, id);
  if (key === "c" && !fixed) collapse(app, [id]);
  if (!runnable || fixed) return;
  if (key === "r") bridge.run([id], "to_here");
  if (key === "h") toggle("history");
}

/** Runs one item; all others keep what is on record of them. */
export function retryItem(bridge: Bridge, card: CardSignals, path: string): void {
  bridge.run([card.id], "step", false, path);
}

/** Runs all that failed: with the whole step if that failed, or beside a result without them. */
export function retryFailed(bridge: Bridge, card: CardSignals): void {
  const whole = card.state.peek().status === "failed";
  bridge.run([card.id], "stale", false, whole ? "" : "failed");
}

/** Copies code for a cell that takes what a card shows. */
export async function copyAsPython({ bridge, store }: App, node: NodeId): Promise<void> {
  try {
    const code = await (await bridge.media.blob({ kind: "export", form: "python", node })).text();
    if (await copyText(code)) sayDone(store, `Copied, to paste into a cell: ${code}`);
    else store.toast(`Nothing could be copied. Write into a cell: ${code}`);
  } catch (error) {
    store.toast(messageOf(error));
  }
}

export type Form = "svg" | "html" | "png";

/** Saves a document of the graph, which the kernel makes; a picture of pixels is drawn here. */
export async function exportGraph({ bridge, store }: App, form: Form, dark = false): Promise<void> {
  try {
    const made = await bridge.media.blob({
      kind: "export",
      form: form === "png" ? "svg" : form,
      node: null,
    });
    const blob = form === "png" ? await pixels(await made.text(), dark) : made;
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = `${store.name.peek()}.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  } catch (error) {
    store.toast(messageOf(error));
  }
}
