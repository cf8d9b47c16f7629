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
            commit={(next) => sent.push(next)}
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
