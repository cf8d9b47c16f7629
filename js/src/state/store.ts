import type {
  CardState,
  EdgeView,
  InputView,
  NodeId,
  NodeView,
  Notification,
  PortName,
  Preview,
  Snapshot,
} from "../protocol.gen";
import { Edits } from "./edits";
import { CARD_WIDTH, type Point } from "./geometry";
import { applyChange, EMPTY, reduce, reuse } from "./reduce";
import { batch, computed, type ReadonlySignal, type Signal, signal } from "./signals";

/** What of a card only a new snapshot changes. */
export type CardShape = Omit<NodeView, "inputs" | "state" | "values" | "x" | "y" | "width">;

/** One card's signals: one status change touches one card, one edit one row. */
export interface CardSignals {
  id: NodeId;
  shape: Signal<CardShape>;
  inputs: Signal<InputView[]>;
  /** The inputs that count; the one that says which variant does the work comes first. */
  rows: ReadonlySignal<InputView[]>;
  state: Signal<CardState>;
  values: Signal<NodeView["values"]>;
  position: Signal<Point & { width: number }>;
}

export type Connection = "connecting" | "live" | "lost" | "none";

export interface Toast {
  id: number;
  text: string;
  /** Whether it says that something was done; else it says why it was not. */
  done?: boolean;
}

export interface Banner {
  kind: Connection | "notice" | "hint";
  text: string;
}

const CONNECTION: Partial<Record<Connection, string>> = {
  lost: "Kernel disconnected or busy: this is its last state. Run the cell to reconnect.",
  none: "No kernel: this is the saved state. Run the cell to go on.",
};
const TOAST_MS = 8000;
const BUSY = new Set<CardState["status"]>(["queued", "running", "stopping", "waiting"]);

