import { later } from "../later";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { plural } from "../ui/format";
import { toggleFullscreen } from "../ui/fullscreen";
import { useMenu } from "../ui/menu";
import { useValue } from "../ui/reactive";
import { Sheets } from "./Sheets";
import { ZoomBar } from "./ZoomBar";

export function Toolbar() {
  const { store, view, bridge } = useApp();
  const { run, waiting, failed, shown } = store;
  const busy = run.value || shown.value.autorun || waiting.value[0] || failed.value[0];
  return (
    <div class="daggr-toolbar">
      <Run />
      {busy && <RunState />}
      <div class="daggr-title">
        <span class="daggr-title-name">{store.name.value}</span>
      </div>
      <Sheets />
      <span class="daggr-grow" />
      <Button
        look="square"
        control="undo"
        icon="undo"
        iconSize={14}
        name="Undo"
        hint="Undo (Ctrl Z)"
        disabled={store.readOnly.value || !shown.value.undoable}
        onClick={() => bridge.undo()}
      />
      {shown.value.redoable && <Redo />}
      {!view.narrow.value && <ZoomBar />}
      <Button
        look="square"
        control="search"
        icon="search"
        iconSize={14}
        name="Search"
        hint="Search (/)"
        onClick={() => {
          view.panel.value = view.panel.value?.name === "search" ? null : SEARCH;
        }}
      />
      <Other />
      <Button
        look="spare"
        control="full-screen"
        icon={view.large.value ? "shrink" : "expand"}
        iconSize={14}
        name={view.large.value ? "Leave full screen" : "Full screen"}
        onClick={() => view.root && toggleFullscreen(view.root)}
      />
      <Button
        look="spare"
        control="keys"
        icon="help"
        iconSize={14}
        name="Keyboard shortcuts"
        hint="Keyboard shortcuts (?)"
        onClick={() => {
          view.help.value = !view.help.value;
        }}
      />
    </div>
  );
}

const GraphMenu = later("GraphMenu");
const Redo = later("Redo", undefined, () => null);
const RunState = later("RunState", undefined, () => null);
const SEARCH = { name: "search" as const, node: null };

/** What is rarely wanted of a whole graph. */
function Other() {
  const { open, setOpen, around, close } = useMenu();
  return (
    <span ref={around} class="daggr-other">
      <Button
        look="square"
        control="more"
        icon="more"
        iconSize={14}
        name="More"
        hint="Tidy, export"
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && <GraphMenu close={close} />}
    </span>
  );
}

/** What would run, as the button says it. */
function useRunWords(): string {
  const { store } = useApp();
  return useValue(() => {
    const count = store.staleCount.value;
    if (count === 0) return "Up to date";
    return store.runnableCount.value === count ? "Run" : `Run ${plural(count, "step")}`;
  });
}

function Run() {
  const { store, bridge } = useApp();
  const words = useRunWords();
  const running = store.run.value !== null;
  const idle = store.staleCount.value === 0;
  if (idle && (running || store.waiting.value.length > 0)) return null;
  return (
    <Button
      control="run"
      look={idle ? "calm" : running ? "labelled" : "primary"}
      icon={idle ? "check" : "play"}
      name={`${words} (run stale)`}
      hint=""
      data-plan={idle ? undefined : "stale"}
      disabled={idle || store.readOnly.value}
      onClick={() => bridge.run([], "stale")}
    >
      <span class="daggr-word">{words}</span>
    </Button>
  );
}
