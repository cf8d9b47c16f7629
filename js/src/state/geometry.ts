/** Pure geometry of the canvas. World units are CSS pixels at zoom 1. */

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Point, Size {}

/** Where the world lies on the screen: `screen = world * zoom + (x, y)`. */
export interface Camera extends Point {
  zoom: number;
}

export const CARD_WIDTH = 268;
export const ZOOM = { min: 0.04, max: 2.5, first: 0.7, plain: 0.4, far: 0.13 };
/** Up to so many cards, a first view shows every text as large as this makes it. */
const FEW = { cards: 8, zoom: 0.9 };

export type Level = "full" | "plain" | "far";

export function levelOf(zoom: number): Level {
  if (zoom >= ZOOM.plain) return "full";
  return zoom >= ZOOM.far ? "plain" : "far";
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The camera after zooming to `zoom` with the point under `at` (screen) staying where it is. */
export function zoomAbout(camera: Camera, zoom: number, at: Point): Camera {
  const next = clamp(zoom, ZOOM.min, ZOOM.max);
  const ratio = next / camera.zoom;
  return { zoom: next, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio };
}

/** What of the world a view of this size shows, widened by `margin` screen pixels. */
export function windowOf(camera: Camera, size: Size, margin = 0): Rect {
  const { x, y, zoom } = camera;
  return {
    x: (-margin - x) / zoom,
    y: (-margin - y) / zoom,
    width: (size.width + 2 * margin) / zoom,
    height: (size.height + 2 * margin) / zoom,
  };
}

export function intersects(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function boundsOf(rects: Iterable<Rect>): Rect | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    left = Math.min(left, rect.x);
    top = Math.min(top, rect.y);
    right = Math.max(right, rect.x + rect.width);
    bottom = Math.max(bottom, rect.y + rect.height);
  }
  return left > right ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

/** Room that the toolbar and the zoom bar need, in screen pixels. */
export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

function zoomToFit(bounds: Rect, size: Size, insets: Insets): number {
  const width = size.width - insets.left - insets.right;
  const height = size.height - insets.top - insets.bottom;
  return Math.min(width / Math.max(bounds.width, 1), height / Math.max(bounds.height, 1));
}

/** The camera that shows all of `bounds`, in the middle. */
export function fit(bounds: Rect, size: Size, insets: Insets, max = 1): Camera {
  const zoom = clamp(zoomToFit(bounds, size, insets), ZOOM.min, max);
  return centre(bounds, size, insets, zoom);
}

/** The zoom below which a first view does not go, so that it can be read. */
export function readableZoom(cards: number): number {
  return cards <= FEW.cards ? FEW.zoom : ZOOM.first;
}

/** How high a view is that is so wide, to show all of `bounds` as large as its width allows. */
export function heightFor(bounds: Rect, width: number, insets: Insets, least: number): number {
  const zoom = clamp(zoomToFit(bounds, { width, height: Infinity }, insets), least, 1);
  return Math.ceil(bounds.height * zoom + insets.top + insets.bottom);
}

/**
 * The camera of a first view: readable, whatever the number of cards. Where not all cards fit, those furthest to
 * the left are in view, as the sources are; in the middle if all of them fit, else from the top.
 */
export function firstView(cards: readonly Rect[], size: Size, insets: Insets): Camera | null {
  const bounds = boundsOf(cards);
  if (!bounds) return null;
  const zoom = clamp(zoomToFit(bounds, size, insets), readableZoom(cards.length), 1);
  const camera = centre(bounds, size, insets, zoom);
  const free = size.height - insets.top - insets.bottom;
  // The topmost, as what is folded into rows is read like a text.
  const first = cards.reduce<Rect | null>(
    (best, card) => (card.x === bounds.x && (!best || card.y < best.y) ? card : best),
    null,
  );
  if (!first || bounds.height * zoom <= free) return camera;
  // The top, where the sources are in view from there.
  if (first.y + first.height - bounds.y <= free / zoom) return camera;
  const above = Math.max((free - first.height * zoom) / 2, 0);
  const start = clamp(first.y - above / zoom, bounds.y, bounds.y + bounds.height - free / zoom);
  return { ...camera, y: insets.top - start * zoom };
}

function centre(bounds: Rect, size: Size, insets: Insets, zoom: number): Camera {
  const freeX = size.width - insets.left - insets.right - bounds.width * zoom;
  const freeY = size.height - insets.top - insets.bottom - bounds.height * zoom;
  return {
    zoom,
    x: insets.left + Math.max(freeX / 2, 0) - bounds.x * zoom,
    y: insets.top + Math.max(freeY / 2, 0) - bounds.y * zoom,
  };
}

/** The camera moved as little as possible so that `rect` is in view, its start before its end. */
export function reveal(camera: Camera, rect: Rect, size: Size, insets: Insets): Camera {
  const { x, y, zoom } = camera;
  const shift = (low: number, length: number, from: number, to: number) =>
    low < from || length > to - from ? from - low : Math.min(to - low - length, 0);
  const dx = shift(rect.x * zoom + x, rect.width * zoom, insets.left, size.width - insets.right);
  const dy = shift(rect.y * zoom + y, rect.height * zoom, insets.top, size.height - insets.bottom);
  return { zoom, x: x + dx, y: y + dy };
}

/** The least distance between cards above each other, as the kernel keeps it. */
const GAP = 32;

/**
 * New tops of the cards that must move down because `grown` cards are taller than `before` says.
 * Only cards that stood below move; those that already overlapped stay.
 */
export function makeRoom(
  cards: readonly Rect[],
  grown: readonly number[],
  before: ReadonlyMap<number, number>,
): Map<number, number> {
  const tops = new Map<number, number>();
  const queue = [...grown];
  for (const source of queue) {
    const card = cards[source];
    if (!card) continue;
    const floor = card.y + (before.get(source) ?? card.height);
    const bottom = (tops.get(source) ?? card.y) + card.height + GAP;
    cards.forEach((other, index) => {
      const beside = other.x >= card.x + card.width || card.x >= other.x + other.width;
      if (index === source || beside || other.y < floor) return;
      if ((tops.get(index) ?? other.y) >= bottom) return;
      tops.set(index, bottom);
      queue.push(index);
    });
  }
  return tops;
}

export type Direction = "left" | "right" | "up" | "down";

/** The index of the rectangle nearest to `from` in a direction, or -1. */
export function nearest(from: Rect, others: readonly Rect[], direction: Direction): number {
  const sideways = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let [best, bestCost] = [-1, Infinity];
  others.forEach((other, index) => {
    const dx = other.x + other.width / 2 - from.x - from.width / 2;
    const dy = other.y + other.height / 2 - from.y - from.height / 2;
    const along = (sideways ? dx : dy) * sign;
    const across = Math.abs(sideways ? dy : dx);
    if (along <= 1 || (!sideways && across > from.width)) return;
    const cost = along + 2 * across;
    if (cost < bestCost) [best, bestCost] = [index, cost];
  });
  return best;
}
