// @vitest-environment happy-dom
import { type ComponentChild, render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { GraphMenu } from "../src/lazy/overlays/GraphMenu";
import { SheetTabs } from "../src/lazy/overlays/SheetTabs";
import { History } from "../src/lazy/panels/History";
import type { RunId, RunRow } from "../src/protocol.gen";
import { type CardSignals, Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import { FakeModel, id, otters } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

function show(visited: boolean, draw: (card: CardSignals) => ComponentChild) {
  const names = { sheets: ["Sheet 1", "Mine"], sheet: "Sheet 1" };
  const fixed_sheets = visited ? ["Sheet 1"] : [];
  const model = new FakeModel({
    snapshot: { ...otters("stale"), ...names, visited, fixed_sheets },
  });
  const store = new Store();
  const bridge = new Bridge(model, store);
  const card = store.card(id("draft"));
  if (!card) throw new Error("no draft");
  const app = { store, bridge, view: new View(store), zoom: () => {} };
  act(() => render(<AppContext.Provider value={app}>{draw(card)}</AppContext.Provider>, root));
  return model;
}

const offers = (text: string) => root.textContent?.includes(text);
const edit = (name: string) =>
  act(() => {
    const tabs = [...root.querySelectorAll<HTMLElement>("[role=tab]")];
    const tab = tabs.find((each) => each.title === name);
    tab?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
  });

test.each([false, true])("a document is offered to the owner only (visited: %s)", (visited) => {
  show(visited, () => <GraphMenu close={() => {}} />);
  expect(offers("Save as picture")).toBe(!visited);
  expect(offers("Save with results")).toBe(!visited);
  expect(offers("Tidy")).toBe(true);
});

test.each([false, true])("stars are offered to the owner only (visited: %s)", async (visited) => {
  const model = show(visited, (card) => <History card={card} />);
  await act(async () => {});
  const [asked] = model.commands("list_runs");
  const row: RunRow = {
    record: "r" as RunId,
    index: 1,
    status: "succeeded",
    started_at: 0,
    duration: 1,
    label: "first run",
    changes: [],
    sweep: "",
    name: "",
    error: "",
    starred: false,
    shown: false,
    edited: false,
  };
  await act(async () => {
    model.emit({ kind: "runs_listed", id: asked?.id ?? "", rows: [row], more: false, sweeps: [] });
    await new Promise((resolve) => setTimeout(resolve));
  });
  expect(offers("first run")).toBe(true);
  expect(root.querySelector('[aria-label="Star run 1"]') !== null).toBe(!visited);
});

test.each([false, true])("a sheet on record keeps its name (visited: %s)", (visited) => {
  show(visited, () => <SheetTabs opened={true} />);
  expect(offers("New empty sheet")).toBe(true);
  expect(offers("Rename")).toBe(!visited);
  expect(offers("Delete…")).toBe(!visited);
  edit("Sheet 1");
  expect(root.querySelector("input") !== null).toBe(!visited);
  if (!visited) return;
  edit("Mine");
  expect(root.querySelector("input")).not.toBeNull();
});
