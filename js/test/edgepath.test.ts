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

  describe("back to the left", () => {
    const row = (y: number) => [0, 322, 644].map((x) => ({ x, y, width: 268, height: 150 }));
    const cards = [...row(0), ...row(220)];
    const start = { x: 912, y: 100 };
    const end = { x: 0, y: 250 };
    const level = (lane: number) => {
      const points = numbers(edgePath(start, end, cards, plain, lane).line);
      const pairs = points.flatMap((x, i) => (i % 2 ? [] : [[x, points[i + 1] ?? 0] as const]));
      const ends = (near: (x: number) => boolean) =>
        pairs.filter(([x]) => near(x)).map(([, y]) => y);
      const right = ends((x) => x > 890);
      const heights = ends((x) => x < 20).filter((y) => right.includes(y));
      expect(heights.length).toBeGreaterThan(0);
      expect(pairs[0]).toEqual([912, 100]);
      expect(pairs.at(-1)).toEqual([0, 250]);
      return heights;
    };

    test("runs between the rows", () => {
      for (const y of level(0)) {
        expect(y).toBeGreaterThan(150);
        expect(y).toBeLessThan(220);
      }
    });

    test("keeps apart from others that do", () => {
      const all = [0, 1, 2, 3].flatMap((lane) => [...new Set(level(lane))]);
      expect(new Set(all).size).toBeGreaterThanOrEqual(4);
      for (const y of all) expect(y > 150 && y < 220).toBe(true);
    });

    test("leaves its source to the right and enters its target from the left", () => {
      const points = numbers(edgePath(start, end, cards, plain).line);
      expect(points[2]).toBeGreaterThan(912);
      expect(Math.min(...points.filter((_, i) => i % 2 === 0))).toBeLessThan(0);
    });
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

  test("keeps apart from other edges that pass the same card", () => {
    const heights = [0, 1, 2].map((lane) => route(from, far, [card(500, -20)], lane)[0]?.y ?? 0);
    expect(new Set(heights).size).toBe(3);
    for (const y of heights) expect(y).toBeLessThan(-20);
  });

  test("goes between two cards of a column when that is nearer than around them", () => {
    const [enter] = route(from, far, [card(500, -300, 340), card(500, 100)]);
    expect(enter?.y).toBeGreaterThan(40);
    expect(enter?.y).toBeLessThan(100);
  });
});
