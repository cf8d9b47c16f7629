/**
 * A page of its own: gives the canvas a model over one WebSocket, as anywidget's hosts do over a comm.
 * A bundle of its own, which imports the canvas from beside it.
 */
import widget from "./index";
import type { Model } from "./wire/model";

type Listener = (...args: never[]) => void;
interface Frame {
  state?: Record<string, unknown>;
  message?: unknown;
  /** What the server knows this page by: it finds its inputs again after the line was cut. */
  visit?: string;
  sizes?: number[];
}

const VISIT = "daggr_nb.visit";
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
/** Why the server closes a socket that it will not serve. */
const FULL = 1013;

/** Bytes of a frame: the length of its header, the header, and the buffers behind it. */
export function packed(header: Frame, buffers: ArrayBuffer[]): ArrayBuffer {
  const sizes = buffers.map((buffer) => buffer.byteLength);
  const text = new TextEncoder().encode(JSON.stringify({ ...header, sizes }));
  const all = new Uint8Array(4 + text.length + sizes.reduce((sum, size) => sum + size, 0));
  new DataView(all.buffer).setUint32(0, text.length);
  all.set(text, 4);
  let at = 4 + text.length;
  for (const buffer of buffers) {
    all.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return all.buffer;
}

/** The header of a frame and the buffers behind it, which are views of it. */
export function unpacked(data: ArrayBuffer): [Frame, DataView<ArrayBuffer>[]] {
  const length = new DataView(data).getUint32(0);
  const header: Frame = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const buffers = (header.sizes ?? []).map((size) => {
    at += size;
    return new DataView(data, at - size, size);
  });
  return [header, buffers];
}

/** The model that the canvas is given. What is sent while the line is cut is an error. */
export class SocketModel implements Model {
  readonly #state: Record<string, unknown> = {};
  readonly #listeners = new Map<string, Listener[]>();
  #socket: WebSocket | undefined;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: () => string,
    private readonly told: { ready: () => void; full: () => void },
  ) {}

  get(key: string): unknown {
    return this.#state[key];
  }

  set(key: string, value: unknown): void {
    this.#state[key] = value;
    this.#fire(`change:${key}`);
  }

  save_changes(): void {} // what views share is the server's; the rest is this page's own

  on(event: string, callback: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback]);
  }

  off(event: string, callback: Listener): void {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== callback);
    this.#listeners.set(event, left);
  }

  send(content: unknown, _callbacks?: unknown, buffers: ArrayBuffer[] = []): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) throw new Error("The server does not answer.");
    const frame = { message: content };
    this.#socket.send(buffers.length ? packed(frame, buffers) : JSON.stringify(frame));
  }

  /** Opens the line, and again whenever it is cut; each time after a longer while. */
  open(): void {
    clearTimeout(this.#timer);
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return;
    const visit = this.#visit();
    const has = "snapshot" in this.#state ? "1" : "";
    const socket = new WebSocket(`${this.address()}?${new URLSearchParams({ visit, has })}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => {
      if (code === FULL) this.told.full();
      this.#timer = setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    };
    this.#socket = socket;
  }

  #receive(data: string | ArrayBuffer): void {
    const [frame, buffers] =
      typeof data === "string" ? [JSON.parse(data) as Frame, []] : unpacked(data);
    if (frame.visit) {
      this.#keepVisit(frame.visit);
      this.#wait = FIRST_WAIT_MS;
    }
    for (const [key, value] of Object.entries(frame.state ?? {})) this.set(key, value);
    if (frame.visit) this.told.ready();
    if (frame.message) this.#fire("msg:custom", frame.message, buffers);
  }

  #known = "";

  #visit(): string {
    try {
      return sessionStorage.getItem(VISIT) ?? this.#known;
    } catch {
      return this.#known;
    }
  }

  /** In a frame on another site's page a browser may have no storage: then a reload begins anew. */
  #keepVisit(visit: string): void {
    this.#known = visit;
    try {
      sessionStorage.setItem(VISIT, visit);
    } catch {}
  }

  #fire(event: string, ...args: unknown[]): void {
    for (const callback of this.#listeners.get(event) ?? []) callback(...(args as never[]));
  }
}

/**
 * Frames with scripts get an address of their own, whose policy lets them run there and reach nothing:
 * one in `srcdoc` would be under the policy of this page.
 */
function isolateFrames(address: string): void {
  const { prototype } = HTMLIFrameElement;
  const own = Object.getOwnPropertyDescriptor(prototype, "srcdoc");
  Object.defineProperty(prototype, "srcdoc", {
    ...own,
    set(this: HTMLIFrameElement, text: string) {
      if (!this.sandbox.contains("allow-scripts")) return own?.set?.call(this, text);
      const write = () => this.contentWindow?.postMessage({ daggrPage: text }, "*");
      this.addEventListener("load", write, { once: true });
      this.src = address;
    },
  });
}

/** Shows the canvas as high as the window, once the server has said what is on it. */
function start(): void {
  const el = document.querySelector<HTMLElement>("#canvas");
  if (!el) return;
  const said = document.querySelector("#said");
  const here = new URL(".", location.href);
  const socket = () => new URL("ws", here).href.replace(/^http/, "ws");
  let shown = false;
  const model = new SocketModel(socket, {
    ready: () => {
      said?.remove();
      if (shown) return;
      shown = true;
      const canvas = widget();
      canvas.initialize({ model });
      canvas.render({ model, el });
    },
    full: () => {
      if (said) said.textContent = "There is no room for more visitors now. This page tries again.";
    },
  });
  isolateFrames(new URL("frame", here).href);
  const fill = () => model.set("height", innerHeight);
  fill();
  addEventListener("resize", fill);
  addEventListener("online", () => model.open());
  document.addEventListener("visibilitychange", () => document.hidden || model.open());
  model.open();
}

if (typeof document !== "undefined") start();
