import type { NodeId } from "../protocol.gen";
import {
  boundsOf,
  CARD_WIDTH,
  type Camera,
  clamp,
  type Direction,
  firstView,
  fit,
  heightFor,
  type Insets,
  intersects,
  levelOf,
  nearest,
  type Rect,
  readableZoom,
  reveal,
  type Size,
  windowOf,
  ZOOM,
  zoomAbout,
} from "./geometry";
import { reuse } from "./reduce";
import { computed, type ReadonlySignal, type Signal, signal } from "./signals";
import type { Store } from "./store";

const BAR_HEIGHT = 45;
const INSETS: Insets = { top: BAR_HEIGHT + 14, right: 16, bottom: 20, left: 16 };
const LOWEST = 240;
/** A canvas takes no more than this of what a person sees at once. */
const SHARE = 0.8;
/** A canvas that could be this much lower becomes so; less is not worth moving the page. */
const SLACK = 100;
/** Moves of the camera that nobody sees. */
const STILL_PX = 2;
const BANNER_HEIGHT = 40;
const TABS_HEIGHT = 34;
/** Up to this width tabs have a row of their own; the style sheet says so too. */
const TABS_ROW = 1000;
export const NARROW = 420;
/** Where the plane lies in its stage, in pixels; the style sheet says so too. */
export const MIDDLE = 20_000;
const DEFAULT_HEIGHT = 150;
/** Cards this many screen pixels outside are drawn too, so that panning meets them ready. */
const MARGIN = 240;
/** A graph of so few cards is drawn whole. */
const SMALL = 40;
/** Cards outside the view that are drawn in one frame. */
const PER_FRAME = 8;

/** Heights of port rows in their card, by `in:NAME` and `out:NAME`. */
export type Anchors = ReadonlyMap<string, number>;

interface CardGeometry {
  height: Signal<number>;
  anchors: Signal<Anchors>;
}

export interface PanelOf {
  name: "history" | "variants" | "search";
  node: NodeId | null;
}

export interface Highlight {
  kind: "plan" | "kin";
  cards: ReadonlySet<NodeId>;
}

export interface Peeked {
  at: Element;
  x: number;
  y: number;
}

/** What belongs to one view of a model: camera, focus, sizes. */
export class View {
  readonly camera = signal<Camera>({ x: 0, y: 0, zoom: 1 });
  readonly size = signal<Size>({ width: 0, height: 0 });
  /** The card the arrow keys are at: the canvas's one tab stop. */
  readonly active = signal<NodeId | null>(null);
  /** The card whose controls are reachable with Tab. */
  readonly entered = signal<NodeId | null>(null);
  readonly help = signal(false);
  /** What is open beside the graph. */
  readonly panel = signal<PanelOf | null>(null);
  /** The cards that stand out while all others fade, and what for. */
  readonly highlight = signal<Highlight | null>(null);
  /** Edges that stand out, as a person points at them or at a port. */
  readonly lit = signal<ReadonlySet<string>>(new Set());
  /** The mode to run in, or the edge, that is pointed at. */
  readonly peeked = signal<Peeked | null>(null);
  /** A key for the second part. */
  readonly pendingKey = signal<string | null>(null);
  /** Whether there is a map: where not all is in view, unless a person says otherwise. */
  readonly map = signal<boolean | null>(null);
  /** How high it would be to show all cards, in pixels. */
  readonly needed = signal(0);
  /** Width and height that it has for cards at zoom 1, while it shows what it likes. */
  readonly room = signal<readonly [width: number, height: number] | null>(null);
  /** Whether the camera goes where a person has not sent it: that is shown as a movement. */
  readonly following = signal(false);
  /** Whether it has the whole screen. */
  readonly large = signal(false);
  readonly level = computed(() => levelOf(this.camera.value.zoom));
  readonly narrow = computed(() => this.size.value.width > 0 && this.size.value.width < NARROW);
  readonly window: ReadonlySignal<Rect>;
  /** Where all cards stand, for what looks at all of them again and again. */
  readonly layout: ReadonlySignal<ReadonlyMap<NodeId, Rect>>;
  readonly visible: ReadonlySignal<NodeId[]>;
  /** The cards that are drawn: those in view, and soon those around it. */
  readonly mounted = signal<NodeId[]>([]);
  root: HTMLElement | null = null;
  stage: HTMLElement | null = null;

