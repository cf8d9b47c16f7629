import { describe, expect, test } from "vitest";
import type { Notification } from "../src/protocol.gen";
import { applyChange, type Change, EMPTY, reduce, reuse } from "../src/state/reduce";
import { id, otters, port } from "./fixtures";

const start = reduce(EMPTY, otters("fresh"));
const nodeOf = (state: typeof start, name: string) => state.nodes.find((node) => node.id === name);

function batch(...changes: Change[]): Notification {
  return { kind: "batch", rev: 2, since: null, changes };
}

describe("a batch", () => {
  test("leads to its revision", () => {
    expect(reduce(start, batch()).rev).toBe(2);
  });

  test("changes the state of one node and keeps all others as they are", () => {
    const draft = nodeOf(start, "draft");
    if (!draft) throw new Error("the graph has a draft");
    const state = { ...draft.state, status: "running" as const };
    const next = reduce(start, batch({ kind: "node_state", node: id("draft"), state }));
    expect(nodeOf(next, "draft")?.state.status).toBe("running");
    expect(nodeOf(next, "voice")).toBe(nodeOf(start, "voice"));
    expect(start.nodes).not.toBe(next.nodes);
  });

  test("ignores a node that is not there", () => {
    const change: Change = { kind: "input", node: id("gone"), port: port("x"), value: 1 };
    expect(applyChange(start, change)).toBe(start);
  });

  test("sets the value of an input port", () => {
    const change: Change = { kind: "input", node: id("voice"), port: port("speed"), value: 2 };
    const inputs = nodeOf(applyChange(start, change), "voice")?.inputs;
    expect(inputs?.find((input) => input.name === "speed")?.value).toBe(2);
  });

  test("sets the value that an input node shows on its output", () => {
    const change: Change = {
      kind: "input",
      node: id("Parameters"),
      port: port("Tone"),
      value: "dry",
    };
    const values = nodeOf(applyChange(start, change), "Parameters")?.values;
    expect(values?.[port("Tone")]).toMatchObject({ data: "dry", summary: "dry" });
  });

  test("changes the freshness of the edges it names", () => {
    const [first, second] = start.edges;
    if (!first || !second) throw new Error("the graph has edges");
    const next = applyChange(start, { kind: "edges", fresh: { [first.id]: false } });
    expect(next.edges[0]?.fresh).toBe(false);
    expect(next.edges[1]).toBe(second);
  });

  test("moves cards, shows notices and runs", () => {
    const run = { id: "r", done: 1, total: 2, stopping: false } as never;
    const next = reduce(
      start,
      batch(
        { kind: "layout", widths: {}, positions: { [id("voice")]: [7, 8] } },
        { kind: "notice", text: "look", remark: "" },
        { kind: "run", run },
      ),
    );
    expect(nodeOf(next, "voice")).toMatchObject({ x: 7, y: 8 });
    expect(next).toMatchObject({ notice: "look", run });
  });
});

describe("other notifications", () => {
  test("a snapshot replaces the state but keeps equal parts, so that they are not drawn again", () => {
    const changed = otters("stale");
    const next = reduce(start, changed);
    expect(nodeOf(next, "voice")).toBe(nodeOf(start, "voice"));
    expect(nodeOf(next, "draft")?.state.freshness).toBe("stale");
  });

  test("answers carry no state", () => {
    expect(reduce(start, { kind: "pong", rev: 1 })).toBe(start);
    expect(reduce(start, { kind: "command_rejected", id: "1", error: "no" })).toBe(start);
  });
});

describe("reuse", () => {
  test.each([
    [[1, [2, 3]], [1, [2, 3]], true],
    [{ a: { b: 1 } }, { a: { b: 1 } }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1], [1, 2], false],
    [[], {}, false],
    [null, {}, false],
  ])("of %j for %j", (before, next, same) => {
    expect(reuse<unknown>(before, next) === before).toBe(same);
    expect(reuse<unknown>(before, next)).toEqual(next);
  });
});
