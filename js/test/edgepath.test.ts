import { describe, expect, test } from "vitest";
import { edgePath, route } from "../src/canvas/stage/edgepath";

const plain = { scatter: false, gather: false };
const from = { x: 268, y: 50 };
const to = { x: 700, y: 150 };

function numbers(path: string): number[] {
  return (path.match(/-?[\d.]+/g) ?? []).map(Number);
}

describe("an edge", () => {
  test("starts and ends at its ports, level", () => {
    const points = numbers(edgePath(from, to, [], plain).line);
    expect(points.slice(0, 2)).toEqual([268, 50]);
    expect(points.slice(-2)).toEqual([700, 150]);
    expect(points[3]).toBe(50);
    expect(points[5]).toBe(150);
  });

  test("swings around when the target is to the left", () => {
    const points = numbers(edgePath(to, from, [], plain).line);
    expect(points[2]).toBeGreaterThan(to.x);
    expect(points[4]).toBeLessThan(from.x);
  });

  test("has three prongs at its target when it scatters, at its source when it gathers", () => {
    const scatter = edgePath(from, to, [], { scatter: true, gather: false });
    const gather = edgePath(from, to, [], { scatter: false, gather: true });
    expect(scatter.prongs.match(/M/g)).toHaveLength(3);
    expect(numbers(scatter.line).slice(-2)).toEqual([678, 150]);
    expect(numbers(gather.line).slice(0, 2)).toEqual([290, 50]);
    expect(edgePath(from, to, [], plain).prongs).toBe("");
  });
});

describe("the way of an edge", () => {
  const far = { x: 1400, y: 60 };
  const card = (x: number, y: number, height = 300) => ({ x, y, width: 268, height });

  test("is straight when nothing is in between", () => {
    expect(route(from, far, [card(500, 400)])).toEqual([]);
  });

  test("passes a card through the nearest gap", () => {
    const via = route(from, far, [card(500, -20)]);
    expect(via).toHaveLength(2);
    const [enter, leave] = via;
    expect(enter?.y).toBeLessThanOrEqual(-20);
    expect(enter?.y).toBe(leave?.y);
    expect(enter?.x).toBeLessThan(500);
    expect(leave?.x).toBeGreaterThan(768);
  });

  test("goes between two cards of a column when that is nearer than around them", () => {
    const [enter] = route(from, far, [card(500, -300, 340), card(500, 100)]);
    expect(enter?.y).toBeGreaterThan(40);
    expect(enter?.y).toBeLessThan(100);
  });
});
