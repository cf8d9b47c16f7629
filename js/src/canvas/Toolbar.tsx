import { later } from "../later";
import type { NodeId } from "../protocol.gen";
import { Bar } from "../ui/Bar";
import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { toggleFullscreen } from "../ui/fullscreen";
import { useMenu } from "../ui/menu";
import { useValue } from "../ui/reactive";
import { Sheets } from "./Sheets";
import { ZoomBar } from "./ZoomBar";

export function Toolbar() {
  const { store, view, bridge } = useApp();
  return (
    <div class="daggr-toolbar">
      <RunStale />
      <RunState />
      <Waiting />
      <div class="daggr-title">
        <span class="daggr-title-name">{store.name.value}</span>
      </div>
      <Sheets />
      <span class="daggr-grow" />
      <Button
        look="square"
        icon="undo"
        iconSize={14}
        name="Undo"
        hint="Undo the last edit or restore (Ctrl Z)"
        disabled={store.readOnly.value}
        onClick={() => bridge.undo()}
      />
      {!view.narrow.value && <ZoomBar />}
      <Button
        look="square"
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
        icon="expand"
        iconSize={14}
        name="Full screen"
        onClick={() => view.root && toggleFullscreen(view.root)}
      />
      <Button
        look="spare"
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
const SEARCH = { name: "search" as const, node: null };

/** What is rarely wanted of a whole graph. */
function Other() {
  const { open, setOpen, around, close } = useMenu();
  return (
    <span ref={around} class="daggr-other">
      <Button
        look="square"
        icon="more"
        iconSize={14}
        name="More"
        hint="Tidy, collapse, export"
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && <GraphMenu close={close} />}
    </span>
  );
}

function RunStale() {
  const { store, bridge } = useApp();
  const count = store.staleCount.value;
  const running = store.run.value !== null;
  if (count > 0) {
    return (
      <Button
        look="primary"
        icon="play"
        name="Run stale"
        hint=""
        count={count}
        data-plan="stale"
        disabled={store.readOnly.value}
        onClick={() => bridge.run([], "stale")}
      >
        <span class="daggr-word">Run stale</span>
      </Button>
    );
  }
  if (!running && store.waiting.value.length > 0) return null;
  const word = running ? "Running" : "All fresh";
  return (
    <Button
      look="all-fresh"
      icon={running ? "clock" : "check"}
      name={`Run stale: ${word}`}
      disabled
      onClick={() => {}}
    >
      <span class="daggr-word">{word}</span>
    </Button>
  );
}

/** So wide, all buttons and the progress of a run stand side by side. */
const ROOMY = 800;

/** Leads from one card that asks something to the next. */
function Waiting() {
  const { store, view } = useApp();
  const ids = store.waiting.value;
  const visit = () => {
    const at = ids.indexOf(view.active.peek() as NodeId);
    const next = ids[(at + 1) % ids.length];
    if (next) view.visit(next);
  };
  const roomy = useValue(() => view.size.value.width > ROOMY);
  if (ids.length === 0) return null;
  const words = `${ids.length} waiting for you`;
  return (
    <Button look="waiting" icon="ask" name={words} hint={ids.join(", ")} onClick={visit}>
      {roomy ? words : ids.length}
    </Button>
  );
}

function RunState() {
  const { store, bridge } = useApp();
  const run = store.run.value;
  if (!run) return null;
  return (
    <>
      <Button
        look="stop"
        icon="stop"
        name="Stop"
        hint="Stop everything"
        disabled={run.stopping}
        onClick={() => bridge.stop()}
      />
      <div class="daggr-run">
        <Bar label="Progress of the run" part={run.total ? run.done / run.total : null} />
        <span class="daggr-figures">{run.stopping ? "stopping" : `${run.done}/${run.total}`}</span>
      </div>
    </>
  );
}