/** Everything the views of one model share. */
export class Store {
  /** All that is shown; it may lag a frame behind `state`. */
  readonly shown = signal<Snapshot>(EMPTY);
  readonly name = computed(() => this.shown.value.name);
  readonly sheet = computed(() => this.shown.value.sheet);
  readonly sheets = computed(() => this.shown.value.sheets);
  /** Those that are not to be renamed or deleted here. */
  readonly fixedSheets = computed(() => this.shown.value.fixed_sheets ?? []);
  /** The edges that count: none into inputs of variants that are not chosen. */
  readonly edges = computed(() => this.#visibleEdges());
  /** The cards that ask a person something. */
  readonly waiting = this.#having("waiting");
  readonly failed = this.#having("failed");
  readonly run = computed(() => this.shown.value.run);
  readonly order = signal<NodeId[]>([]);
  /** What a person should know of where the graph is shown. */
  readonly hint = signal("");
  readonly connection = signal<Connection>("connecting");
  readonly toasts = signal<Toast[]>([]);
  /** Grows whenever a card moved: one thing to watch in place of a thousand. */
  readonly layoutRev = signal(0);
  /** Whether cards move where the kernel puts them: that is shown as a movement. */
  readonly gliding = signal(false);
  readonly edits = new Edits();
  /** Last measured heights, for views that open later. */
  readonly heights = new Map<NodeId, number>();
  readonly runnableCount = computed(
    () => this.order.value.filter((id) => this.card(id)?.shape.value.runnable).length,
  );
  readonly staleCount: ReadonlySignal<number> = computed(() => this.#countStale());
  readonly readOnly = computed(() => this.connection.value === "none");

  readonly banners = computed(() => this.#banners());

  #cards = new Map<NodeId, CardSignals>();
  #lastEdges: EdgeView[] = [];
  #state: Snapshot = EMPTY;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextToast = 1;

  constructor(private readonly persist: (state: Snapshot) => void = () => {}) {}

  get state(): Snapshot {
    return this.#state;
  }

  card(id: NodeId): CardSignals | undefined {
    return this.#cards.get(id);
  }

  /** Takes a notification in; what it changes is shown with the next frame. */
  receive(notification: Notification): void {
    this.#state = reduce(this.#state, notification);
    const changes = notification.kind === "batch" ? notification.changes : [];
    if (changes.some((change) => change.kind === "layout")) this.gliding.value = true;
    this.#schedule();
  }

  /** Takes a snapshot in and shows it at once. */
  load(snapshot: Snapshot): void {
    this.#state = reduce(this.#state, snapshot);
    this.flush();
  }

  /** Shows cards at once where a hand, or a card that grew, has just put them. */
  setPositions(positions: Record<NodeId, [x: number, y: number]>): void {
    this.#state = applyChange(this.#state, { kind: "layout", positions, widths: {} });
    this.flush();
    this.gliding.value = false;
  }

  /** Shows a card as wide as a hand has just made it. */
  setWidth(id: NodeId, width: number): void {
    this.#state = applyChange(this.#state, {
      kind: "layout",
      positions: {},
      widths: { [id]: width },
    });
    this.flush();
    this.gliding.value = false;
  }

  toast(text: string): void {
    const id = this.#nextToast++;
    this.toasts.value = [...this.toasts.value.slice(-99), { id, text }];
    setTimeout(() => this.dismiss(id), TOAST_MS);
  }

  dismiss(id: number): void {
    this.toasts.value = this.toasts.value.filter((toast) => toast.id !== id);
  }

  /** Shows everything received so far. */
  flush(): void {
    this.#unschedule();
    const previous = this.shown.peek();
    const now = this.#state;
    if (previous === now) return;
    batch(() => {
      if (previous.sheet !== now.sheet) this.edits.clear();
      this.shown.value = now;
      this.#publishNodes(previous.nodes, now.nodes);
    });
    this.persist(now);
  }

  dispose(): void {
    this.#unschedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    // Hidden pages get no frames, yet what they hold is saved with the notebook.
    this.#timer = setTimeout(() => this.flush(), 250);
    this.#frame = requestAnimationFrame(() => this.flush());
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = undefined;
  }

  #publishNodes(previous: NodeView[], now: NodeView[]): void {
    if (previous === now) return;
    let layoutChanged = false;
    now.forEach((node, index) => {
      if (node === previous[index]) return;
      layoutChanged = this.#publishNode(node) || layoutChanged;
    });
    const order = reuse(
      this.order.peek(),
      now.map((node) => node.id),
    );
    if (order !== this.order.peek()) {
      this.order.value = order;
      const alive = new Set(order);
      for (const id of this.#cards.keys()) if (!alive.has(id)) this.#cards.delete(id);
      layoutChanged = true;
    }
    if (layoutChanged) this.layoutRev.value++;
  }

  /** Updates one card's signals; tells whether the card moved. */
  #publishNode(node: NodeView): boolean {
    const { inputs, state, values, x, y, width = CARD_WIDTH, ...shape } = node;
    const { id } = shape;
    const card = this.#cards.get(id);
    if (!card) {
      const base = { id, shape: signal(shape), inputs: signal(inputs) };
      this.#cards.set(id, {
        ...base,
        rows: computed(() => this.#rows(base)),
        state: signal(state),
        values: signal(values),
        position: signal({ x, y, width }),
      });
      return true;
    }
    card.shape.value = reuse(card.shape.peek(), shape);
    const questionKey = card.state.peek().question?.key;
    if (questionKey && questionKey !== state.question?.key) this.edits.drop(id, questionKey);
    card.state.value = state;
    this.#publishValues(card, node);
    const position = card.position.peek();
    card.position.value = reuse(position, { x, y, width });
    return card.position.peek() !== position;
  }

  #publishValues(card: CardSignals, node: NodeView): void {
    if (card.inputs.peek() !== node.inputs) {
      card.inputs.value = node.inputs;
      for (const input of node.inputs) this.edits.settle(node.id, input.name, input.value);
    }
    if (card.values.peek() === node.values) return;
    card.values.value = node.values;
    for (const [port, preview] of Object.entries(node.values) as [PortName, Preview][]) {
      this.edits.settle(node.id, port, preview.data);
    }
  }

  #banners(): Banner[] {
    const kind = this.connection.value;
    const { notice, remark } = this.shown.value;
    const lines: Banner[] = [
      { kind, text: CONNECTION[kind] as string },
      { kind: "notice", text: notice },
      { kind: "hint", text: remark },
      { kind: "hint", text: this.hint.value },
    ];
    return lines.filter(({ text }) => text);
  }

  #rows({ id, shape, inputs }: Pick<CardSignals, "id" | "shape" | "inputs">): InputView[] {
    const all = inputs.value;
    const selector = all.find((input) => input.name === shape.value.selector);
    if (!selector) return all;
    const variant = (this.edits.of(id, selector.name).value ?? selector).value;
    const counts = (each: InputView) => !each.variant || each.variant === variant;
    return [selector, ...all.filter((each) => each !== selector && counts(each))];
  }

  #visibleEdges(): EdgeView[] {
    const { nodes, edges } = this.shown.value;
    const choices = nodes.filter((node) => node.selector).map((node) => node.id);
    const counts = ({ target, target_port }: EdgeView) =>
      !choices.includes(target) ||
      this.card(target)?.rows.value.some((input) => input.name === target_port);
    this.#lastEdges = choices.length ? reuse(this.#lastEdges, edges.filter(counts)) : edges;
    return this.#lastEdges;
  }

  /** The cards of a status; the same list as long as they are the same. */
  #having(status: CardState["status"]): ReadonlySignal<NodeId[]> {
    let last: NodeId[] = [];
    return computed(() => {
      const nodes = this.shown.value.nodes.filter((node) => node.state.status === status);
      last = reuse(
        last,
        nodes.map((node) => node.id),
      );
      return last;
    });
  }

  /** How many nodes a run could bring up to date: none below a question that is open. */
  #countStale(): number {
    let count = 0;
    const blocked = new Set(this.waiting.value);
    for (const id of blocked) {
      for (const edge of this.edges.value) if (edge.source === id) blocked.add(edge.target);
    }
    for (const id of this.order.value) {
      if (blocked.has(id)) continue;
      const card = this.#cards.get(id);
      if (!card?.shape.value.runnable) continue;
      const { freshness, status } = card.state.value;
      if (freshness !== "fresh" && !BUSY.has(status)) count++;
    }
    return count;
  }
}
