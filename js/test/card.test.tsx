// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { describe, expect, test, vi } from "vitest";
import { Card } from "../src/cards/Card";
import { provide } from "../src/later";
import lazy from "../src/lazy/index";
import type { Snapshot } from "../src/protocol.gen";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import { controls, FakeModel, id, otters } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

function show(snapshot: Snapshot, name: string) {
  const model = new FakeModel({ snapshot });
  const store = new Store();
  const bridge = new Bridge(model, store);
  const view = new View(store);
  const card = store.card(id(name));
  if (!card) throw new Error(`no ${name}`);
  act(() =>
    render(
      <AppContext.Provider value={{ store, bridge, view, zoom: () => {} }}>
        <Card card={card} />
      </AppContext.Provider>,
      root,
    ),
  );
  return { model, store, card };
}

function find<T extends Element = HTMLElement>(selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

const button = (name: string) => find<HTMLButtonElement>(`button[aria-label="${name}"]`);
const byText = (text: string) =>
  [...root.querySelectorAll("button")].find((each) => each.textContent?.includes(text));
const press = (target: HTMLElement | undefined) => act(() => target?.click());

describe("a card", () => {
  test("of inputs says what is to be said, and has no history", () => {
    const snapshot = otters("stale");
    const inputs = snapshot.nodes.find((node) => !node.runnable);
    if (!inputs) throw new Error("no card of inputs");
    const words = "a.png is gone: a copy from the store is used";
    inputs.state.remarks = [words];
    show(snapshot, inputs.id);
    expect(find(".daggr-remark").textContent).toBe(words);
    expect(root.querySelector(".daggr-footer .daggr-row")).toBeNull();
  });

  test("shows code and nodes of a remark as such, and nothing else of it", () => {
    const snapshot = otters("fresh");
    const draft = snapshot.nodes.find((node) => node.id === "draft");
    if (!draft) throw new Error("no draft");
    draft.state.remarks = ["`a*b` is changed by **put**, 2 * 3: `ignore=['<b>']`"];
    show(snapshot, "draft");
    const remark = find(".daggr-remark");
    expect(remark.textContent).toBe("a*b is changed by put, 2 * 3: ignore=['<b>']");
    const texts = (tag: string) => [...remark.querySelectorAll(tag)].map((e) => e.textContent);
    expect([texts("code"), texts("strong"), texts("b")]).toEqual([
      ["a*b", "ignore=['<b>']"],
      ["put"],
      [],
    ]);
  });

  test("says who does its work elsewhere, at which revision", () => {
    const snapshot = structuredClone(otters("fresh"));
    const draft = snapshot.nodes.find((node) => node.id === "draft");
    if (!draft) throw new Error("no draft");
    const service = {
      label: "org/x",
      url: "https://huggingface.co/spaces/org/x",
      commit: "a1b2c3d",
    };
    draft.state.service = service;
    const { store } = show(snapshot, "draft");
    const link = find<HTMLAnchorElement>(".daggr-service a");
    expect([link.textContent, link.href, link.target]).toEqual(["org/x", service.url, "_blank"]);
    expect(link.rel).toContain("noopener");
    expect(find(".daggr-service").textContent).toContain("a1b2c3d");
    expect(find(".daggr-service").textContent).toContain("not reproducible");
    expect(store.readOnly.value).toBe(false);
  });

  test("says who does its work where nobody has a page", () => {
    const snapshot = structuredClone(otters("fresh"));
    const draft = snapshot.nodes.find((node) => node.id === "draft");
    if (!draft) throw new Error("no draft");
    draft.state.service = { label: "a model", url: "", commit: "" };
    show(snapshot, "draft");
    expect(root.querySelector(".daggr-service a, .daggr-service code")).toBeNull();
  });

  test("a failure without a line of anybody's code is its message alone", () => {
    const snapshot = structuredClone(otters("failed"));
    const draft = snapshot.nodes.find((node) => node.state.error);
    if (!draft?.state.error) throw new Error("nothing failed");
    draft.state.error.message = "The app has no room now.";
    draft.state.error.traceback = "daggr_nb.errors.Busy: The app has no room now.\n";
    show(snapshot, draft.id);
    expect(root.querySelector(".daggr-traceback")).toBeNull();
    expect(byText("Copy traceback")).toBeUndefined();
    expect(byText("Retry")).toBeDefined();
  });

  test("carries the hooks that tests of other people rely on", () => {
    show(otters("stale"), "draft");
    const article = find("article");
    expect(article.dataset).toMatchObject({
      node: "draft",
      status: "succeeded",
      freshness: "stale",
    });
    const source = find('[data-port="in:photo"] [title]').title;
    expect(source).toContain("load_photos.photos");
    expect(find('[data-port="out:text"]').textContent).toContain("4 × text");
    expect(find('[data-item="2"]').textContent).toContain("no photo of a holt");
  });

  test("says itself in one sentence", () => {
    show(otters("stale"), "draft");
    expect(find("article").getAttribute("aria-label")).toBe(
      "draft, stale, input from load_photos, feeds contact_sheet",
    );
  });

  test("gives its reason, and the diff when asked", () => {
    show(otters("stale"), "draft");
    expect(find(".daggr-reasons strong").textContent).toBe("clean");
    expect(root.textContent).not.toContain("t.strip().lower()");
    press(byText("diff"));
    expect(find('[data-line="add"]').textContent).toContain("t.strip().lower()");
    press(byText("(+1)"));
    expect(find(".daggr-reasons").textContent).toContain("tone: dry → warm");
  });

  test("follows its state without being drawn anew", () => {
    const { card } = show(otters("fresh"), "draft");
    const article = find("article");
    act(() => {
      card.state.value = { ...card.state.value, status: "running", started_at: Date.now() / 1000 };
    });
    expect(find("article")).toBe(article);
    expect(article.dataset.status).toBe("running");
    expect(find(".daggr-status").textContent).toBe("running");
    expect(button("Stop")).toBeTruthy();
    expect(find(".daggr-footer").textContent).toContain("usually 3.9 s");
  });

  test("shows what a running node says of itself, and no longer", () => {
    const { card } = show(otters("running"), "answer");
    const note = find('.daggr-progress [title^="reading three pages"]');
    expect(note.textContent).toBe("reading three pages about holts before the next sentence");
    act(() => {
      card.state.value = { ...card.state.value, status: "succeeded", note: "" };
    });
    expect(root.textContent).not.toContain("reading three pages");
  });

  test("runs in four ways", () => {
    const { model } = show(otters("stale"), "draft");
    press(button("Run to here"));
    for (const way of ["Run this step", "Run downstream", "Run again"]) {
      press(button("More ways to run"));
      press(byText(way));
    }
    expect(model.commands("run")).toMatchObject([
      { targets: ["draft"], mode: "to_here", force: false },
      { mode: "step", force: false },
      { mode: "downstream" },
      { mode: "step", force: true },
    ]);
  });

  test("walks through its history", () => {
    const { model } = show(otters("fresh"), "draft");
    press(button("Previous result"));
    press(button("Next result"));
    expect(model.commands("select")).toMatchObject([{ record: "d3" }, { record: "d5" }]);
  });

  test("shows what failed, the traceback, and a way on", () => {
    const { model } = show(otters("failed"), "z-image-turbo");
    expect(find(".daggr-failure-line").textContent).toContain("The Space is asleep");
    expect(find(".daggr-traceback").textContent).toContain("503 Service Unavailable");
    press(byText("Retry"));
    expect(model.commands("run")).toMatchObject([{ targets: ["z-image-turbo"], mode: "to_here" }]);
  });

  test("clamps a long message until somebody wants all of it", () => {
    const snapshot = otters("failed");
    const failed = snapshot.nodes.find((node) => node.id === "z-image-turbo");
    if (!failed?.state.error) throw new Error("nothing failed");
    failed.state.error.message = "word ".repeat(90);
    show(snapshot, "z-image-turbo");
    expect(find<HTMLElement>(".daggr-failure-line > p").dataset.clamped).toBe("true");
    press(byText("Show all"));
    expect(find<HTMLElement>(".daggr-failure-line > p").dataset.clamped).toBe("false");
  });

  test("sums its items up, and opens them when one failed or when asked", () => {
    const items = (failed: number) => ({
      total: 2,
      key: "",
      done: 2,
      failed,
      rows: ["0", "1"].map((path) => ({
        path,
        label: "",
        said: "",
        status: failed && path === "1" ? ("failed" as const) : ("succeeded" as const),
        duration: 0.15,
        error: null,
        record: null,
        gave: "",
        picture: "",
        taken: "",
      })),
    });
    const { card } = show(otters("fresh"), "draft");
    const rows = () =>
      [...root.querySelectorAll<HTMLElement>("[data-item]")].map((row) => row.dataset.item);
    act(() => {
      card.state.value = { ...card.state.value, items: items(0) };
    });
    expect(rows()).toEqual([]);
    press(byText("2 items · 0.3 s"));
    expect(rows()).toEqual(["0", "1"]);
    press(byText("2 items"));
    expect(rows()).toEqual([]);
    act(() => {
      card.state.value = { ...card.state.value, items: items(1) };
    });
    expect(rows()).toEqual(["1", "0"]);
    press(byText("2 items · 1 failed"));
    expect(rows()).toEqual([]);
  });

  test("of an input node has controls and no run button", () => {
    show(otters("fresh"), "Parameters");
    expect(root.querySelector('button[aria-label="Run to here"]')).toBeNull();
    expect(find<HTMLInputElement>('input[aria-label="Topic"]').value).toBe("Otters at dusk");
  });
});

describe("controls", () => {
  const change = (target: HTMLElement, value: string, event = "change") =>
    act(() => {
      (target as HTMLInputElement).value = value;
      target.dispatchEvent(new Event(event, { bubbles: true }));
    });

  test("send what people choose, and show it before the kernel answers", () => {
    const { model } = show(controls(), "every_control");
    change(find('select[aria-label="Colour"]'), "2");
    expect(model.commands("set_input")).toMatchObject([{ port: "color", value: "b" }]);
    expect(find<HTMLSelectElement>('select[aria-label="Colour"]').value).toBe("2");
  });

  test("several choices are a list in the order of the choices", () => {
    provide(lazy);
    const { model } = show(controls(), "every_control");
    const boxes = root.querySelectorAll<HTMLInputElement>('[aria-label="Several"] input');
    press(boxes[2]);
    expect(model.commands("set_input")).toMatchObject([{ port: "many", value: ["r", "b"] }]);
  });

  test("a slider shows its value while it is dragged and sends it when it is let go", () => {
    const { model } = show(controls(), "every_control");
    const slider = find('input[aria-label="Strength"]');
    change(slider, "0.75", "input");
    expect(find(".daggr-slider-value").textContent).toBe("0.75");
    expect(model.commands("set_input")).toEqual([]);
    change(slider, "0.75", "change");
    expect(model.commands("set_input")).toMatchObject([{ port: "strength", value: 0.75 }]);
  });

  test("text is sent after a pause, and never overwritten while somebody types", () => {
    vi.useFakeTimers();
    const { model, card } = show(controls(), "every_control");
    const field = find<HTMLInputElement>('input[aria-label="Line"]');
    change(field, "new", "input");
    expect(model.commands("set_input")).toEqual([]);
    act(() => void vi.advanceTimersByTime(310));
    expect(model.commands("set_input")).toMatchObject([{ port: "line", value: "new" }]);
    act(() => {
      card.inputs.value = card.inputs.value.map((input) => ({ ...input, value: "from elsewhere" }));
    });
    expect(field.value).toBe("new");
    vi.useRealTimers();
  });

  test("a number is kept in its range", () => {
    const { model } = show(controls(), "every_control");
    const field = find('input[aria-label="Count"]');
    change(field, "99", "input");
    act(
      () => void field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })),
    );
    expect(model.commands("set_input")).toMatchObject([{ port: "count", value: 10 }]);
  });

  test("a component that cannot be edited here shows its value", () => {
    show(controls(), "every_control");
    expect(find('[data-port="in:model"]').textContent).toContain("bunny.glb");
  });
});
