import { describe, expect, test } from "vitest";
import { topological } from "../src/lazy/topological";
import {
  boundsOf,
  firstView,
  fit,
  intersects,
  levelOf,
  makeRoom,
  nearest,
  reveal,
  windowOf,
  zoomAbout,
} from "../src/state/geometry";

const size = { width: 1000, height: 600 };
const insets = { top: 60, right: 20, bottom: 50, left: 20 };
const camera = { x: 30, y: -40, zoom: 0.8 };
const toScreen = (c: typeof camera, x: number, y: number) => [c.x + x * c.zoom, c.y + y * c.zoom];

describe("making room", () => {
  const card = (x: number, y: number, height: number) => ({ x, y, width: 268, height });

  test("moves what is below in the same column, and only as far as needed", () => {
    const cards = [card(0, 0, 300), card(0, 132, 100), card(0, 264, 100), card(0, 900, 100)];
    const tops = makeRoom([...cards, card(364, 132, 100)], [0], new Map([[0, 100]]));
    expect([...tops]).toEqual([
      [1, 332],
      [2, 464],
    ]);
  });

  test("leaves alone what already overlapped or stands above", () => {
    const cards = [card(0, 200, 300), card(100, 220, 100), card(0, 0, 100)];
    expect(makeRoom(cards, [0], new Map([[0, 100]])).size).toBe(0);
  });
});

describe("zooming", () => {
  test("keeps the point under the pointer where it is", () => {
    const at = { x: 300, y: 200 };
    const world = { x: (at.x - camera.x) / camera.zoom, y: (at.y - camera.y) / camera.zoom };
    const next = zoomAbout(camera, 1.6, at);
    const [x, y] = toScreen(next, world.x, world.y);
    expect(x).toBeCloseTo(at.x);
    expect(y).toBeCloseTo(at.y);
    expect(next.zoom).toBe(1.6);
  });

  test("stays between its limits", () => {
    expect(zoomAbout(camera, 100, { x: 0, y: 0 }).zoom).toBe(2.5);
    expect(zoomAbout(camera, 0, { x: 0, y: 0 }).zoom).toBe(0.04);
  });

  test.each([
    [1, "full"],
    [0.4, "full"],
    [0.39, "plain"],
    [0.13, "plain"],
    [0.12, "far"],
  ])("at %d cards are %s", (zoom, level) => {
    expect(levelOf(zoom)).toBe(level);
  });
});

describe("fitting", () => {
  test("shows all of a large graph, in the middle", () => {
    const bounds = { x: -100, y: 50, width: 4000, height: 300 };
    const fitted = fit(bounds, size, insets);
    const [left, top] = toScreen(fitted, bounds.x, bounds.y);
    const [right, bottom] = toScreen(fitted, bounds.x + bounds.width, bounds.y + bounds.height);
    expect(left).toBeCloseTo(insets.left);
    expect(right).toBeCloseTo(size.width - insets.right);
    expect((top ?? 0) - insets.top).toBeCloseTo(size.height - insets.bottom - (bottom ?? 0));
  });

  test("never enlarges a small one", () => {
    expect(fit({ x: 0, y: 0, width: 10, height: 10 }, size, insets).zoom).toBe(1);
  });

  test("a first view stays readable and starts at the left", () => {
    const first = firstView([{ x: 500, y: 0, width: 9000, height: 300 }], size, insets);
    expect(first?.zoom).toBe(0.9);
    const nine = Array.from({ length: 9 }, (_, x) => ({
      x: 1000 * x,
      y: 0,
      width: 268,
      height: 300,
    }));
    expect(firstView(nine, size, insets)?.zoom).toBe(0.7);
    expect(toScreen(first ?? camera, 500, 0)[0]).toBeCloseTo(insets.left);
  });

  test("a first view of a tall graph starts at its top", () => {
    const first = firstView([{ x: 0, y: -80, width: 300, height: 5000 }], size, insets);
    expect(toScreen(first ?? camera, 0, -80)[1]).toBeCloseTo(insets.top);
  });

  test.each([0, 2400, 5000, 9900])("a first view shows the source, wherever it stands: %i", (y) => {
    const many = Array.from({ length: 100 }, (_, i) => ({
      x: 400,
      y: i * 100,
      width: 268,
      height: 80,
    }));
    const first = firstView([{ x: 0, y, width: 268, height: 80 }, ...many], size, insets);
    const [left = 0, top = 0] = toScreen(first ?? camera, 0, y);
    expect(left).toBeGreaterThanOrEqual(insets.left);
    expect(top).toBeGreaterThanOrEqual(insets.top);
    expect(top + 56).toBeLessThanOrEqual(size.height - insets.bottom);
  });

  test("nothing has no first view", () => {
    expect(firstView([], size, insets)).toBeNull();
  });
});

describe("culling", () => {
  test("the window of a camera is what it shows", () => {
    const area = windowOf(camera, size);
    expect(toScreen(camera, area.x, area.y)).toEqual([0, 0]);
    expect(area.width * camera.zoom).toBeCloseTo(size.width);
  });

  test("cards inside and at the border are drawn, others are not", () => {
    const area = windowOf({ x: 0, y: 0, zoom: 1 }, size);
    expect(intersects(area, { x: 990, y: 10, width: 50, height: 50 })).toBe(true);
    expect(intersects(area, { x: 1001, y: 10, width: 50, height: 50 })).toBe(false);
  });

  test("bounds of nothing are none", () => {
    expect(boundsOf([])).toBeNull();
  });
});

describe("travelling", () => {
  const card = (x: number, y: number) => ({ x, y, width: 268, height: 200 });

  test("goes to the nearest card in a direction", () => {
    const others = [card(352, 500), card(352, 20), card(704, 0), card(-352, 0), card(0, 300)];
    expect(nearest(card(0, 0), others, "right")).toBe(1);
    expect(nearest(card(0, 0), others, "left")).toBe(3);
    expect(nearest(card(0, 0), others, "down")).toBe(4);
    expect(nearest(card(0, 0), others, "up")).toBe(-1);
  });

  test("pans no further than needed", () => {
    const still = { x: 0, y: 0, zoom: 1 };
    expect(reveal(still, card(100, 100), size, insets)).toEqual(still);
    expect(reveal(still, card(900, 100), size, insets).x).toBe(size.width - insets.right - 1168);
    expect(reveal(still, card(-300, 100), size, insets).x).toBe(320);
  });

  test("a list shows sources before targets", () => {
    const edges = [
      { source: "c", target: "b" },
      { source: "b", target: "a" },
    ];
    expect(topological(["a", "b", "c", "d"], edges)).toEqual(["c", "d", "b", "a"]);
  });
});
