import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach } from "vitest";
import { provide } from "../src/later";
import lazy from "../src/lazy/index";

/** Hands every test of a file an element of its own on the page, with the second part loaded. */
export function onOwnRoot(take: (root: HTMLElement) => void): void {
  let root: HTMLElement;
  beforeEach(() => {
    provide(lazy);
    root = document.createElement("div");
    document.body.append(root);
    take(root);
  });
  afterEach(() => {
    act(() => render(null, root));
    root.remove();
  });
}