  #geometry = new Map<NodeId, CardGeometry>();
  readonly heightRev = signal(0);
  /** What is shown as cards grow: what a first view shows, all of them, or nothing else. */
  #shows: "first" | "all" | null = "first";
  #before: { camera: Camera; shows: "first" | "all" | null } | null = null;
  #settled = false;
  #lastWindow: Rect = { x: 0, y: 0, width: 0, height: 0 };
  #lastVisible: NodeId[] = [];
  #frame = 0;

  constructor(readonly store: Store) {
    this.window = computed(() => this.#window());
    this.layout = computed(() => {
      store.layoutRev.value;
      this.heightRev.value;
      return new Map(store.order.value.map((id) => [id, this.rect(id)]));
    });
    this.visible = computed(() => this.#visible());
  }

  geometry(id: NodeId): CardGeometry {
    let geometry = this.#geometry.get(id);
    if (!geometry) {
      const height = this.store.heights.get(id) ?? DEFAULT_HEIGHT;
      geometry = { height: signal(height), anchors: signal(new Map()) };
      this.#geometry.set(id, geometry);
    }
    return geometry;
  }

  rect(id: NodeId): Rect {
    const position = this.store.card(id)?.position.peek() ?? { x: 0, y: 0, width: CARD_WIDTH };
    return { ...position, height: this.geometry(id).height.peek() };
  }

  rects(): Rect[] {
    return this.store.order.peek().map((id) => this.rect(id));
  }

  /** A person has moved the view or a card: from now on only they do. */
  touch(): void {
    this.#shows = null;
    this.room.value = null;
  }

  setCamera(camera: Camera): void {
    this.touch();
    this.following.value = false;
    this.camera.value = camera;
  }

  pan(dx: number, dy: number): void {
    const { x, y, zoom } = this.camera.peek();
    this.setCamera({ x: x + dx, y: y + dy, zoom });
  }

  zoomBy(factor: number, at = this.#middle()): void {
    const camera = this.camera.peek();
    this.setCamera(zoomAbout(camera, camera.zoom * factor, at));
  }

  zoomTo(zoom: number): void {
    this.setCamera(zoomAbout(this.camera.peek(), zoom, this.#middle()));
  }

  fit(): void {
    this.#shows = "all";
    this.settle();
  }

  /** In full screen all is shown; who comes back finds the view as they left it. */
  enlarge(large: boolean): void {
    if (large === this.large.peek()) return;
    this.large.value = large;
    if (large) {
      this.#before = { camera: this.camera.peek(), shows: this.#shows };
      this.#shows = "all";
    } else if (this.#before) {
      this.#shows = this.#before.shows;
      if (!this.#shows) this.setCamera(this.#before.camera);
      this.#before = null;
    }
  }

  /** Shows what is to be seen as cards are measured, move and grow, until a person moves it. */
  settle(): void {
    const size = this.size.peek();
    if (this.narrow.peek()) this.needed.value = SHARE * seenAtOnce(this.root);
    if (!this.#shows || size.width === 0 || this.narrow.peek()) return;
    const rects = this.rects();
    const bounds = boundsOf(rects);
    if (!bounds) return;
    const insets = this.#insets();
    this.#grow(bounds, size.width, insets);
    const camera =
      this.#shows === "all" ? fit(bounds, size, insets) : firstView(rects, size, insets);
    const { x, y, zoom } = this.camera.peek();
    if (
      !camera ||
      Math.hypot(camera.x - x, camera.y - y) + 99 * Math.abs(camera.zoom - zoom) < STILL_PX
    )
      return;
    // The first time, it is there.
    this.following.value = this.#settled;
    this.#settled = true;
    this.camera.value = camera;
  }

  #grow(bounds: Rect, width: number, insets: Insets): void {
    const most = this.#before ? this.size.peek().height : SHARE * seenAtOnce(this.root);
    const least = readableZoom(this.store.order.peek().length);
    const height = clamp(heightFor(bounds, width, insets, least), LOWEST, most);
    const now = this.needed.peek();
    if (!this.#before && (height > now || height < now - SLACK)) this.needed.value = height;
    const room = [width - insets.left - insets.right, most - insets.top - insets.bottom] as const;
    this.room.value = reuse(this.room.peek(), room);
  }

  reveal(id: NodeId): void {
    this.setCamera(reveal(this.camera.peek(), this.rect(id), this.size.peek(), this.#insets()));
  }

  /** The card next to the active one in a direction, or the first one. */
  neighbour(direction: Direction): NodeId | null {
    const order = this.store.order.peek();
    const active = this.active.peek();
    if (!active || !order.includes(active)) return this.#leftmost();
    const others = order.filter((id) => id !== active);
    const index = nearest(
      this.rect(active),
      others.map((id) => this.rect(id)),
      direction,
    );
    return others[index] ?? null;
  }

  focusCard(id: NodeId): void {
    this.active.value = id;
    if (!this.narrow.peek()) this.reveal(id);
    // The card may be drawn only now, when it was far outside.
    requestAnimationFrame(() => this.article(id)?.focus({ preventScroll: !this.narrow.peek() }));
  }

  /** Brings a card near, and the focus to it. */
  visit(id: NodeId): void {
    this.zoomTo(Math.max(this.camera.peek().zoom, ZOOM.first));
    this.focusCard(id);
  }

  /** Scrolls nothing: a plane that was not displayed has lost where it was. */
  toMiddle(): void {
    this.stage?.querySelector("div")?.scrollTo(MIDDLE, MIDDLE);
  }

  article(id: NodeId): HTMLElement | null {
    return this.root?.querySelector(`article[data-node="${CSS.escape(id)}"]`) ?? null;
  }

  /** Draws cards in view at once, and cards around the view a few per frame. */
  mount = (): void => {
    const visible = this.size.value.width ? this.visible.value : [];
    const previous = this.mounted.peek();
    const drawn = new Set(previous);
    const area = windowOf(this.camera.peek(), this.size.peek());
    let room = visible.length > SMALL ? PER_FRAME : SMALL;
    const next = visible.filter(
      (id) => drawn.has(id) || intersects(area, this.rect(id)) || room-- > 0,
    );
    this.mounted.value = reuse(previous, next);
    cancelAnimationFrame(this.#frame);
    if (next.length < visible.length) this.#frame = requestAnimationFrame(this.mount);
  };

  /** How much the toolbar takes of the top, in pixels. */
  get barHeight(): number {
    return this.#insets().top - INSETS.top + BAR_HEIGHT;
  }

  #insets(): Insets {
    const banners = this.store.banners.peek().length;
    const tabs = this.store.sheets.peek().length > 1 && this.size.peek().width <= TABS_ROW;
    return { ...INSETS, top: INSETS.top + banners * BANNER_HEIGHT + (tabs ? TABS_HEIGHT : 0) };
  }

  #middle() {
    const { width, height } = this.size.peek();
    return { x: width / 2, y: height / 2 };
  }

  #leftmost(): NodeId | null {
    const order = this.store.order.peek();
    const ahead = (a: Rect, b: Rect) => a.x < b.x || (a.x === b.x && a.y < b.y);
    return order.reduce<NodeId | null>(
      (best, id) => (best === null || ahead(this.rect(id), this.rect(best)) ? id : best),
      null,
    );
  }

  /** The visible part of the world in coarse steps: it changes far more rarely than the camera. */
  #window(): Rect {
    const { zoom } = this.camera.value;
    const margin = this.store.order.value.length > SMALL ? MARGIN : 1e5;
    const rect = windowOf(this.camera.value, this.size.value, margin);
    const step = 120 / zoom;
    const down = (value: number) => Math.floor(value / step) * step;
    const up = (value: number) => Math.ceil(value / step) * step;
    const [x, y] = [down(rect.x), down(rect.y)];
    const next = { x, y, width: up(rect.x + rect.width) - x, height: up(rect.y + rect.height) - y };
    this.#lastWindow = reuse(this.#lastWindow, next);
    return this.#lastWindow;
  }

  #visible(): NodeId[] {
    const area = this.window.value;
    const pinned = new Set([this.active.value, this.entered.value]);
    const far = this.level.value === "far";
    const ids: NodeId[] = [];
    for (const [id, rect] of this.layout.value) {
      if (pinned.has(id) || (!far && intersects(area, rect))) ids.push(id);
    }
    this.#lastVisible = reuse(this.#lastVisible, ids);
    return this.#lastVisible;
  }
}

/** How high what a person sees of the page is, in pixels: a frame in it is as high as it wants. */
function seenAtOnce(root: HTMLElement | null): number {
  const page = root?.ownerDocument.defaultView;
  if (!page) return 0;
  return page.top === page ? page.innerHeight : SHARE * page.screen.availHeight;
}
