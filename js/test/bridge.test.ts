// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Batch, Digest, RunId } from "../src/protocol.gen";
import { Store } from "../src/state/store";
import { Bridge } from "../src/wire/bridge";
import { FakeModel, id, otters, port } from "./fixtures";

function open() {
  const model = new FakeModel({ snapshot: otters("fresh") });
  const store = new Store();
  const bridge = new Bridge(model, store);
  return { model, store, bridge };
}

const batch = (rev: number, since: number | null = null): Batch => ({
  kind: "batch",
  rev,
  since,
  changes: [{ kind: "notice", text: `rev ${rev}`, remark: "" }],
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("revisions", () => {
  test("a batch in order is shown with the next frame", () => {
    const { model, store } = open();
    model.emit(batch(2));
    expect(store.shown.value.notice).toBe("");
    vi.advanceTimersByTime(300);
    expect(store.shown.value.notice).toBe("rev 2");
    expect(model.commands("sync")).toEqual([]);
  });

  test("a gap asks for what was missed and shows nothing wrong meanwhile", () => {
    const { model, store } = open();
    model.emit(batch(4));
    expect(store.state.rev).toBe(1);
    expect(model.commands("sync")).toMatchObject([{ rev: 1 }]);
  });

  test("an answer that merges several batches closes the gap", () => {
    const { model, store } = open();
    model.emit(batch(4, 1));
    expect(store.state.rev).toBe(4);
  });

  test("an old batch is ignored", () => {
    const { model, store } = open();
    model.emit(batch(1));
    expect(store.state.notice).toBe("");
  });

  test("another revision in a pong asks for a snapshot", () => {
    const { model } = open();
    model.emit({ kind: "pong", rev: 9 });
    expect(model.commands("sync")).toMatchObject([{ rev: -1 }]);
  });

  test("a snapshot replaces the state, as message or as trait", () => {
    const { model, store } = open();
    model.emit({ ...otters("stale"), rev: 12 });
    expect(store.state.rev).toBe(12);
    model.set("snapshot", { ...otters("fresh"), rev: 20, name: "Other" });
    expect(store.name.value).toBe("Other");
  });
});

describe("the heartbeat", () => {
  test("beats every two seconds while a view is open", () => {
    const { model, bridge } = open();
    const detach = bridge.attach();
    expect(model.commands("sync")).toHaveLength(1);
    vi.advanceTimersByTime(4000);
    expect(model.commands("sync")).toHaveLength(3);
    detach();
    vi.advanceTimersByTime(10000);
    expect(model.commands("sync")).toHaveLength(3);
  });

  test("beats faster while a run is on", () => {
    const { model, store, bridge } = open();
    model.emit({ ...otters("running"), rev: 2 });
    vi.advanceTimersByTime(300);
    expect(store.run.value).not.toBeNull();
    bridge.attach();
    vi.advanceTimersByTime(1000);
    expect(model.commands("sync")).toHaveLength(3);
  });

  test("two misses mean a lost kernel; any message brings it back", () => {
    const { model, store, bridge } = open();
    model.emit({ kind: "pong", rev: 1 });
    bridge.attach();
    vi.advanceTimersByTime(2000);
    expect(store.connection.value).toBe("live");
    vi.advanceTimersByTime(2000);
    expect(store.connection.value).toBe("lost");
    expect(store.banners.value).toHaveLength(1);
    model.emit({ kind: "pong", rev: 1 });
    expect(store.connection.value).toBe("live");
    expect(store.banners.value).toHaveLength(0);
  });

  test("a kernel that was never heard is none: the canvas is read-only", () => {
    const { store, bridge } = open();
    bridge.attach();
    vi.advanceTimersByTime(4000);
    expect(store.connection.value).toBe("none");
    expect(store.readOnly.value).toBe(true);
  });

  test.each(["throws", "rejects"] as const)(
    "a closed comm that %s is lost at once",
    async (how) => {
      const { model, store, bridge } = open();
      vi.spyOn(console, "warn").mockImplementation(() => {});
      model.emit({ kind: "pong", rev: 1 });
      model.broken = how;
      bridge.stop();
      await vi.advanceTimersByTimeAsync(0);
      expect(store.connection.value).toBe("lost");
    },
  );
});

describe("commands", () => {
  test("have ids of their own", () => {
    const { model, bridge } = open();
    bridge.run([id("draft")], "to_here");
    bridge.stop(id("draft"));
    expect(model.sent).toMatchObject([
      { kind: "run", targets: ["draft"], mode: "to_here", force: false },
      { kind: "stop", node: "draft" },
    ]);
    expect(model.sent[0]?.id).not.toBe(model.sent[1]?.id);
  });

  test("a rejected one is said, and its edit taken back", () => {
    const { model, store, bridge } = open();
    bridge.setInput(id("voice"), port("speed"), 9);
    const edit = store.edits.of(id("voice"), port("speed"));
    expect(edit.value?.value).toBe(9);
    const sent = model.sent.at(-1)?.id ?? "";
    model.emit({ kind: "command_rejected", id: sent, error: "speed is 0.5 to 2, got 9" });
    expect(store.toasts.value.map((toast) => toast.text)).toEqual(["speed is 0.5 to 2, got 9"]);
    expect(edit.value).toBeNull();
  });

  test("an edit stays until the kernel confirms it; echoes of older edits do not show", () => {
    const { model, store, bridge } = open();
    const [node, speed] = [id("voice"), port("speed")];
    bridge.setInput(node, speed, 1.5);
    bridge.setInput(node, speed, 1.7);
    const edit = store.edits.of(node, speed);
    const echo = (rev: number, value: number) => {
      const change = { kind: "input", node, port: speed, value } as const;
      model.emit({ kind: "batch", rev, since: null, changes: [change] });
      vi.advanceTimersByTime(300);
    };
    echo(2, 1.5);
    expect(edit.value?.value).toBe(1.7);
    echo(3, 1.7);
    expect(edit.value).toBeNull();
  });

  test("a value the kernel corrected replaces the edit", () => {
    const { model, store, bridge } = open();
    const [node, speed] = [id("voice"), port("speed")];
    bridge.setInput(node, speed, 3);
    const change = { kind: "input", node, port: speed, value: 2 } as const;
    model.emit({ kind: "batch", rev: 2, since: null, changes: [change] });
    vi.advanceTimersByTime(2000);
    expect(store.edits.of(node, speed).value).toBeNull();
  });
});

describe("answers", () => {
  test("are those that the kinds of commands name, and typed as such", async () => {
    const { model, bridge } = open();
    const command = { kind: "list_runs" as const, node: id("a"), before: 0, limit: 50 };
    const runs = bridge.ask(command);
    const sent = () => model.sent.at(-1)?.id ?? "";
    model.emit({ kind: "runs_listed", id: sent(), rows: [], more: true, sweeps: [] });
    expect((await runs).more).toBe(true);
    // @ts-expect-error: a list of runs has no variants
    expect((await runs).variants).toBeUndefined();
    // @ts-expect-error: nothing answers a run
    bridge.ask({ kind: "run", targets: [], mode: "stale", force: false, item: "" }).catch(() => {});
    // @ts-expect-error: a plan is no bytes
    bridge.media.blob({ kind: "plan", targets: [], mode: "stale", force: false }).catch(() => {});
  });

  test("of another kind are an error", async () => {
    const { model, bridge } = open();
    const answer = bridge.ask({ kind: "star", record: "r" as RunId, on: true });
    model.emit({ kind: "pong", rev: 1 });
    model.emit({ kind: "planned", id: model.sent.at(-1)?.id ?? "", steps: [] });
    await expect(answer).rejects.toThrow("planned");
  });
});

describe("fetched values", () => {
  const ref = { node: id("a"), port: port("b"), path: [], digest: "d" as Digest };

  test("are asked for once, shared, and revoked when nobody shows them", async () => {
    const { model, bridge } = open();
    const revoke = vi.spyOn(URL, "revokeObjectURL");
    const [one, two] = [bridge.media.acquire(ref, 488), bridge.media.acquire(ref, 488)];
    expect(model.commands("fetch")).toHaveLength(1);
    const sent = model.commands("fetch")[0]?.id ?? "";
    const bytes = new DataView(new Uint8Array([1, 2]).buffer);
    model.emit({ kind: "fetched", id: sent, mime: "image/png" }, [bytes]);
    expect(await one).toBe(await two);
    bridge.media.release(ref, 488);
    await vi.advanceTimersByTimeAsync(60000);
    expect(revoke).not.toHaveBeenCalled();
    bridge.media.release(ref, 488);
    await vi.advanceTimersByTimeAsync(60000);
    expect(revoke).toHaveBeenCalledTimes(1);
  });

  test("are asked for again when the answer is lost", async () => {
    const { model, bridge } = open();
    const url = bridge.media.acquire(ref, 100);
    await vi.advanceTimersByTimeAsync(7000);
    expect(model.commands("fetch")).toHaveLength(2);
    model.emit({ kind: "fetched", id: model.sent.at(-1)?.id ?? "", mime: "image/png" });
    expect(await url).toMatch(/^blob:/);
  });
});

describe("edits that the kernel has not confirmed", () => {
  test("are dropped by an undo and by another sheet", () => {
    const { model, store, bridge } = open();
    const edit = () => store.edits.of(id("Parameters"), port("Photos")).value;
    bridge.setInput(id("Parameters"), port("Photos"), 7);
    bridge.undo();
    expect(edit()).toBeNull();
    expect(model.commands("undo")).toHaveLength(1);
    bridge.setInput(id("Parameters"), port("Photos"), 8);
    model.emit({ ...otters("fresh"), rev: 2, sheet: "Sheet 2", sheets: ["Sheet 1", "Sheet 2"] });
    vi.advanceTimersByTime(300);
    expect(edit()).toBeNull();
  });
});
