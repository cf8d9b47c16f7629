// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Control } from "../src/inputs/Control";
import { provide } from "../src/later";
import lazy from "../src/lazy/index";
import type { Json } from "../src/protocol.gen";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import { component, FakeModel } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;

onOwnRoot((own) => {
  root = own;
});

beforeEach(() => {
  provide(lazy);
  vi.useFakeTimers();
});

afterEach(() => void vi.useRealTimers());

/** A control on its own, and what it has sent. */
function show(type: string, props: Record<string, Json>, value: Json) {
  const sent: Json[] = [];
  const store = new Store();
  const app = {
    store,
    bridge: new Bridge(new FakeModel({}), store),
    view: new View(store),
    zoom: () => {},
  };
  const draw = (now: Json) =>
    act(() =>
      render(
        <AppContext.Provider value={app}>
          <Control
            component={component(type, props)}
            value={now}
            label="It"
            field={{ "aria-label": "It", tabIndex: 0, disabled: false }}
            commit={(next) => void sent.push(next)}
          />
        </AppContext.Provider>,
        root,
      ),
    );
  draw(value);
  return { sent, draw };
}

function field<T extends Element = HTMLInputElement>(selector = "[aria-label=It]"): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

function put(target: HTMLInputElement | HTMLSelectElement, value: string, event = "change") {
  act(() => {
    target.value = value;
    target.dispatchEvent(new Event(event, { bubbles: true }));
  });
}

describe("choices that JSON cannot say", () => {
  const at = (place: number, label: string) => ({ $choice: place, label });
  const choices = [
    ["same", at(0, "same")],
    ["same", at(1, "same")],
    ["other", at(2, "other")],
  ];

  test("are shown and sent by their place", () => {
    const { sent, draw } = show("Dropdown", { choices }, at(1, "same"));
    const select = field<HTMLSelectElement>();
    expect(select.value).toBe("1");
    expect([...select.options].map((each) => each.text)).toEqual(["same", "same", "other"]);
    put(select, "2");
    expect(sent).toEqual([at(2, "other")]);
    draw({ $choice: null, label: "(512, 512)" });
    expect(select.selectedOptions[0]?.text).toBe("(512, 512)");
  });

  test("are one of a group, and several of one", () => {
    const { sent } = show("CheckboxGroup", { choices }, [at(1, "same")]);
    const boxes = [...root.querySelectorAll<HTMLInputElement>("input")];
    expect(boxes.map((box) => box.checked)).toEqual([false, true, false]);
    act(() => boxes[0]?.click());
    expect(sent).toEqual([[at(0, "same"), at(1, "same")]]);
  });

  test("are told apart in a field that takes other texts, too", () => {
    const { sent, draw } = show("Dropdown", { choices, allow_custom_value: true }, at(0, "same"));
    expect(field().value).toBe("same");
    put(field(), "same (2)");
    put(field(), "huge");
    expect(sent).toEqual([at(1, "same"), "huge"]);
    draw(at(1, "same"));
    expect(field().value).toBe("same (2)");
  });

  test("are words where they are only shown", () => {
    show("Dropdown", { choices, fixed: true }, at(2, "other"));
    expect(field(".daggr-readonly").textContent).toBe("other");
  });
});

const wait = (ms = 400) => act(() => void vi.advanceTimersByTime(ms));

/** What a browser says of what is typed in a field of numbers and is none yet: no text at all. */
function half(target: HTMLInputElement) {
  Object.defineProperty(target, "validity", { value: { badInput: true }, configurable: true });
  put(target, "", "input");
}

function whole(target: HTMLInputElement, text: string) {
  Object.defineProperty(target, "validity", { value: { badInput: false }, configurable: true });
  put(target, text, "input");
}

describe("a number", () => {
  test.each([
    ["5", 5],
    ["1.50", 1.5],
    ["", null],
    ["9007199254740993", "9007199254740993"],
    ["-12345678901234567890", "-12345678901234567890"],
    ["-0", "-0"],
    ["1e3", 1000],
  ])("typed as %j is sent as %j", (text, sent) => {
    const control = show("Number", {}, 7);
    whole(field(), text);
    wait();
    expect(control.sent).toEqual([sent]);
  });

  test("that is none yet is not sent, and never as nothing", () => {
    const { sent } = show("Number", {}, 7);
    whole(field(), "1");
    half(field()); // 1e
    wait();
    expect(sent).toEqual([]);
    whole(field(), "1e2");
    wait();
    expect(sent).toEqual([100]);
    half(field());
    act(() => void field().dispatchEvent(new FocusEvent("blur")));
    wait();
    expect([sent, field().value]).toEqual([[100], "7"]);
  });

  test("shows the digits that JSON has not, and says what it cannot show", () => {
    const { draw } = show("Number", {}, "9007199254740993");
    expect(field().value).toBe("9007199254740993");
    draw("inf");
    expect([field().value, field().placeholder]).toEqual(["", "inf"]);
    draw(null);
    expect([field().value, field().placeholder]).toEqual(["", ""]);
  });

  test("outside its bounds is kept within them, with all its digits inside", () => {
    const { sent } = show("Number", { minimum: 0, maximum: 10, precision: 0 }, 3);
    whole(field(), "99");
    wait();
    whole(field(), "2.4");
    wait();
    expect(sent).toEqual([10, 2]);
  });

  test("of a slider between its steps is told as it is", () => {
    const { draw } = show("Slider", { minimum: 0, maximum: 1, step: 0.1 }, 0.55);
    expect(field(".daggr-slider-value").textContent).toBe("0.55");
    draw(0.5);
    expect(field(".daggr-slider-value").textContent).toBe("0.5");
    draw(0.1 + 0.2);
    expect(field(".daggr-slider-value").textContent).toBe("0.3");
  });
});

