// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import { fitsSegments } from "../src/inputs/choice";
import { moved } from "../src/lazy/card/ItemList";
import { caption } from "../src/lazy/card/QuestionPanel";
import type { Digest, Json, Preview } from "../src/protocol.gen";
import { Store } from "../src/state/store";
import { statusWord } from "../src/ui/format";
import { Bridge } from "../src/wire/bridge";
import { choices, component, FakeModel, id, itemLists, otters, port, questions } from "./fixtures";

function open(snapshot: ReturnType<typeof choices>) {
  const model = new FakeModel({ snapshot });
  const store = new Store();
  const bridge = new Bridge(model, store);
  const rows = (name: string) => store.card(id(name))?.rows.value.map((row) => row.name);
  const edges = () => store.edges.value.map((edge) => edge.id);
  return { model, store, bridge, rows, edges };
}

describe("a choice", () => {
  test("shows the rows of the chosen variant, and only edges into them", () => {
    const { rows, edges } = open(choices());
    expect(rows("voice")).toEqual(["variant", "melo.text", "melo.speed"]);
    expect(rows("mix")).toEqual(["audio"]);
    expect(edges()).toEqual(["topic.text->voice.melo.text", "voice.audio->mix.audio"]);
  });

  test("follows a click before the kernel has answered, and a rejection back", () => {
    const { model, bridge, rows, edges } = open(choices());
    bridge.setInput(id("voice"), port("variant"), "kokoro");
    expect(rows("voice")).toEqual(["variant", "kokoro.text", "kokoro.voice"]);
    expect(edges()).toContain("topic.title->voice.kokoro.text");
    const sent = model.commands("set_input")[0];
    model.emit({ kind: "command_rejected", id: sent?.id ?? "", error: "no" });
    expect(edges()).toContain("topic.text->voice.melo.text");
  });

  test("has the same edges as long as nobody chooses", () => {
    const { store } = open(choices());
    const before = store.edges.value;
    const card = store.state.nodes.find((node) => node.id === "voice");
    if (!card) throw new Error("the graph has a voice");
    const state = { ...card.state, status: "running" as const };
    const changes = [{ kind: "node_state" as const, node: card.id, state }];
    store.receive({ kind: "batch", rev: 2, since: null, changes });
    store.flush();
    expect(store.edges.value).toBe(before);
  });

  test("stands side by side if its names are few and short", () => {
    const fits = (...names: string[]) => fitsSegments(component("Dropdown", { choices: names }));
    expect(fits("melo", "kokoro")).toBe(true);
    expect(fits("one", "two", "three", "four")).toBe(true);
    expect(fits("alone")).toBe(false);
    expect(fits("a", "b", "c", "d", "e")).toBe(false);
    expect(fits("a voice of the north", "a voice of the south")).toBe(false);
  });
});

describe("a question", () => {
  const key = "approve-1" as Digest;

  test("waits for the person", () => {
    const { store } = open(questions());
    expect(store.waiting.value).toHaveLength(9);
    expect(store.staleCount.value).toBe(0);
    const snapshot = otters("stale");
    store.load(snapshot);
    expect(store.staleCount.value).toBe(3);
    const nodes = snapshot.nodes.map((node) =>
      node.id === "draft"
        ? { ...node, state: { ...node.state, status: "waiting" as const } }
        : node,
    );
    store.load({ ...snapshot, rev: 2, nodes });
    expect(store.staleCount.value, "what draft feeds needs the answer first").toBe(1);
    const { word, tone } = statusWord({ status: "waiting", freshness: "stale" });
    expect([word, tone]).toEqual(["waiting for you", "waiting"]);
  });

  test("is closed by an answer until the next question or a rejection", () => {
    const { model, store, bridge } = open(questions());
    const sent = () => store.edits.of(id("review"), key).value?.value;
    bridge.answer(id("review"), key, true);
    expect(model.commands("answer")).toMatchObject([{ node: "review", key, answer: true }]);
    expect(sent()).toBe(true);
    const command = model.commands("answer")[0];
    model.emit({ kind: "command_rejected", id: command?.id ?? "", error: "too late" });
    expect(sent()).toBeUndefined();
    bridge.answer(id("review"), key, false);
    const state = store.card(id("review"))?.state.value;
    if (!state) throw new Error("the graph has a review");
    const changes = [
      { kind: "node_state" as const, node: id("review"), state: { ...state, question: null } },
    ];
    store.receive({ kind: "batch", rev: 2, since: null, changes });
    store.flush();
    expect(sent()).toBeUndefined();
  });

  test("is open again when the answer got lost", () => {
    vi.useFakeTimers();
    const { store, bridge } = open(questions());
    bridge.answer(id("review"), key, true);
    vi.advanceTimersByTime(10_100);
    expect(store.edits.of(id("review"), key).value).toBeNull();
    vi.useRealTimers();
  });

  test("is answered with a file that has gone up in a buffer", async () => {
    const { model, bridge } = open(questions());
    const file = new ArrayBuffer(3);
    const about = { upload: "u", name: "otter.png", size: 3, at: 0 };
    const sent = bridge.requests.ask({ kind: "upload", ...about }, [file]);
    const asked = model.commands("upload")[0]?.id ?? "";
    model.emit({ kind: "uploaded", id: asked, received: 3, file: "there/otter.png" });
    await sent;
    bridge.answer(id("upload"), "upload" as Digest, { $file: "there/otter.png" });
    expect(model.commands("answer")).toMatchObject([{ answer: { $file: "there/otter.png" } }]);
    expect(model.files).toEqual([file]);
  });

  test("shows short texts and numbers as they are", () => {
    const of = (data: Json, kind = "text") =>
      caption({ preview: { summary: "", kind, data } as Preview });
    expect(of("Otters")).toBe("Otters");
    expect(of(0, "json")).toBe("0");
    expect(of("# Otters", "markdown")).toBeNull();
    expect(of({ legs: 4 }, "json")).toBeNull();
    expect(of("two\nlines")).toBeNull();
    expect(of("")).toBeNull();
    expect(of(null)).toBeNull();
  });
});

describe("a list of items", () => {
  test("is replaced as a whole, and shown before the kernel has answered", () => {
    const { model, store, bridge } = open(itemLists());
    bridge.override(id("dialogue"), port("lines"), []);
    expect(model.commands("override")).toMatchObject([{ port: "lines", value: [] }]);
    expect(store.edits.of(id("dialogue"), port("lines")).value?.value).toEqual([]);
  });

  test("is put in another order", () => {
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  });
});
