import { expect, test } from "vitest";
import { about, type Sight, within } from "../src/lazy/panels/LinkedPictures";

const WHOLE: Sight = { scale: 1, x: 0, y: 0 };

/** Where in the box a point of the picture is, both in parts. */
const placeOf = ({ scale, x, y }: Sight, [px, py]: [number, number]) => [
  px * scale + x,
  py * scale + y,
];

test("what is under the pointer stays there", () => {
  let sight = about(WHOLE, 2.5, 0.25, 0.75);
  expect(placeOf(sight, [0.25, 0.75]).map((at) => at.toFixed(6))).toEqual(["0.250000", "0.750000"]);
  sight = about(sight, 2, 0.25, 0.75);
  expect(placeOf(sight, [0.25, 0.75]).map((at) => at.toFixed(6))).toEqual(["0.250000", "0.750000"]);
  expect(sight.scale).toBe(5);
});

test("no edge of a picture comes into its box, and small ones are whole", () => {
  expect(within({ scale: 2, x: 0.4, y: -7 })).toEqual({ scale: 2, x: 0, y: -1 });
  expect(about({ scale: 2, x: -1, y: 0 }, 0.01, 0.9, 0.1)).toEqual(WHOLE);
  expect(about(WHOLE, 1000, 0.5, 0.5).scale).toBe(16);
});
