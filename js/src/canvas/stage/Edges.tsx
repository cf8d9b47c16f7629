import type { EdgeView, NodeId } from "../../protocol.gen";
import { boundsOf, CARD_WIDTH, intersects, type Point, type Rect } from "../../state/geometry";
import type { ReadonlySignal } from "../../state/signals";
import type { View } from "../../state/view";
import { useApp } from "../../ui/context";
import { useComputed, useValue } from "../../ui/reactive";
import { edgePath } from "./edgepath";

/** Where an edge meets a card whose rows were not painted yet: below its header. */
const UNPAINTED = 56;

function end(view: View, node: NodeId, row: string, side: "left" | "right"): Point | null {
  const card = view.store.card(node);
  if (!card) return null;
  const { x, y, width } = card.position.value;
  const { anchors, height } = view.geometry(node);
  const dy = anchors.value.get(row) ?? Math.min(UNPAINTED, height.value / 2);
  return { x: side === "left" ? x : x + width, y: y + dy };
}

/** The edges that may cross the visible part of the world. */
export function Edges() {
  const { store, view } = useApp();
  const boxes = useComputed(() => {
    const { value: layout } = view.layout;
    return store.edges.value.flatMap(({ id, source, target }) => {
      const ends = [layout.get(source), layout.get(target)].filter((rect) => rect !== undefined);
      const box = boundsOf(ends);
      return box ? [{ id, box }] : [];
    });
  });
  const visible = useValue(() => {
    if (view.level.value === "far") return [];
    const area = view.window.value;
    return boxes.value.filter(({ box }) => intersects(area, box)).map(({ id }) => id);
  });
  const lanes = useComputed(() => lanesOf(store.edges.value));
  const byId = useValue(() => new Map(store.edges.value.map((edge) => [edge.id, edge])));
  return (
    <svg class="daggr-edges" width="1" height="1" aria-hidden="true">
      {visible.map((id) => {
        const edge = byId.get(id);
        return edge && <Edge key={id} edge={edge} lanes={lanes} />;
      })}
    </svg>
  );
}

/** A lane for each edge that may share its way with others: those of a card are side by side. */
function lanesOf(edges: readonly EdgeView[]): Map<EdgeView["id"], number> {
  const used = new Map<NodeId, number>();
  return new Map(
    edges.map(({ id, source }, index) => {
      const lane = used.get(source) ?? index;
      used.set(source, lane + 1);
      return [id, lane];
    }),
  );
}

function useEdgePath(edge: EdgeView, lanes: ReadonlySignal<Map<EdgeView["id"], number>>) {
  const { view } = useApp();
  return useValue(() => {
    const from = end(view, edge.source, `out:${edge.source_port}`, "right");
    const to = end(view, edge.target, `in:${edge.target_port}`, "left");
    if (!from || !to) return { line: "", prongs: "" };
    const { value: layout } = view.layout;
    const ahead = to.x >= from.x;
    const long = ahead && to.x - from.x > CARD_WIDTH;
    const cards = long || !ahead ? obstacles(layout, edge, ahead) : [];
    return edgePath(from, to, cards, edge, cards.length ? lanes.value.get(edge.id) : 0);
  });
}

/** What an edge goes around: who leads back to the left passes the cards at its ends, too. */
function obstacles(
  layout: ReadonlyMap<NodeId, Rect>,
  { source, target }: EdgeView,
  ahead: boolean,
): Rect[] {
  const own = (id: NodeId) => ahead && (id === source || id === target);
  return [...layout].flatMap(([id, rect]) => (own(id) ? [] : [rect]));
}

interface EdgeProps {
  edge: EdgeView;
  lanes: ReadonlySignal<Map<EdgeView["id"], number>>;
}

function Edge({ edge, lanes }: EdgeProps) {
  const { store, view } = useApp();
  const { line, prongs } = useEdgePath(edge, lanes);
  const busy = useValue(() => {
    const runs = (id: NodeId) => store.card(id)?.state.value.status === "running";
    return runs(edge.source) || runs(edge.target);
  });
  const lit = useValue(() => view.lit.value.has(edge.id));
  const faded = useValue(() => {
    const cards = view.highlight.value?.cards;
    return cards && !(cards.has(edge.source) && cards.has(edge.target));
  });
  return (
    <g
      class="daggr-edge"
      data-edge={edge.id}
      data-fresh={String(edge.fresh)}
      data-busy={busy}
      data-faded={faded}
      data-lit={lit}
    >
      <path class="daggr-edge-line" d={line} />
      {prongs && <path class="daggr-edge-line daggr-edge-prongs" d={prongs} />}
      <path class="daggr-edge-hit" d={line} />
    </g>
  );
}
