/** The graph as a tree: every node once, below its first source. */
import type { EdgeView, NodeId } from "../../protocol.gen";

export interface Twig {
  id: NodeId;
  level: number;
  /** Whether other nodes stand below it. */
  parent: boolean;
}

/** The nodes in the order of a tree, what stands below a folded one left out. */
export function treeOf(
  order: readonly NodeId[],
  edges: readonly Pick<EdgeView, "source" | "target">[],
  folded: ReadonlySet<NodeId>,
): Twig[] {
  const rank = new Map(order.map((id, index) => [id, index]));
  const above = new Map<NodeId, NodeId>();
  const below = new Map<NodeId, NodeId[]>();
  const sorted = [...edges].sort((a, b) => (rank.get(a.source) ?? 0) - (rank.get(b.source) ?? 0));
  for (const { source, target } of sorted) {
    if (above.has(target) || !rank.has(source)) continue;
    above.set(target, source);
    below.set(source, [...(below.get(source) ?? []), target]);
  }
  const twigs: Twig[] = [];
  const stack = order.filter((id) => !above.has(id)).map((id) => ({ id, level: 1 }));
  stack.reverse();
  for (let twig = stack.pop(); twig; twig = stack.pop()) {
    const { id, level } = twig;
    const children = below.get(id) ?? [];
    twigs.push({ id, level, parent: children.length > 0 });
    if (folded.has(id)) continue;
    for (const child of children.toReversed()) stack.push({ id: child, level: level + 1 });
  }
  return twigs;
}

/** Whether a text says all the words of a query. */
export function fits(text: string, query: string): boolean {
  const lower = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
