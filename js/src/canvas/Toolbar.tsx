import { useApp } from "../context";
import { plural } from "../format";
import { Icon } from "../icons";
import { toggleFullscreen } from "./fullscreen";

export function Toolbar() {
  const { store, view } = useApp();
  return (
    <div class="daggr-toolbar">
      <RunStale />
      <RunState />
      <div class="daggr-title">
        <span class="daggr-title-name">{store.name}</span>
        {store.sheet.value && <span class="daggr-quiet">{store.sheet}</span>}
      </div>
      <span class="daggr-grow" />
      <button
        type="button"
        class="daggr-button daggr-square"
        aria-label="Full screen"
        title="Full screen"
        onClick={() => view.root && toggleFullscreen(view.root)}
      >
        <Icon name="expand" />
      </button>
      <button
        type="button"
        class="daggr-button daggr-square"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => {
          view.help.value = !view.help.value;
        }}
      >
        <Icon name="help" />
      </button>
    </div>
  );
}

function RunStale() {
  const { store, bridge } = useApp();
  const count = store.staleCount.value;
  const running = store.run.value !== null;
  if (count === 0) {
    const label = running ? "Running" : "All fresh";
    return (
      <button type="button" class="daggr-button daggr-labelled daggr-all-fresh" aria-label={`Run stale: ${label}`} disabled>
        <Icon name={running ? "clock" : "check"} size={13} />
        {label}
      </button>
    );
  }
  return (
    <button
      type="button"
      class="daggr-button daggr-labelled daggr-primary"
      aria-label="Run stale"
      title={`Run ${plural(count, "step")} that ${count === 1 ? "is" : "are"} not fresh (Shift R)`}
      disabled={store.readOnly.value}
      onClick={() => bridge.run([], "stale")}
    >
      <Icon name="play" size={12} />
      Run stale
      <span class="daggr-figures daggr-count">{count}</span>
    </button>
  );
}

function RunState() {
  const { store, bridge } = useApp();
  const run = store.run.value;
  if (!run) return null;
  return (
    <>
      <button
        type="button"
        class="daggr-button daggr-square daggr-stop"
        aria-label="Stop"
        title="Stop everything"
        disabled={run.stopping}
        onClick={() => bridge.stop()}
      >
        <Icon name="stop" size={12} />
      </button>
      <div class="daggr-run">
        <div
          class="daggr-bar"
          role="progressbar"
          aria-label="Progress of the run"
          aria-valuenow={run.done}
          aria-valuemin={0}
          aria-valuemax={run.total}
        >
          <i style={{ width: `${run.total ? (run.done / run.total) * 100 : 0}%` }} />
        </div>
        <span class="daggr-figures">{run.stopping ? "stopping" : `${run.done}/${run.total}`}</span>
      </div>
    </>
  );
}
