import { useEffect, useState } from "preact/hooks";
import type { NodeId, RunView } from "../../protocol.gen";
import type { Store } from "../../state/store";
import { Bar } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { duration, isActive } from "../../ui/format";
import { useValue } from "../../ui/reactive";

const TICK_MS = 1000;
/** Less than this is not worth saying. */
const LEAST_S = 3;

/** What runs now, what needs a person, and that edits run by themselves. */
export function RunState() {
  const { store } = useApp();
  return (
    <>
      {store.run.value && <Progress run={store.run.value} />}
      <Chip ids={store.waiting.value} look="waiting" word="waiting for you" />
      <Chip ids={store.failed.value} look="failures" word="failed" />
      {store.shown.value.autorun && (
        <span
          class="daggr-quiet daggr-auto"
          title="Runs by itself after an edit; turn it off in the menu (…)"
        >
          runs after edits
        </span>
      )}
    </>
  );
}

function Progress({ run }: { run: RunView }) {
  const { bridge } = useApp();
  return (
    <>
      <Button
        look="stop"
        control="stop"
        icon="stop"
        name="Stop"
        hint="Stop everything"
        disabled={run.stopping}
        onClick={() => bridge.stop()}
      />
      <div class="daggr-run">
        <Bar label="Progress of the run" part={run.total ? run.done / run.total : null} />
        <span class="daggr-figures">{run.stopping ? "stopping" : `${run.done}/${run.total}`}</span>
        <Remaining />
      </div>
    </>
  );
}

/** About how long a run still takes, as far as its steps have run before. */
function Remaining() {
  const { store } = useApp();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const left = remaining(store, now / 1000);
  if (left === null || left < LEAST_S) return null;
  return <span class="daggr-quiet daggr-figures">about {duration(Math.round(left))} left</span>;
}

/** Seconds that the steps under way and in the queue usually take; null if that is known of none. */
function remaining(store: Store, now: number): number | null {
  let known = false;
  let sum = 0;
  for (const node of store.shown.value.nodes) {
    const { status, typical, started_at: started } = node.state;
    if (!isActive(status) || typical === null) continue;
    known = true;
    const done = status === "queued" || started === null ? 0 : Math.max(0, now - started);
    sum += Math.max(0, typical - done);
  }
  return known ? sum : null;
}

/** So wide, all buttons and the progress of a run stand side by side. */
const ROOMY = 800;

interface ChipProps {
  ids: NodeId[];
  look: "waiting" | "failures";
  word: string;
}

/** Leads from one card that needs a person to the next. */
function Chip({ ids, look, word }: ChipProps) {
  const { view } = useApp();
  const visit = () => {
    const at = ids.indexOf(view.active.peek() as NodeId);
    const next = ids[(at + 1) % ids.length];
    if (next) view.visit(next);
  };
  const roomy = useValue(() => view.size.value.width > ROOMY);
  if (ids.length === 0) return null;
  const words = `${ids.length} ${word}`;
  return (
    <Button
      control={look}
      look={look}
      icon={look === "waiting" ? "ask" : "cross"}
      name={words}
      hint={ids.join(", ")}
      onClick={visit}
    >
      {roomy ? words : ids.length}
    </Button>
  );
}
