/** Which nodes a node has come from, and which come from it. */
import type { EdgeView, NodeId } from "../protocol.gen";

type Ends = Pick<EdgeView, "source" | "target">;

function reach(from: NodeId, next: ReadonlyMap<NodeId, NodeId[]>): Set<NodeId> {
  const nodes = new Set([from]);
  for (const id of nodes) for (const other of next.get(id) ?? []) nodes.add(other);
  return nodes;
}

/** A node with all its ancestors and descendants. */
export function lineageOf(id: NodeId, edges: readonly Ends[]): Set<NodeId> {
  const [down, up] = [new Map<NodeId, NodeId[]>(), new Map<NodeId, NodeId[]>()];
  for (const { source, target } of edges) {
    down.set(source, [...(down.get(source) ?? []), target]);
    up.set(target, [...(up.get(target) ?? []), source]);
  }
  return new Set([...reach(id, up), ...reach(id, down)]);
}
