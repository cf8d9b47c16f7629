/**
 * What a notebook saves of a canvas for where no widget can live: a picture, which is made when its
 * cell runs and is kept as the graph stands.
 */

import { useEffect } from "preact/hooks";
import { effect } from "../state/signals";
import type { Store } from "../state/store";
import { useApp } from "../ui/context";
import type { Bridge } from "../wire/bridge";
import type { Heard, Model, NotebookModel } from "../wire/model";

const VIEW = "application/vnd.jupyter.widget-view+json";
const HTML = "text/html";
/** After the last change: no picture for every step of a run, and fewer of many cards. */
const QUIET_MS = 800;
const CARD_MS = 20;

/** The notebook that a model's page holds: in JupyterLab and Notebook 7; elsewhere there is none. */
function notebookOf(model: Model): NotebookModel | undefined {
  const notebook = model.widget_manager?.context?.model;
  return notebook?.cells ? notebook : undefined;
}

/** The outputs that show a model and have a picture, each with what puts another one there. */
function* outputsOf(notebook: NotebookModel, id: string) {
  for (const { sharedModel, outputs } of notebook.cells ?? []) {
    const saved = sharedModel?.getOutputs?.() ?? [];
    for (const [index, output] of saved.entries()) {
      const view = output.data?.[VIEW] as { model_id?: string } | undefined;
      if (view?.model_id !== id) continue;
      const opening = `<div class="daggr-still" data-model="${id}">`;
      const at = saved.findIndex(({ data }) => textOf(data?.[HTML]).startsWith(opening));
      if (output.data?.[HTML] === undefined && at < 0) continue;
      const put = (html: string) => {
        const { [HTML]: still, ...data } = output.data ?? {};
        // A page that is made of the notebook prefers a widget whose state is saved to its picture,
        // and has nothing where it cannot load the scripts: there it is an output of its own.
        const apart = outputs && !!notebook.getMetadata?.("widgets");
        const former = textOf(apart || at >= 0 ? saved[at]?.data?.[HTML] : still);
        const next = apart || at >= 0 ? `${opening}${html}</div>` : html;
        if (former === next) return false;
        if (apart || at >= 0) {
          const own = { output_type: "display_data", metadata: {}, data: { [HTML]: next } };
          if (at >= 0) outputs?.set(at, own);
          else outputs?.add(own);
        } else data[HTML] = next;
        // JupyterLab does the same with what it shows already: nothing is drawn anew.
        if (still !== undefined)
          sharedModel?.updateOutputs?.(index, index + 1, [{ ...output, data }], "silent-change");
        return true;
      };
      yield put;
    }
  }
}

function textOf(html: unknown): string {
  return Array.isArray(html) ? html.join("") : String(html ?? "");
}

/** Puts `html` beside the views of a model, where there is another picture. */
export function putHtml(notebook: NotebookModel, id: string, html: string): void {
  for (const put of [...outputsOf(notebook, id)]) {
    if (put(html)) notebook.dirty = true;
  }
}

const keepers = new WeakMap<Store, { users: number; stop: () => void }>();

/** Keeps the saved picture of a model as its graph stands, however many views it has. */
export function useSaved(model: Model): void {
  const { store, bridge } = useApp();
  useEffect(() => {
    const notebook = notebookOf(model);
    if (!notebook || !model.get("me")) return;
    const keeper = keepers.get(store) ?? { users: 0, stop: keep(notebook, model, store, bridge) };
    keepers.set(store, keeper);
    keeper.users++;
    return () => {
      if (--keeper.users > 0) return;
      keeper.stop();
      keepers.delete(store);
    };
  }, [model, store, bridge]);
}

function keep(notebook: NotebookModel, model: Model, store: Store, bridge: Bridge): () => void {
  const id = String(model.get("me"));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawn = "";
  const draw = async () => {
    if (outputsOf(notebook, id).next().done) return;
    try {
      const picture = await bridge.media.blob({ kind: "export", form: "still", node: null });
      drawn = await picture.text();
      putHtml(notebook, id, drawn);
    } catch (error) {
      console.warn("daggr:", error); // the picture stays as it was
    }
  };
  const end = effect(() => {
    const { run, nodes } = store.shown.value;
    const idle = run === null && store.connection.value === "live";
    clearTimeout(timer);
    const quiet = QUIET_MS + CARD_MS * nodes.length;
    if (idle && !store.shown.value.visited) timer = setTimeout(() => void draw(), quiet);
  });
  // Widgets' state comes into the notebook when it is about to be saved.
  const onState: Heard = (_, { key }) => {
    if (key === "widgets" && drawn) putHtml(notebook, id, drawn);
  };
  notebook.metadataChanged?.connect(onState);
  return () => {
    end();
    clearTimeout(timer);
    notebook.metadataChanged?.disconnect(onState);
  };
}
