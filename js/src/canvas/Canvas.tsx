import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { later } from "../later";
import type { Signal } from "../state/signals";
import type { Store } from "../state/store";
import { View } from "../state/view";
import { type App, AppContext, type Zoomed } from "../ui/context";
import { isFullscreen } from "../ui/fullscreen";
import { listen } from "../ui/listen";
import { useSignal, useValue } from "../ui/reactive";
import type { Bridge } from "../wire/bridge";
import type { Model, PartSpec } from "../wire/model";
import { Banners } from "./Banners";
import { bindKeys } from "./keys";
import { Overlays } from "./Overlays";
import { Stage } from "./stage/Stage";
import { Toolbar } from "./Toolbar";

export interface CanvasProps {
  /** Where it is drawn. */
  el: HTMLElement;
  model: Model;
  store: Store;
  bridge: Bridge;
}

/** One view of a graph. Graph, values and runs are shared with the model's other views. */
export function Canvas({ model, store, bridge }: CanvasProps) {
  const root = useRef<HTMLDivElement>(null);
  const [app, zoomed] = useNewApp(store, bridge);
  const chosen = useSignal(Number(model.get("height")));
  const { view } = app;

  useEffect(() => watchHeight(model, (value) => (chosen.value = value)), [model, chosen]);
  useLayoutEffect(() => {
    if (!root.current) return;
    view.root = root.current;
    const stopKeys = bindKeys(root.current, app);
    const stopSize = watchSize(root.current, view);
    return () => {
      stopKeys();
      stopSize();
    };
  }, [app, view]);

  const height = useValue(() => chosen.value || view.needed.value);
  const mode = useValue(() => (view.narrow.value ? "list" : "graph"));
  return (
    <AppContext.Provider value={app}>
      <div
        ref={root}
        class="daggr-root"
        data-graph={store.name.value}
        data-mode={mode}
        style={height ? `height:${height}px` : ""}
      >
        {mode === "list" ? <ListView /> : <Stage />}
        <Toolbar />
        <Banners />
        <Overlays
          zoomed={zoomed}
          around={<Around height={height} chosen={chosen} model={model} />}
        />
      </div>
    </AppContext.Provider>
  );
}

const Around = later("Around");
const ListView = later("ListView", undefined, Stage);
const Part = later("Part");

/** One part of a graph on its own, for a layout of a person's own: a form, a result. */
export function PartRoot({ model, store, bridge, el }: CanvasProps) {
  const [app, zoomed] = useNewApp(store, bridge);
  app.view.root = el;
  // Another one, when a node of it is renamed, which every card begins anew with.
  const part = useValue(() => store.order.value && (model.get("part") as PartSpec));
  return (
    <AppContext.Provider value={app}>
      <Part {...part} model={model} zoomed={zoomed} />
    </AppContext.Provider>
  );
}

function useNewApp(store: Store, bridge: Bridge): [App, Signal<Zoomed | null>] {
  const zoomed = useSignal<Zoomed | null>(null);
  useEffect(() => bridge.attach(), [bridge]);
  const app = useMemo<App>(() => {
    const zoom: App["zoom"] = (shown, all) => {
      zoomed.value = { shown, all };
    };
    return { store, bridge, view: new View(store), zoom };
  }, [store, bridge, zoomed]);
  return [app, zoomed];
}

function watchHeight(model: Model, changed: (height: number) => void): () => void {
  const listener = () => changed(Number(model.get("height")));
  model.on("change:height", listener);
  return () => model.off("change:height", listener);
}

function watchSize(root: HTMLElement, view: View): () => void {
  const measure = () => {
    view.toMiddle();
    view.size.value = { width: root.clientWidth, height: root.clientHeight };
    view.settle();
  };
  const observer = new ResizeObserver(measure);
  observer.observe(root);
  measure();
  const onChange = () => view.enlarge(isFullscreen(root));
  const stop = listen(root.ownerDocument, { fullscreenchange: onChange });
  return () => {
    stop();
    observer.disconnect();
  };
}
