// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { Part } from "../src/lazy/panels/Part";
import type { CardState, NodeView, PortName, Snapshot } from "../src/protocol.gen";
import { signal } from "../src/state/signals";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext, type Zoomed } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import type { PartSpec } from "../src/wire/model";
import { component, FakeModel, id, otters, port } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

function show(part: Partial<PartSpec>, nodes: NodeView[]): FakeModel {
  const snapshot: Snapshot = { ...otters(), nodes, edges: [], visited: true };
  const model = new FakeModel({ snapshot });
  const store = new Store();
  const bridge = new Bridge(model, store);
  const app = { store, bridge, view: new View(store), zoom: () => {} };
  const spec = { kind: "form", ports: [], nodes: [], label: "", ...part } as PartSpec;
  const zoomed = signal<Zoomed | null>(null);
  const drawn = <Part {...spec} model={model} zoomed={zoomed} />;
  act(() => render(<AppContext.Provider value={app}>{drawn}</AppContext.Provider>, root));
  return model;
}

/** What a page of parts is told of a node, and no more. */
function node(more: Partial<NodeView>, state: Partial<CardState> = {}): NodeView {
  const known = otters().nodes[0] as NodeView;
  const bare = { ...known, id: id("it"), runnable: true, inputs: [], outputs: [], values: {} };
  return { ...bare, ...more, state: { ...known.state, error: null, ...state } };
}

test.each([
  [true, "to_here"],
  [false, "downstream"],
])("a button in a form runs what hangs on it (runnable: %s)", (runnable, mode) => {
  const button = {
    name: port("draw"),
    label: "draw",
    component: { ...component("Button", { caption: "Draw" }), labels_itself: true },
  };
  const input = {
    ...button,
    source: "component" as const,
    value: 0,
    text: "",
    type: "",
    variant: "",
  };
  const output = { ...button, scattered: false, type: "" };
  const own = runnable ? { inputs: [input] } : { outputs: [output] };
  const model = show({ kind: "form" }, [node({ runnable, ...own })]);
  act(() => root.querySelector("button")?.click());
  expect(model.commands("run")).toMatchObject([{ targets: ["it"], mode }]);
});

const output = { name: port("text"), label: "text", component: null, scattered: false, type: "" };
const ports: [ReturnType<typeof id>, PortName][] = [[id("it"), port("text")]];
const error = { type: "ValueError", message: "no price for it", traceback: "" };

test.each<[Partial<CardState>, string]>([
  [{ status: "failed", freshness: "missing", error }, "ValueError no price for it"],
  [{ status: "blocked", freshness: "missing" }, "not run, as a step before it went wrong"],
  [{ status: "running", freshness: "stale" }, "running"],
  [{ status: "waiting", freshness: "missing" }, "waits for an answer"],
  [{ status: "missing", freshness: "missing" }, "not run"],
  [{ status: "succeeded", freshness: "stale" }, "stale"],
])("a result says why it is not there: %j", (state, text) => {
  show({ kind: "output", ports }, [node({ outputs: [output] }, state)]);
  expect(root.textContent).toContain(text);
});
