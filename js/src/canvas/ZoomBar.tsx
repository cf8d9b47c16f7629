import { useComputed } from "@preact/signals";
import { useApp } from "../context";
import { Icon } from "../icons";

const STEP = 1.2;

export function ZoomBar() {
  const { view } = useApp();
  const percent = useComputed(() => `${Math.round(view.camera.value.zoom * 100)} %`);
  return (
    <div class="daggr-zoombar">
      <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => view.zoomBy(1 / STEP)}>
        <Icon name="minus" />
      </button>
      <button
        type="button"
        class="daggr-figures daggr-percent"
        aria-label={`Zoom ${percent.value}, set to 100 %`}
        title="Zoom to 100 % (0)"
        onClick={() => view.zoomTo(1)}
      >
        {percent}
      </button>
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => view.zoomBy(STEP)}>
        <Icon name="plus" />
      </button>
      <button type="button" title="Fit the graph (f)" onClick={() => view.fit()}>
        <Icon name="fit" />
        Fit
      </button>
    </div>
  );
}
