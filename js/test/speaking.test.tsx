// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { describe, expect, test } from "vitest";
import { Card } from "../src/cards/Card";
import type { Preview, Snapshot, Splice } from "../src/protocol.gen";
import { applyChange, EMPTY, reduce } from "../src/state/reduce";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import { FakeModel, id, otters, port } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

function preview(kind: "text" | "markdown", data: string): Preview {
  const mime = kind === "text" ? "text/plain" : "text/markdown";
  const about = {
    summary: "text",
    size: null,
    digest: null,
    inline: true,
    items: [],
    count: null,
    note: "",
  };
  return { kind, mime, data, ...about } as Preview;
}

/** The graph with a node at work, which has said something; `name` is its only output. */
function atWork(said: Preview) {
  const snapshot = structuredClone(otters("fresh")) as Snapshot;
  const node = snapshot.nodes.find((each) => each.id === "draft");
  const name = node?.outputs[0]?.name;
  if (!node || !name) throw new Error("no draft");
  node.state.status = "running";
  node.values = { [name]: said };
  return { snapshot, name };
}

function show(said: Preview) {
  const { snapshot, name } = atWork(said);
  const model = new FakeModel({ snapshot });
  const store = new Store();
  const app = { store, bridge: new Bridge(model, store), view: new View(store), zoom: () => {} };
  const card = store.card(id("draft"));
  if (!card) throw new Error("no draft");
  act(() =>
    render(
      <AppContext.Provider value={app}>
        <Card card={card} />
      </AppContext.Provider>,
      root,
    ),
  );
  let rev = snapshot.rev;
  const grow = (...splices: Splice[]) =>
    act(() => {
      const change = { kind: "value_growth" as const, node: id("draft"), port: name, splices };
      store.receive({ kind: "batch", rev: ++rev, since: null, changes: [change] });
      store.flush();
    });
  const find = (selector: string) => root.querySelector<HTMLElement>(selector);
  return { grow, find, name };
}

const more = (at: number, text: string): Splice => ({ path: ["data"], at, more: text });

describe("a value that grows", () => {
  test("is followed splice by splice, counted in UTF-16", () => {
    const { snapshot, name } = atWork(preview("text", "otter 🦦"));
    const start = reduce(EMPTY, snapshot);
    const splices: Splice[] = [
      more(8, " 水"),
      { path: ["summary"], at: null, more: "longer" },
      { path: ["items"], at: 0, more: [{ a: [1] }] },
      { path: ["items", 0, "a"], at: 1, more: [2, [3]] },
    ];
    const change = { kind: "value_growth" as const, node: id("draft"), port: name, splices };
    const find = (state: Snapshot) => state.nodes.find((node) => node.id === "draft");
    const next = applyChange(start, change);
    expect(find(next)?.values[name]).toMatchObject({
      data: "otter 🦦 水",
      summary: "longer",
      items: [{ a: [1, 2, [3]] }],
    });
    expect(find(start)?.values[name]).toMatchObject({ data: "otter 🦦", items: [] });
    expect(applyChange(start, { ...change, port: port("gone") })).toEqual(start);
  });

  test("adds to plain text, in which what is selected stays so, and marks that more may come", () => {
    const { grow, find } = show(preview("text", "Otters hold hands, all"));
    const text = find(".daggr-text > span")?.firstChild as Text;
    getSelection()?.setBaseAndExtent(text, 7, text, 11);
    grow(more(22, " night long"));
    expect(find(".daggr-text")?.textContent).toBe("Otters hold hands, all night long");
    expect(find(".daggr-text > span")?.firstChild).toBe(text);
    expect(getSelection()?.toString()).toBe("hold");
    expect(find("[data-growing]")).not.toBeNull();
    grow(more(7, "swim"), { path: ["digest"], at: null, more: "d" });
    expect(find(".daggr-text")?.textContent).toBe("Otters swim");
    expect(find("[data-growing]")).toBeNull();
  });

  test("adds to Markdown", () => {
    const { grow, find } = show(preview("markdown", "# Otters\n\nThey ho"));
    const heading = find(".daggr-h1");
    grow(more(17, "ld **hands**"));
    expect(find(".daggr-md strong")?.textContent).toBe("hands");
    expect(find(".daggr-h1")).toBe(heading);
  });

  test("keeps its end in view until somebody scrolls away from it, and again when they are back", async () => {
    const { grow, find } = show(preview("text", "line\n".repeat(50)));
    const box = find(".daggr-text");
    if (!box) throw new Error("no text");
    let height = 500;
    Object.defineProperties(box, {
      scrollHeight: { get: () => height },
      clientHeight: { get: () => 100 },
    });
    let length = 250;
    const speak = async () => {
      height += 100;
      grow(more(length, "line\n"));
      length += 5;
      await Promise.resolve();
      return box.scrollTop;
    };
    const scroll = (top: number) =>
      act(() => {
        box.scrollTop = top;
        box.dispatchEvent(new Event("scroll"));
      });
    expect(await speak()).toBe(600);
    scroll(500);
    expect(await speak()).toBe(700);
    scroll(300);
    expect(await speak()).toBe(300);
    scroll(350);
    expect(await speak()).toBe(350);
    scroll(height - 100);
    expect(await speak()).toBe(height);
  });
});
