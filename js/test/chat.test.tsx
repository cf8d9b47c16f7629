// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import { Conversation } from "../src/lazy/chat/Conversation";
import { saidIn, saidLast } from "../src/lazy/chat/turns";
import { RareControl } from "../src/lazy/controls/RareControl";
import type { CardState, ChatCommand, ChatView, Snapshot } from "../src/protocol.gen";
import { Store } from "../src/state/store";
import { View } from "../src/state/view";
import { AppContext } from "../src/ui/context";
import { Bridge } from "../src/wire/bridge";
import { chats, component, FakeModel, id } from "./fixtures";
import { onOwnRoot } from "./root";

let root: HTMLElement;
let store: Store;
let model: FakeModel;

onOwnRoot((own) => {
  root = own;
});

function show(snapshot: Snapshot): void {
  store = new Store();
  model = new FakeModel({ snapshot });
  const bridge = new Bridge(model, store);
  const app = { store, bridge, view: new View(store), zoom: () => {} };
  const card = store.card(id("Chat"));
  if (!card) throw new Error("no card");
  const drawn = <Conversation card={card} />;
  act(() => render(<AppContext.Provider value={app}>{drawn}</AppContext.Provider>, root));
}

/** What the kernel says then. */
function become(snapshot: Snapshot): void {
  act(() => store.load({ ...snapshot, rev: store.state.rev + 1 }));
}

const field = () => root.querySelector<HTMLTextAreaElement>(".daggr-talk-field textarea");
const button = (name: string) =>
  [...root.querySelectorAll("button")].find(
    (each) => each.getAttribute("aria-label") === name || each.textContent === name,
  );
const click = (name: string) => act(() => button(name)?.click());
const said = () => [...root.querySelectorAll(".daggr-said-text")].map((each) => each.textContent);
const orders = () => model.commands("chat") as ChatCommand[];