const FIELDS: [string, Record<string, Json>, Json, Json, Json][] = [
  ["Textbox", {}, "a", "mine", "theirs"],
  ["TextArea", { lines: 3 }, "a", "mine", "theirs"],
  ["Code", {}, "a", "mine", "theirs"],
  ["Number", {}, 1, 2, 3],
  ["JSON", {}, { a: 1 }, { a: 2 }, { a: 3 }],
];

describe.each(FIELDS)("a draft of %s", (type, props, before, mine, theirs) => {
  const text = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));
  const compact = (value: string) => value.replace(/\s/g, "");

  test("is what is typed until it was taken, then what Python has", () => {
    const { sent, draw } = show(type, props, before);
    put(field(), text(mine), "input");
    draw(theirs); // while somebody types
    expect(field().value).toBe(text(mine));
    draw(before);
    wait();
    expect(sent).toEqual([mine]);
    draw(mine);
    expect(compact(field().value)).toBe(text(mine));
    draw(theirs);
    expect(compact(field().value)).toBe(text(theirs));
  });

  test("is what was there before, once Python says so again", () => {
    const { draw } = show(type, props, before);
    put(field(), text(mine), "input");
    wait();
    draw(mine);
    wait(3000);
    draw(before);
    expect(compact(field().value)).toBe(text(before));
  });

  test("stays where it was refused", () => {
    const { draw } = show(type, props, before);
    put(field(), text(mine), "input");
    wait();
    draw(mine);
    draw(before);
    expect(field().value).toBe(text(mine));
  });

  test("is not sent while it is composed", () => {
    const { sent } = show(type, props, before);
    const compose = (event: string) =>
      act(() => {
        const target = field();
        target.value = text(mine);
        const made = new Event(event, { bubbles: true });
        if (event === "input") Object.defineProperty(made, "isComposing", { value: true });
        target.dispatchEvent(made);
      });
    compose("input");
    wait(5000);
    expect([sent, field().value]).toEqual([[], text(mine)]);
    compose("compositionend");
    wait();
    expect(sent).toEqual([mine]);
  });
});

describe("the direction of a text", () => {
  test.each([
    ["hello", "auto"],
    ["עברית".repeat(2000), "rtl"],
    ["(1) العربية".repeat(2000), "rtl"],
    [`1. hello ${"עברית".repeat(2000)}`, "ltr"],
    ["1".repeat(9000), "ltr"],
  ])("of case %# is told by its first letter", (value, dir) => {
    show("TextArea", { lines: 3 }, value);
    expect(field().getAttribute("dir")).toBe(dir);
  });
});

describe("data as a text", () => {
  const exact = (text: string) => ({ $json: text });

  test.each([
    ['{"a": 1.0}', exact('{"a": 1.0}')],
    ["[9007199254740993]", exact("[9007199254740993]")],
    ["[1e3]", exact("[1e3]")],
    ["[NaN, -Infinity]", exact("[NaN, -Infinity]")],
    ['{"a": 1}', { a: 1 }],
    ["", null],
  ])("%j is sent with what its numbers say", (text, sent) => {
    const control = show("JSON", {}, [0]);
    put(field(), text, "input");
    wait();
    expect(control.sent).toEqual([sent]);
  });

  test("stays as it was typed, however the kernel writes it", () => {
    const { sent, draw } = show("JSON", {}, exact("[\n  1.0\n]"));
    expect(field().value).toBe("[\n  1.0\n]");
    put(field(), "[2.0,3]", "input");
    wait();
    expect(sent).toEqual([exact("[2.0,3]")]);
    draw(exact("[2.0,3]"));
    draw(exact("[\n  2.0,\n  3\n]"));
    expect(field().value).toBe("[2.0,3]");
    draw(exact("[\n  4.0\n]"));
    expect(field().value).toBe("[\n  4.0\n]");
  });

  test("that is none is not sent, and says why", () => {
    const { sent } = show("JSON", {}, {});
    put(field(), "[1.0,", "input");
    wait();
    expect(sent).toEqual([]);
    expect(root.querySelector("[role=alert]")?.textContent).toContain("No JSON yet");
  });
});
