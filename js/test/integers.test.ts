// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import { exact } from "../src/lazy/displays/data/JsonTree";
import { shownText } from "../src/outputs/text";

describe("large integers", () => {
  test.each([
    ["1152921504606846976", { $int: "1152921504606846976" }],
    ["[-9007199254740993]", [{ $int: "-9007199254740993" }]],
    ["[9007199254740991]", [9007199254740991]],
    [
      "[0.12345678901234567890, 1e300, 12345678901234567890.5]",
      [0.12345678901234568, 1e300, 12345678901234567000],
    ],
    [
      '{"a 12345678901234567890": "12345678901234567890"}',
      { "a 12345678901234567890": "12345678901234567890" },
    ],
    ['["\\" 12345678901234567890"]', ['" 12345678901234567890']],
  ])("%s", (text, value) => {
    expect(exact(text)).toEqual(value);
  });

  test("are shown by their digits", () => {
    const data = { a: { $int: "9007199254740993" }, b: [{ $int: "-9007199254740993" }] };
    expect(shownText(data)).toBe(
      '{\n  "a": 9007199254740993,\n  "b": [\n    -9007199254740993\n  ]\n}',
    );
  });

  test("that stand in a text are left alone", () => {
    expect(shownText(['{"$int": "1"}'])).toBe('[\n  "{\\"$int\\": \\"1\\"}"\n]');
  });
});