function type(element: HTMLTextAreaElement | null, text: string): void {
  if (!element) throw new Error("no field");
  act(() => {
    element.value = text;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function press(element: HTMLTextAreaElement | null, key: string, more = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  act(() => void element?.dispatchEvent(event));
  return event;
}

async function refuse(error: string): Promise<void> {
  await act(async () => {
    model.emit({ kind: "command_rejected", id: orders()[0]?.id ?? "", error });
    await new Promise((resolve) => setTimeout(resolve));
  });
}

test("what was said stands there, with the answer that the port shows", () => {
  show(chats());
  expect(said()).toEqual([
    "Do otters hold hands?",
    "Some do, asleep.\n",
    "How deep do they dive?",
    "Sea otters about 75 m.\n",
  ]);
  const log = root.querySelector("[role=log]");
  expect(log?.getAttribute("aria-live")).toBe("polite");
  expect(log?.getAttribute("aria-busy")).toBe("false");
  expect(root.querySelector("strong")?.textContent).toBe("You");
});

test.each<[ChatView["phase"], Partial<ChatView>, string, string | undefined]>([
  ["waiting", {}, "Answering", "Stop answering"],
  ["waiting", { problem: "It waits for a person." }, "It waits for a person.", "Stop answering"],
  ["speaking", {}, "Sea otters about 75 m.", "Stop answering"],
  ["said", {}, "Sea otters about 75 m.", "Answer again"],
  ["stopped", { text: "Sea ot" }, "Sea ot", "Answer again"],
  ["failed", { problem: "overloaded" }, "overloaded", "Try again"],
  ["missing", {}, "Not answered.", "Answer"],
])("an answer says how it stands: %s", (phase, changes, text, name) => {
  show(chats(phase, changes));
  const answer = root.querySelector("li:last-child");
  expect(answer?.textContent).toContain(text);
  expect(name && button(name)).toBeTruthy();
  const shows = phase === "speaking" || phase === "said";
  expect(root.textContent?.includes("75 m")).toBe(shows);
  const busy = phase === "waiting" || phase === "speaking";
  expect(root.querySelector("[role=log]")?.getAttribute("aria-busy")).toBe(String(busy));
});

test("Enter says something, and it stands there at once", () => {
  show(chats());
  type(field(), "And rivers?");
  expect(press(field(), "Enter", { shiftKey: true }).defaultPrevented).toBe(false);
  expect(press(field(), "Enter", { isComposing: true }).defaultPrevented).toBe(false);
  expect(orders()).toEqual([]);
  press(field(), "Enter");
  const order = { node: "Chat", action: "say", text: "And rivers?", at: null, after: 3 };
  expect(orders()).toMatchObject([order]);
  expect(field()?.value).toBe("");
  expect(said().at(-1)).toBe("And rivers?");
  expect(button("Stop answering")).toBeTruthy();
});

test.each([
  ["", "nothing"],
  ["  \n ", "blanks"],
])("nothing is no message: %j (%s)", (text) => {
  show(chats());
  type(field(), text);
  press(field(), "Enter");
  click("Send");
  expect(orders()).toEqual([]);
});

test("what the kernel refuses is back in the field, with the reason", async () => {
  show(chats());
  type(field(), "And rivers?");
  press(field(), "Enter");
  const error = "'Chat' is being answered.";
  await refuse(error);
  expect(field()?.value).toBe("And rivers?");
  expect(root.querySelector("[role=status]")?.textContent).toBe(error);
  expect(said().at(-1)).toContain("75 m");
});

test("a message of which only the reply was lost is not said to be refused", async () => {
  show(chats());
  type(field(), "And rivers?");
  press(field(), "Enter");
  const turns = [
    { role: "user", content: "How deep do they dive?" },
    { role: "assistant", content: "75 m" },
    { role: "user", content: "And rivers?" },
  ];
  become(chats("waiting", {}, turns));
  await refuse("more was said");
  expect(field()?.value).toBe("");
  expect(root.querySelector("[role=status]")?.textContent).toBe("");
});

test("while it speaks, Enter keeps what is written, and the button stops it", () => {
  show(chats("speaking"));
  type(field(), "Wait");
  press(field(), "Enter");
  expect(orders()).toEqual([]);
  expect(field()?.value).toBe("Wait");
  expect(root.querySelector("[role=status]")?.textContent).toContain("still answering");
  expect(button("Edit message")).toBeUndefined();
  const stop = button("Stop answering");
  click("Stop answering");
  expect(orders()).toMatchObject([{ action: "stop" }]);
  become(chats("stopped", { text: "Sea ot" }));
  expect(button("Send"), "one button, which keeps the focus").toBe(stop);
});

test("an earlier message is edited in its place", async () => {
  show(chats());
  click("Edit message");
  const editor = root.querySelector<HTMLTextAreaElement>(".daggr-talk-edit textarea");
  expect(editor?.value).toBe("Do otters hold hands?");
  press(editor, "Escape");
  expect(root.querySelector(".daggr-talk-edit")).toBeNull();
  click("Edit message");
  const again = root.querySelector<HTMLTextAreaElement>(".daggr-talk-edit textarea");
  type(again, "Do seals?");
  press(again, "Enter");
  expect(orders()).toMatchObject([{ action: "say", text: "Do seals?", at: 0, after: 3 }]);
  expect(said()).toEqual(["Do seals?"]);
  await refuse("no");
  const kept = root.querySelector<HTMLTextAreaElement>(".daggr-talk-edit textarea");
  expect(kept?.value, "what was written is not lost").toBe("Do seals?");
});

test("an edited last message shows its answer when there is one", async () => {
  const turns = (text: string) => [{ role: "user", content: text }];
  show(chats("said", {}, turns("Hi")));
  click("Edit message");
  const editor = root.querySelector<HTMLTextAreaElement>(".daggr-talk-edit textarea");
  type(editor, "Hey");
  press(editor, "Enter");
  expect(said()).toEqual(["Hey"]);
  await act(async () => {
    model.emit({ kind: "done", id: orders()[0]?.id ?? "" });
    await new Promise((resolve) => setTimeout(resolve));
  });
  become(chats("said", {}, turns("Hey")));
  expect(said()).toEqual(["Hey", "Sea otters about 75 m.\n"]);
  expect(button("Send")).toBeTruthy();
});

test("answers to the same message are paged through", () => {
  const older = id("r1");
  show(chats("said", { versions: { index: 2, total: 2, older, newer: null } as never }));
  expect(root.querySelector(".daggr-talk-versions")?.textContent).toBe("2/2");
  click("Next answer");
  expect(orders()).toEqual([]);
  click("Previous answer");
  click("Answer again");
  expect(orders()).toMatchObject([{ action: "choose", record: "r1" }, { action: "regenerate" }]);
});

test("one answer has no pages", () => {
  show(chats());
  expect(root.querySelector(".daggr-talk-versions")).toBeNull();
});

test("it takes two presses to clear", () => {
  show(chats());
  click("Clear");
  expect(orders()).toEqual([]);
  click("Clear all of it?");
  expect(orders()).toMatchObject([{ action: "clear" }]);
});

test("examples are there to begin with", () => {
  show(chats("none", {}, []));
  click("What do they eat?");
  expect(orders()).toMatchObject([{ action: "say", text: "What do they eat?", after: 0 }]);
  expect(button("Do they sleep?")).toBeUndefined();
});

test("an answer that was made before a change says so", () => {
  const snapshot = chats();
  const { nodes } = snapshot;
  const answering = nodes[1];
  if (!answering) throw new Error("no model");
  const state: CardState = { ...answering.state, freshness: "stale" };
  show({ ...snapshot, nodes: [nodes[0] as never, { ...answering, state }] });
  expect(root.textContent).toContain("Made before something was changed.");
});

test("without a kernel there is nothing to do but to read and copy", () => {
  show(chats());
  act(() => {
    store.connection.value = "none";
  });
  expect(field()).toBeNull();
  for (const name of ["Edit message", "Answer again", "Clear"])
    expect(button(name)).toBeUndefined();
  expect(button("Copy message")).toBeTruthy();
});

test("a message is copied as it was written", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
  show(chats());
  await act(async () =>
    root.querySelectorAll<HTMLElement>("[aria-label='Copy message']")[1]?.click(),
  );
  expect(writeText).toHaveBeenCalledWith("Some do, **asleep**.");
  vi.unstubAllGlobals();
});

test("nothing of what was said is a script", () => {
  show(
    chats("said", {}, [{ role: "assistant", content: "<img src=x onerror=alert(1)>" }] as never),
  );
  expect(root.querySelector("img")).toBeNull();
});

test.each([
  ["Hi", "Hi"],
  [[{ type: "text", text: "a" }, { type: "image_url" }], "a\n\n(image_url)"],
  [null, ""],
  [{ content: "a" }, "a"],
])("the text of content %j", (content, text) => {
  expect(saidIn(content)).toBe(text);
});

test("of a conversation as a result, what it says after the last message counts", () => {
  const line = (who: string, text: string) => ({ who, text });
  expect(saidLast([line("assistant", "a"), line("user", "b"), line("assistant", "c")])).toBe("c");
  expect(saidLast([line("user", "b")])).toBe("");
});

/** The control of an input that is a conversation, and what it sends. */
function control(value: unknown, props = {}): unknown[] {
  const sent: unknown[] = [];
  store = new Store();
  model = new FakeModel({ snapshot: chats() });
  const bridge = new Bridge(model, store);
  const app = { store, bridge, view: new View(store), zoom: () => {} };
  const drawn = (
    <RareControl
      component={component("Chatbot", props)}
      value={value as never}
      label="chat"
      field={{ "aria-label": "chat", tabIndex: 0, disabled: false }}
      commit={(next) => sent.push(next)}
      source={{ node: id("model"), port: "messages" as never, path: [] }}
    />
  );
  act(() => render(<AppContext.Provider value={app}>{drawn}</AppContext.Provider>, root));
  return sent;
}

const HI = { role: "user", content: "Hi" };

test("a conversation as an input is edited message by message", () => {
  const sent = control([HI, { role: "assistant", content: "Hello!", name: "Bo" }]);
  const roles = [...root.querySelectorAll("select")].map((each) => each.value);
  expect(roles).toEqual(["user", "assistant"]);
  const text = root.querySelector<HTMLTextAreaElement>("[aria-label='Content of message 1']");
  type(text, "Hey!");
  act(() => void text?.dispatchEvent(new FocusEvent("blur")));
  click("Add message");
  click("Remove message 0");
  const hello = { role: "assistant", content: "Hello!", name: "Bo" };
  expect(sent).toEqual([
    [HI, { ...hello, content: "Hey!" }],
    [HI, hello, { role: "user", content: "" }],
    [hello],
  ]);
});

test("a part that is no text stays as it is", () => {
  control([{ role: "user", content: [{ type: "text", text: "Look" }, { type: "image_url" }] }]);
  const field = root.querySelector<HTMLTextAreaElement>("[aria-label='Content of message 0']");
  expect(field?.value).toBe("Look\n\n(image_url)");
  expect(field?.readOnly).toBe(true);
});

test("one that is not to be edited is read", () => {
  control([HI], { fixed: true });
  expect(root.querySelector("textarea, select")).toBeNull();
  expect(root.textContent).toContain("Hi");
});
