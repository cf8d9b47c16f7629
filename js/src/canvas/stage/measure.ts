import type { NodeId } from "../../protocol.gen";
import { makeRoom } from "../../state/geometry";
import { batch, effect } from "../../state/signals";
import type { Anchors } from "../../state/view";
import type { App } from "../../ui/context";

const REPORT_MS = 60;
/** What is this far below a card's top was below it before anybody measured it. */
const HEADER = 38;

/** Reads the heights of painted cards and their port rows, and reports changed heights. */
export class Measurer {
  #ids = new Map<Element, NodeId>();
  #changed = new Map<NodeId, number>();
  #reported = new Map<NodeId, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observer = new ResizeObserver((entries) => this.#onResize(entries.map((entry) => entry.target)));

  #stop: () => void;

  constructor(private readonly app: App) {
    this.#stop = effect(() => {
      if (app.view.room.value) this.#soon();
    });
  }

  observe(id: NodeId, host: HTMLElement): () => void {
    this.#ids.set(host, id);
    this.#observer.observe(host);
    return () => {
      this.#ids.delete(host);
      this.#observer.unobserve(host);
    };
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#stop();
    clearTimeout(this.#timer);
  }

  /** Called before the frame is painted, so no frame shows a card that covers another. */
  #onResize(hosts: Element[]): void {
    const before = new Map<NodeId, number>();
    const { view } = this.app;
    batch(() => {
      let heightChanged = false;
      for (const host of hosts) {
        const id = this.#ids.get(host);
        if (id === undefined || !(host instanceof HTMLElement)) continue;
        if (this.#measure(id, host, before)) heightChanged = true;
      }
      this.#makeRoom(before);
      // Cards that a pan brings back are as high as they were: nothing around them has to know.
      if (heightChanged) view.heightRev.value++;
      view.settle();
    });
    if (this.#changed.size > 0) this.#soon();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#report(), REPORT_MS);
  }

  /** Reads one card; notes in `before` how high it was if it grew. Returns whether it changed. */
  #measure(id: NodeId, host: HTMLElement, before: Map<NodeId, number>): boolean {
    const height = host.offsetHeight;
    if (height === 0) return false;
    const { view, store } = this.app;
    const geometry = view.geometry(id);
    const previous = store.heights.get(id) ?? HEADER;
    if (height > previous) before.set(id, previous);
    const heightChanged = geometry.height.peek() !== height;
    geometry.height.value = height;
    geometry.anchors.value = anchorsOf(host);
    store.heights.set(id, height);
    if (this.#reported.get(id) !== height) this.#changed.set(id, height);
    return heightChanged;
  }

  /** Moves what is below the cards that grew, until the kernel says where everything stands. */
  #makeRoom(before: Map<NodeId, number>): void {
    if (before.size === 0) return;
    const { view, store } = this.app;
    const order = store.order.peek();
    const heights = new Map([...before].map(([id, height]) => [order.indexOf(id), height]));
    const cards = view.rects();
    const tops = makeRoom(cards, [...heights.keys()], heights);
    if (tops.size === 0) return;
    store.setPositions(
      Object.fromEntries([...tops].map(([index, y]) => [order[index], [cards[index]?.x ?? 0, y]])),
    );
  }

  #report(): void {
    const heights = Object.fromEntries(this.#changed);
    for (const [id, height] of this.#changed) this.#reported.set(id, height);
    this.#changed.clear();
    this.app.bridge.measured(heights, this.app.view.room.peek());
  }
}

/** Where edges meet a row: beside its first line. */
function anchorsOf(host: HTMLElement): Anchors {
  const anchors = new Map<string, number>();
  for (const row of host.querySelectorAll<HTMLElement>("[data-port]")) {
    anchors.set(row.dataset.port ?? "", row.offsetTop + Math.min(row.offsetHeight / 2, 10));
  }
  return anchors;
}
