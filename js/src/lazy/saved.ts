/**
 * What a notebook saves of a canvas for where no widget can live: a picture, which is made when its
 * cell runs and is kept as the graph stands.
 */

import { useEffect } from "preact/hooks";
import { effect } from "../state/signals";
import type { Store } from "../state/store";
import { useApp } from "../ui/context";
import type { Bridge } from "../wire/bridge";
import type { CellOutput, Model, NotebookModel } from "../wire/model";

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

/** The outputs that show a model with a picture beside it, each with what replaces it. */
function* outputsOf(notebook: NotebookModel, id: string) {
  for (const { sharedModel } of notebook.cells ?? []) {
    for (const [index, output] of (sharedModel?.getOutputs?.() ?? []).entries()) {
      const view = output.data?.[VIEW] as { model_id?: string } | undefined;
      if (view?.model_id !== id || output.data?.[HTML] === undefined) continue;
      const replace = (by: CellOutput) =>
        // JupyterLab does the same with what it shows already: nothing is drawn anew.
        sharedModel?.updateOutputs?.(index, index + 1, [by], "silent-change");
      yield { output, replace };
    }
  }
}

/** Puts `html` beside the views of a model, where there is another picture. */
export function putHtml(notebook: NotebookModel, id: string, html: string): void {
  for (const { output, replace } of [...outputsOf(notebook, id)]) {
    const still = output.data?.[HTML];
    if ((Array.isArray(still) ? still.join("") : still) === html) continue;
    replace({ ...output, data: { ...output.data, [HTML]: html } });
    notebook.dirty = true;
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
  const draw = async () => {
    if (outputsOf(notebook, id).next().done) return;
    try {
      const picture = await bridge.media.blob({ kind: "export", form: "still", node: null });
      putHtml(notebook, id, await picture.text());
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
  return () => {
    end();
    clearTimeout(timer);
  };
}
