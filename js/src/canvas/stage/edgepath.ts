/** The shape of an edge: smooth, around the cards between its ends, forked at a scatter. */
import type { Point, Rect } from "../../state/geometry";

export const PRONG = { length: 22, spread: 7 };
const GAP = 14;
/** How far edges that go the same way are apart, and how many of them are told apart. */
const LANE = { width: 5, count: 6, turns: 3 };
const RADIUS = 9;

export interface EdgeShape {
  scatter: boolean;
  gather: boolean;
}

export interface EdgePath {
  line: string;
  /** The marks of a scatter or a gather: never dashed, so that they stay legible. */
  prongs: string;
}

/**
 * The SVG paths of an edge from a source port to a target port, around `cards`, which are all but
 * those at its ends. Edges with other lanes keep apart where they go the same way.
 */
export function edgePath(
  from: Point,
  to: Point,
  cards: readonly Rect[],
  shape: EdgeShape,
  lane = 0,
): EdgePath {
  const start = shape.gather ? { x: from.x + PRONG.length, y: from.y } : from;
  const end = shape.scatter ? { x: to.x - PRONG.length, y: to.y } : to;
  return {
    line:
      to.x < from.x
        ? rounded(back(start, end, cards, lane))
        : curve([start, ...route(from, to, cards, lane), end]),
    prongs: (shape.gather ? prongs(from, start) : "") + (shape.scatter ? prongs(to, end) : ""),
  };
}

/** Three prongs, spread at `tip` and joined at `joint`. */
function prongs(tip: Point, joint: Point): string {
  const bend = (tip.x + joint.x) / 2;
  return [-PRONG.spread, 0, PRONG.spread]
    .map(
      (dy) =>
        `M${tip.x} ${tip.y + dy}C${bend} ${tip.y + dy} ${bend} ${joint.y} ${joint.x} ${joint.y}`,
    )
    .join("");
}

/** Cubic curves through the points that enter and leave each of them level. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  let at = first;
  for (const next of rest) {
    path += segment(at, next);
    at = next;
  }
  return path;
}

function segment(a: Point, b: Point): string {
  const dx = b.x - a.x;
  // A target to the left of its source needs room to swing around.
  const reach = dx > 0 ? Math.max(dx / 2, Math.min(40, dx)) : Math.min(60 - dx / 2, 260);
  return `C${round(a.x + reach)} ${round(a.y)} ${round(b.x - reach)} ${round(b.y)} ${round(b.x)} ${round(b.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Points that lead an edge past the cards in its way.
 *
 * Cards are met from left to right; each group of cards that shares a column is passed through
 * the free gap nearest to the straight line.
 */
export function route(from: Point, to: Point, cards: readonly Rect[], lane = 0): Point[] {
  const between = cards.filter((card) => card.x >= from.x && card.x + card.width <= to.x);
  if (between.length === 0) return [];
  const via: Point[] = [];
  let at = from;
  for (const column of columnsOf(between)) {
    const left = Math.min(...column.map((card) => card.x)) - GAP;
    const right = Math.max(...column.map((card) => card.x + card.width)) + GAP;
    const slope = (to.y - at.y) / Math.max(to.x - at.x, 1);
    const ideal = at.y + slope * ((left + right) / 2 - at.x);
    if (!blocked(column, at.y + slope * (left - at.x), at.y + slope * (right - at.x))) continue;
    const y = inLane(column, freeY(column, ideal), lane);
    via.push({ x: left, y }, { x: right, y });
    at = { x: right, y };
  }
  return via;
}

/**
 * Points that lead an edge back to the left: out of the source, level between the two rows of cards,
 * and into the target from its left.
 */
function back(from: Point, to: Point, cards: readonly Rect[], lane: number): Point[] {
  const turn = GAP + (lane % LANE.turns) * LANE.width;
  const [right, left] = [from.x + turn, to.x - turn];
  const across = cards.filter((card) => card.x < right && card.x + card.width > left);
  const y = inLane(across, freeY(across, (from.y + to.y) / 2), lane);
  return [from, { x: right, y: from.y }, { x: right, y }, { x: left, y }, { x: left, y: to.y }, to];
}

/** A line with level and upright parts and round corners. */
function rounded(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  rest.forEach((at, index) => {
    const before = rest[index - 1] ?? first;
    const next = rest[index + 1];
    if (!next) {
      path += `L${round(at.x)} ${round(at.y)}`;
      return;
    }
    const [a, b] = [toward(at, before), toward(at, next)];
    path += `L${round(a.x)} ${round(a.y)}Q${round(at.x)} ${round(at.y)} ${round(b.x)} ${round(b.y)}`;
  });
  return path;
}

/** The point on the way from a corner to the next where its curve ends. */
function toward(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const part = length ? Math.min(RADIUS, length / 2) / length : 0;
  return { x: corner.x + (other.x - corner.x) * part, y: corner.y + (other.y - corner.y) * part };
}

/** A height beside the one that all would take, away from the cards, if there is room. */
function inLane(cards: readonly Rect[], y: number, lane: number): number {
  const above = cards.some((card) => card.y - GAP === y);
  const shift = (lane % LANE.count) * LANE.width * (above ? -1 : 1);
  const free = cards.every(
    (card) => y + shift <= card.y - LANE.width || y + shift >= card.y + card.height + LANE.width,
  );
  return free ? y + shift : y;
}

function columnsOf(cards: readonly Rect[]): Rect[][] {
  const columns: { right: number; cards: Rect[] }[] = [];
  for (const card of [...cards].sort((a, b) => a.x - b.x)) {
    const last = columns.at(-1);
    if (last && card.x < last.right) {
      last.cards.push(card);
      last.right = Math.max(last.right, card.x + card.width);
    } else {
      columns.push({ right: card.x + card.width, cards: [card] });
    }
  }
  return columns.map((column) => column.cards);
}

/** Whether a smooth line from height `y1` to `y2` would touch a card of the column. */
function blocked(column: readonly Rect[], y1: number, y2: number): boolean {
  const top = Math.min(y1, y2) - GAP;
  const bottom = Math.max(y1, y2) + GAP;
  return column.some((card) => card.y < bottom && card.y + card.height > top);
}

/** The height nearest to `ideal` that no card of the column covers. */
function freeY(column: readonly Rect[], ideal: number): number {
  const covered = column
    .map((card) => [card.y - GAP, card.y + card.height + GAP] as const)
    .sort((a, b) => a[0] - b[0]);
  let [best, bestCost] = [ideal, Infinity];
  const candidates = [ideal, ...covered.flat()];
  for (const y of candidates) {
    const free = covered.every(([top, bottom]) => y <= top || y >= bottom);
    const cost = Math.abs(y - ideal);
    if (free && cost < bestCost) [best, bestCost] = [y, cost];
  }
  return best;
}
