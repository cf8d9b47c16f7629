/** A model as points and the lines between them. Pure. */
export interface Shape {
  /** x, y, z of each point. */
  points: number[];
  /** Pairs of indices of points. */
  lines: number[];
  /** What more there is to say of the model. */
  about?: string;
}

/** Moves a shape to the middle and into a ball of radius 1. */
export function centred({ points, lines }: Shape): Shape {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const [i, value] of points.entries()) {
    low[i % 3] = Math.min(low[i % 3] ?? 0, value);
    high[i % 3] = Math.max(high[i % 3] ?? 0, value);
  }
  const middle = low.map((value, i) => (value + (high[i] ?? 0)) / 2);
  const radius = Math.hypot(...low.map((value, i) => ((high[i] ?? 0) - value) / 2)) || 1;
  return { points: points.map((value, i) => (value - (middle[i % 3] ?? 0)) / radius), lines };
}
