import { describe, expect, test } from "vitest";
import { aspectOf, clock, duration, number, plural, statusWord, stress } from "../src/ui/format";

test.each([
  [0, "0 ms"],
  [0.0234, "24 ms"],
  [0.0951, "0.1 s"],
  [0.24, "0.2 s"],
  [3.94, "3.9 s"],
  [9.96, "10 s"],
  [41.6, "42 s"],
  [59.7, "1 min 00 s"],
  [125, "2 min 05 s"],
  [3785, "1 h 03 min"],
  [-1, "0 ms"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("a time is a time of day, and has a date when it is not today", () => {
  const now = new Date(2026, 2, 14, 18, 0);
  const at = new Date(2026, 2, 14, 14, 2).getTime() / 1000;
  expect(clock(at, now)).toBe("14:02");
  expect(clock(at - 86400, now)).toContain("13");
});

describe("the word of a status", () => {
  test.each([
    ["succeeded", "fresh", "fresh"],
    ["cached", "stale", "stale"],
    ["missing", "missing", "not run"],
    ["running", "stale", "running"],
    ["failed", "missing", "failed"],
    ["recovered", "fresh", "recovered"],
    ["recovered", "stale", "stale"],
    ["cancelled", "stale", "stopped"],
    ["succeeded", "unverified", "unverified"],
  ] as const)("%s and %s is %s", (status, freshness, word) => {
    expect(statusWord({ status, freshness }).word).toBe(word);
  });
});

test("a subject is stressed where it stands", () => {
  expect(stress("code of clean changed", "clean")).toEqual(["code of ", "clean", " changed"]);
  expect(stress("volatile", "")).toEqual(["volatile", "", ""]);
});

test("a caption tells the shape of a picture", () => {
  expect(aspectOf("Image 640 × 320")).toBe(2);
  expect(aspectOf("4 × Image")).toBeNull();
});

test.each([
  [0.5, 0.05, "0.50"],
  [3, 1, "3"],
  [0.1, null, "0.1"],
])("%d in steps of %j is %s", (value, step, text) => {
  expect(number(value, step)).toBe(text);
});

test("counts have their noun", () => {
  expect([plural(1, "step"), plural(3, "step")]).toEqual(["1 step", "3 steps"]);
});
