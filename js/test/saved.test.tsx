// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { Toasts } from "../src/lazy/overlays/Toasts";
import { putHtml } from "../src/lazy/saved";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import type { CellOutput } from "../src/wire/model";
import { FakeModel, otters } from "./fixtures";
import { onOwnRoot } from "./root";

const VIEW = "application/vnd.jupyter.widget-view+json";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

function cellOf(...outputs: CellOutput[]) {
  const origins: string[] = [];
  const sharedModel = {
    getOutputs: () => outputs,
    updateOutputs(start: number, end: number, by: CellOutput[], origin: string) {
      outputs.splice(start, end - start, ...by);
      origins.push(origin);
    },
  };
  return { saved: outputs, origins, sharedModel };
}

const shown = (model_id: string, html?: string | string[]): CellOutput => ({
  output_type: "execute_result",
  data: { [VIEW]: { model_id }, "text/plain": "a graph", ...(html && { "text/html": html }) },
});

test("the picture beside every view of a model is replaced, and nothing else", () => {
  const printed: CellOutput = { output_type: "stream" };
  const cell = cellOf(printed, shown("mine", "old"), shown("other", "old"), shown("mine"));
  const notebook = { dirty: false, cells: [{}, cell] };
  putHtml(notebook, "mine", "new");
  expect(cell.saved.map((output) => output.data?.["text/html"])).toEqual([
    undefined,
    "new",
    "old",
    undefined,
  ]);
  expect(cell.saved[1]?.data?.["text/plain"]).toBe("a graph");
  expect(cell.origins).toEqual(["silent-change"]);
  expect(notebook.dirty).toBe(true);
});

test("beside widgets whose state is saved, the picture is an output of its own", () => {
  const cell = cellOf(shown("mine", "old"), { output_type: "stream" });
  const outputs = {
    add: (output: CellOutput) => cell.saved.push(output),
    set: (index: number, output: CellOutput) => void cell.saved.splice(index, 1, output),
  };
  const notebook = { dirty: false, cells: [{ ...cell, outputs }], getMetadata: () => ({}) };
  const html = () => cell.saved.map(({ data }) => data?.["text/html"]);
  putHtml(notebook, "mine", "new");
  putHtml(notebook, "mine", "newer");
  const still = '<div class="daggr-still" data-model="mine">newer</div>';
  expect(html()).toEqual([undefined, undefined, still]);
  notebook.dirty = false;
  putHtml(notebook, "mine", "newer");
  expect(notebook.dirty).toBe(false);
});

test.each([["same"], [["sa", "me"]]])("a picture that is there makes no change (%s)", (html) => {
  const cell = cellOf(shown("mine", html));
  const notebook = { dirty: false, cells: [cell] };
  putHtml(notebook, "mine", "same");
  expect([cell.origins, notebook.dirty]).toEqual([[], false]);
});

test("equal messages are one, with a count, and are dismissed together", () => {
  const store = new Store();
  const model = new FakeModel({ snapshot: otters("stale") });
  const app = { store, bridge: new Bridge(model, store), view: new View(store), zoom: () => {} };
  act(() => render(<AppContext.Provider value={app}>{<Toasts />}</AppContext.Provider>, root));
  act(() => ["no", "other", "no", "no"].forEach((text) => void store.toast(text)));
  const said = () => [...root.querySelectorAll("[role=alert] p")].map((each) => each.textContent);
  expect(said()).toEqual(["other", "no (3 times)"]);
  act(() => root.querySelectorAll("button")[1]?.click());
  expect(said()).toEqual(["other"]);
});
