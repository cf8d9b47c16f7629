// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Control } from "../src/inputs/Control";
import type { ComponentView, Json } from "../src/protocol.gen";

let root: HTMLElement;
const sent: Json[] = [];

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  sent.length = 0;
});
afterEach(() => {
  act(() => render(null, root));
  root.remove();
});

function show(type: string, props: ComponentView["props"], value: Json) {
  const component = { type, label: null, props, labels_itself: false } as unknown as ComponentView;
  const field = { "aria-label": type, tabIndex: 0 as const, disabled: false };
  const commit = (next: Json) => sent.push(next);
  act(() =>
    render(
      <Control component={component} value={value} label={type} field={field} commit={commit} />,
      root,
    ),
  );
  return root.querySelector<HTMLInputElement>("input, textarea");
}

function fire(target: HTMLElement | null, event: Event) {
  act(() => {
    target?.dispatchEvent(event);
  });
}

test.each([
  ["Textbox", { type: "password" }],
  ["Textbox", {}],
  ["Textbox", { lines: 4 }],
  ["TextArea", {}],
])("a secret in a %s %o shows that it is set, and nothing else", (type, props) => {
  const input = show(type, props, { $set: true });
  expect(input?.value).toBe("");
  expect(input?.placeholder).toBe("is set");
  fire(input, new Event("blur", { bubbles: true }));
  expect(sent).toEqual([]);
});

test("what is typed in its place is sent, and hidden again", () => {
  const input = show("Textbox", { type: "password" }, { $set: true });
  if (!input) throw new Error("no field");
  expect(input.type).toBe("password");
  act(() => {
    input.value = "new";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  fire(input, new FocusEvent("focusout", { bubbles: true }));
  fire(input, new FocusEvent("blur"));
  expect(sent).toEqual(["new"]);
  expect(show("Textbox", { type: "password" }, { $set: true })?.value).toBe("");
});

test.each(["Number", "JSON", "Dropdown"])(
  "a secret in another control, %s, is not edited",
  (type) => {
    expect(show(type, {}, { $set: true })).toBeNull();
    expect(root.textContent).toBe("is set");
  },
);
