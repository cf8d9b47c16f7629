import type { App } from "../context";
import type { NodeId } from "../protocol.gen";
import type { Anchors } from "./view";

const REPORT_MS = 250;

/** Reads the heights of painted cards and their port rows, and reports changed heights. */
export class Measurer {
  #ids = new Map<Element, NodeId>();
  #changed = new Map<NodeId, number>();
  #reported = new Map<NodeId, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #observer = new ResizeObserver((entries) => this.#onResize(entries.map((entry) => entry.target)));

  constructor(private readonly app: App) {}

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
    clearTimeout(this.#timer);
  }

  #onResize(hosts: Element[]): void {
    for (const host of hosts) {
      const id = this.#ids.get(host);
      if (id !== undefined && host instanceof HTMLElement) this.#measure(id, host);
    }
    this.app.view.heightRev.value++;
    this.app.view.settle();
    if (this.#changed.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#report(), REPORT_MS);
  }

  #measure(id: NodeId, host: HTMLElement): void {
    const height = host.offsetHeight;
    if (height === 0) return;
    const geometry = this.app.view.geometry(id);
    geometry.height.value = height;
    geometry.anchors.value = anchorsOf(host);
    this.app.store.heights.set(id, height);
    if (this.#reported.get(id) !== height) this.#changed.set(id, height);
  }

  #report(): void {
    const heights = Object.fromEntries(this.#changed);
    for (const [id, height] of this.#changed) this.#reported.set(id, height);
    this.#changed.clear();
    this.app.bridge.measured(heights);
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
