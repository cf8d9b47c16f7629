import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { keepKeys } from "../../canvas/keys";
import { Overlays } from "../../canvas/Overlays";
import { EditableOutput, InputRow, OutputRow } from "../../cards/Ports";
import type { LazyProps } from "../../later";
import type { CardState, NodeId, PortName } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Bar } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { useValue } from "../../ui/reactive";
import type { Model, PartSpec, WidgetModel } from "../../wire/model";
import { Conversation } from "../chat/Conversation";
import { useManners } from "../overlays/manners";
import { Runs, useSelection } from "./History";

type PartProps = LazyProps["Part"];

/** A part of a graph that stands alone. */
export function Part({ zoomed, ...spec }: PartProps) {
  const { store, view } = useApp();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!root.current) return;
    view.root = root.current;
    const { width, height } = root.current.getBoundingClientRect();
    view.size.value = { width: Math.max(width, innerWidth / 2), height: Math.max(height, 480) };
    return keepKeys(root.current);
  }, [view]);
  useManners();
  const Kind = KINDS[spec.kind as keyof typeof KINDS];
  return (
    <div
      ref={root}
      class="daggr-root daggr-alone"
      data-graph={store.name.value}
      data-part={spec.kind}
    >
      <Kind {...spec} zoomed={zoomed} />
      <Overlays zoomed={zoomed} />
    </div>
  );
}

function Form({ ports }: PartSpec) {
  const { store } = useApp();
  const cards = useValue(() => store.order.value.map((id) => store.card(id)));
  const keys = new Set(ports.map(([node, port]) => `${node} ${port}`));
  const isShown = (node: NodeId, port: PortName) => !keys.size || keys.has(`${node} ${port}`);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset
    <div class="daggr-ports" role="group" aria-label={`Inputs of ${store.name.value}`}>
      {cards.map((card) => card && <Controls key={card.id} card={card} isShown={isShown} />)}
    </div>
  );
}

interface ControlsProps {
  card: CardSignals;
  isShown: (node: NodeId, port: PortName) => boolean;
}

function Controls({ card, isShown }: ControlsProps) {
  const { outputs, runnable, selector } = card.shape.value;
  const inputs = card.rows.value.filter(({ source }) => source === "component");
  return (
    <>
      {inputs.map(
        (input) =>
          isShown(card.id, input.name) && (
            <InputRow key={input.name} card={card} input={input} picker={input.name === selector} />
          ),
      )}
      {outputs.map(
        (output) =>
          !runnable &&
          output.component &&
          isShown(card.id, output.name) && (
            <EditableOutput
              key={output.name}
              card={card}
              output={output}
              component={output.component}
            />
          ),
      )}
    </>
  );
}

/** A node's card, as long as the graph has the node. */
function useCard(node: NodeId | undefined): CardSignals | undefined {
  const { store } = useApp();
  return useValue(() => store.order.value.map((id) => store.card(id)).find((c) => c?.id === node));
}

function Results({ ports }: PartSpec) {
  return (
    <div class="daggr-ports">
      {ports.map(([node, port]) => (
        <Result key={`${node} ${port}`} node={node} port={port} />
      ))}
    </div>
  );
}

const OUTDATED: { [Freshness in CardState["freshness"]]?: string } = {
  stale: "stale",
  missing: "not run",
};

/** Why a result is not there, or not that of now, where there is more to say. */
const NO_RESULT: { [Status in CardState["status"]]?: string } = {
  queued: "waiting for its turn",
  running: "running",
  stopping: "stopping",
  blocked: "not run, as a step before it went wrong",
  waiting: "waits for an answer",
};

function Result({ node, port }: { node: NodeId; port: PortName }) {
  const card = useCard(node);
  const output = card?.shape.value.outputs.find(({ name }) => name === port);
  if (!card || !output) return <p class="daggr-quiet">{port} is not in the graph any more.</p>;
  const { status, freshness, error } = card.state.value;
  const failure = status === "failed" && error;
  const word = freshness in OUTDATED && (NO_RESULT[status] ?? OUTDATED[freshness]);
  return (
    <div class="daggr-alone-output" data-status={status} data-freshness={freshness}>
      {word && !failure && <p class="daggr-quiet">{word}</p>}
      <OutputRow card={card} output={output} />
      {failure && (
        <div class="daggr-failure-line" role="status">
          <p data-clamped="true">
            <strong>{failure.type}</strong> {failure.message}
          </p>
        </div>
      )}
    </div>
  );
}

function HistoryPart({ nodes }: PartSpec) {
  const card = useCard(nodes[0]);
  const [selection, pick] = useSelection();
  if (!card) return <p class="daggr-quiet">{nodes[0]} is not in the graph any more.</p>;
  return (
    <section class="daggr-alone-runs" aria-label={`History of ${card.id}`}>
      <Runs card={card} selection={selection} pick={pick} />
    </section>
  );
}

function RunPart({ nodes, label }: PartSpec) {
  const { store, bridge } = useApp();
  const run = store.run.value;
  const start = () => bridge.run(nodes, nodes.length ? "to_here" : "stale");
  return (
    <div class="daggr-row daggr-alone-run">
      <Button look="primary" icon="play" disabled={store.readOnly.value || !!run} onClick={start}>
        <span class="daggr-word">{label}</span>
      </Button>
      {run && (
        <>
          <Button look="stop" icon="stop" name="Stop" onClick={() => bridge.stop()} />
          <Bar label="Progress of the run" part={run.total ? run.done / run.total : null} />
          <span class="daggr-figures">{`${run.done}/${run.total}`}</span>
        </>
      )}
    </div>
  );
}

function ChatPart({ nodes }: PartSpec) {
  const card = useCard(nodes[0]);
  if (!card) return <p class="daggr-quiet">{nodes[0]} is not in the graph any more.</p>;
  return <Conversation card={card} />;
}

/** The open side panel of every graph of a notebook; every widget has a copy of this module. */
const PANELS = Symbol.for("daggr_nb.panels");
type Panels = WeakMap<object, Map<string, WidgetModel>>;

/** A kernel that has ended cannot close the panel it opened, so the page does. */
async function closeFormer(manager: Model["widget_manager"], graph: string, id: string) {
  if (!manager) return;
  const page = globalThis as typeof globalThis & { [PANELS]?: Panels };
  page[PANELS] ??= new WeakMap();
  const panels = page[PANELS];
  const panel = await manager.get_model(id);
  const open = panels.get(manager) ?? new Map<string, WidgetModel>();
  panels.set(manager, open);
  const former = open.get(graph);
  open.set(graph, panel);
  if (former && former !== panel) former.close?.(true);
}

/** What the cell says of a graph in JupyterLab's side panel; elsewhere it shows the graph. */
function Beside({ model, panel }: PartProps) {
  const { store } = useApp();
  useEffect(() => {
    if (panel) void closeFormer(model.widget_manager, store.name.peek(), panel);
  }, [model, store, panel]);
  return (
    <p class="daggr-quiet">
      <strong>{store.name.value}</strong> is shown in the side panel. If you have closed it, run
      this cell again.
    </p>
  );
}

const KINDS: Record<Exclude<PartSpec["kind"], "inline">, ComponentType<PartProps>> = {
  form: Form,
  output: Results,
  history: HistoryPart,
  run: RunPart,
  chat: ChatPart,
  beside: Beside,
};
