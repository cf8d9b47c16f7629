import type {
  Batch,
  EdgeView,
  Json,
  JsonPreview,
  NodeId,
  NodeView,
  Notification,
  PortName,
  Preview,
  Snapshot,
  Splice,
} from "../protocol.gen";

export type Change = Batch["changes"][number];

export const EMPTY: Snapshot = {
  kind: "snapshot",
  rev: -1,
  name: "",
  sheet: "",
  sheets: [],
  nodes: [],
  edges: [],
  run: null,
  notice: "",
  remark: "",
  visited: false,
  fixed_sheets: [],
  undoable: false,
  redoable: false,
  autorun: false,
};

function withNode(state: Snapshot, id: NodeId, edit: (node: NodeView) => NodeView): Snapshot {
  const index = state.nodes.findIndex((node) => node.id === id);
  const node = state.nodes[index];
  if (!node) return state;
  const nodes = state.nodes.slice();
  nodes[index] = edit(node);
  return { ...state, nodes };
}

function withFreshness(edges: EdgeView[], fresh: Record<string, boolean>): EdgeView[] {
  return edges.map((edge) => {
    const now = fresh[edge.id];
    return now === undefined || now === edge.fresh ? edge : { ...edge, fresh: now };
  });
}

/** The preview of a value that was typed in; the kernel's own replaces it soon. */
export function provisionalPreview(value: Json, before: Preview | undefined): JsonPreview {
  const { digest = null, count = null, items = [] } = before ?? {};
  const summary = typeof value === "string" ? value : JSON.stringify(value);
  const about = {
    kind: "json",
    mime: "application/json",
    inline: true,
    note: "",
    size: null,
  } as const;
  return { ...about, digest, count, items, summary, data: value };
}

/** Sets an input port's value, or the value of an input node's output port. */
function withValue(node: NodeView, port: PortName, value: Json): NodeView {
  if (node.inputs.some((input) => input.name === port)) {
    const inputs = node.inputs.map((input) => (input.name === port ? { ...input, value } : input));
    return { ...node, inputs };
  }
  return {
    ...node,
    values: { ...node.values, [port]: provisionalPreview(value, node.values[port]) },
  };
}

type Part = Record<string | number, unknown>;

/** JSON in which something is another one, at the end of the splice's path. */
function spliced(part: unknown, splice: Splice, depth = 0): unknown {
  const { path, at, more } = splice;
  const step = path[depth];
  if (step === undefined) return at === null ? more : (part as Json[]).slice(0, at).concat(more);
  const copy = (Array.isArray(part) ? [...part] : { ...(part as Part) }) as Part;
  copy[step] = spliced(copy[step], splice, depth + 1);
  return copy;
}

export function applyChange(state: Snapshot, change: Change): Snapshot {
  switch (change.kind) {
    case "node_state":
      return withNode(state, change.node, (node) => ({ ...node, state: change.state }));
    case "node_values":
      return withNode(state, change.node, (node) => ({ ...node, values: change.values }));
    case "value_growth":
      return withNode(state, change.node, (node) => {
        const preview = node.values[change.port];
        if (!preview) return node;
        const grown = change.splices.reduce<unknown>((part, one) => spliced(part, one), preview);
        return { ...node, values: { ...node.values, [change.port]: grown as Preview } };
      });
    case "input":
      return withNode(state, change.node, (node) => withValue(node, change.port, change.value));
    case "edges":
      return { ...state, edges: withFreshness(state.edges, change.fresh) };
    case "toolbar":
      return { ...state, ...change, kind: state.kind };
    case "run":
      return { ...state, run: change.run };
    case "layout":
      return {
        ...state,
        nodes: state.nodes.map((node) => {
          const [x, y] = change.positions[node.id] ?? [node.x, node.y];
          const width = change.widths?.[node.id] ?? node.width;
          return x === node.x && y === node.y && width === node.width
            ? node
            : { ...node, x, y, width };
        }),
      };
    case "collapsed":
      return {
        ...state,
        nodes: state.nodes.map((node) => {
          const collapsed = change.nodes[node.id];
          return collapsed === undefined ? node : { ...node, collapsed };
        }),
      };
    case "notice":
      return { ...state, notice: change.text, remark: change.remark };
    default:
      // A newer kernel may say more than this canvas knows.
      change satisfies never;
      return state;
  }
}

/** The next state. Answers that carry no state leave it as it is. */
export function reduce(state: Snapshot, notification: Notification): Snapshot {
  if (notification.kind === "snapshot") return reuse(state, notification);
  if (notification.kind !== "batch") return state;
  return { ...notification.changes.reduce(applyChange, state), rev: notification.rev };
}

/** `next`, with every part that equals the same part of `before` replaced by it. */
export function reuse<T>(before: unknown, next: T): T {
  if (Object.is(before, next)) return next;
  if (Array.isArray(before) && Array.isArray(next)) return reuseList(before, next) as T;
  if (!isRecord(before) || !isRecord(next)) return next;
  const keys = Object.keys(next);
  const merged = Object.fromEntries(keys.map((key) => [key, reuse(before[key], next[key])]));
  const same =
    keys.length === Object.keys(before).length && keys.every((key) => merged[key] === before[key]);
  return (same ? before : merged) as T;
}

function reuseList(before: unknown[], next: unknown[]): unknown[] {
  const merged = next.map((value, index) => reuse(before[index], value));
  const same =
    before.length === merged.length && merged.every((value, index) => value === before[index]);
  return same ? before : merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
