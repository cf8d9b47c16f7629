import { patternOf } from "../displays/room";

/** Finds a text in what is drawn, and marks the places without touching it. */

const MOST = 2000;
/** A word may be in several of these; all others end it. */
const INLINE = /^(span|b|i|em|strong|a|code|small|mark|bdi|u|s|sub|sup|output)$/i;
const NOT_SAID = "button, input, .daggr-unseen, style";

/** The places of a query, in their order. */
export function placesOf(root: HTMLElement, query: string): Range[] {
  if (!query) return [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: [start: number, node: Text][] = [];
  let text = "";
  let former: Element | null = null;
  for (let next = walker.nextNode(); next; next = walker.nextNode()) {
    const node = next as Text;
    if (!node.parentElement || node.parentElement.closest(NOT_SAID)) continue;
    const block = blockOf(node.parentElement);
    if (former && block !== former) text += "\n";
    former = block;
    nodes.push([text.length, node]);
    text += node.data;
  }
  const matches = [...text.matchAll(patternOf(query))].slice(0, MOST);
  let at = 0;
  const point = (index: number, end: boolean): [Text, number] | null => {
    while (at + 1 < nodes.length && (nodes[at + 1]?.[0] ?? 0) < index + (end ? 0 : 1)) at++;
    const [start, node] = nodes[at] ?? [];
    return node && start !== undefined ? [node, Math.min(index - start, node.length)] : null;
  };
  const ranges: Range[] = [];
  for (const { index, 0: found } of matches) {
    const from = point(index, false);
    const to = point(index + found.length, true);
    if (!from || !to) continue;
    const range = document.createRange();
    range.setStart(...from);
    range.setEnd(...to);
    ranges.push(range);
  }
  return ranges;
}

function blockOf(element: Element): Element {
  let block = element;
  while (INLINE.test(block.tagName) && block.parentElement) block = block.parentElement;
  return block;
}

/** Marks the places, and brings the one that people are at into view. */
export function mark(places: Range[], at: number): void {
  const here = places[at];
  const marks = globalThis.CSS?.highlights;
  if (marks) {
    marks.set("daggr-found", new Highlight(...places));
    marks.set("daggr-here", here ? new Highlight(here) : new Highlight());
  }
  const parent = here?.startContainer.parentElement;
  if (!here || !parent) return;
  for (
    let closed = parent.closest("details:not([open])");
    closed;
    closed = closed.parentElement?.closest("details:not([open])") ?? null
  ) {
    (closed as HTMLDetailsElement).open = true;
  }
  const box = parent.closest(".daggr-scroll");
  if (!box) return;
  const [place, frame] = [here.getBoundingClientRect(), box.getBoundingClientRect()];
  if (place.top < frame.top || place.bottom > frame.bottom)
    box.scrollTop += place.top - frame.top - box.clientHeight / 2;
  if (place.left < frame.left || place.right > frame.right)
    box.scrollLeft += place.left - frame.left - box.clientWidth / 3;
}

export function unmark(): void {
  for (const name of ["daggr-found", "daggr-here"]) globalThis.CSS?.highlights?.delete(name);
}
