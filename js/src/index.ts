import { h, render as mount } from "preact";
import { Canvas, PartRoot } from "./canvas/Canvas";
import { setLoader } from "./later";
import { loadLazy } from "./loading";
import type { Snapshot } from "./protocol.gen";
import { Store } from "./state/store";
import { Bridge } from "./wire/bridge";
import type { Model, PartSpec } from "./wire/model";

setLoader(loadLazy);

interface Session {
  store: Store;
  bridge: Bridge;
}

/**
 * Keeps the last state in the model, so that a saved notebook holds it. The trait's object is
 * changed in place: `set` would send it back to the kernel with the next `save_changes`.
 */
function keeper(model: Model): (state: Snapshot) => void {
  return (state) => {
    const snapshot = model.get("snapshot");
    if (typeof snapshot === "object" && snapshot !== null && !Object.isFrozen(snapshot))
      Object.assign(snapshot, state);
    else model.set("snapshot", state);
  };
}

/** Whether all of the graph is shown: not where a part was asked for, or it is in a side panel. */
function whole({ kind, label }: Partial<PartSpec> = {}, store: Store): boolean {
  const lab = document.querySelector(".jp-LabShell");
  if (kind !== "inline" && (kind !== "beside" || lab)) return !kind;
  store.hint.value = label ?? "";
  return true;
}

function open(model: Model): Session {
  const store = new Store(keeper(model));
  return { store, bridge: new Bridge(model, store) };
}

/** anywidget calls this once per model: what it closes over is shared by the model's views. */
export default () => {
  let session: Session | undefined;
  return {
    initialize({ model }: { model: Model }) {
      session = open(model);
      return () => session?.bridge.dispose();
    },
    render({ model, el }: { model: Model; el: HTMLElement }) {
      session ??= open(model);
      const { store, bridge } = session;
      const Root = whole(model.get("part") as PartSpec | undefined, store) ? Canvas : PartRoot;
      mount(h(Root, { model, store, bridge, el }), el);
      return () => mount(null, el);
    },
  };
};
