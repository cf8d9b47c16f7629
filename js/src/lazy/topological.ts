/** Nodes so that sources come before targets, otherwise in the given order. */
export function topological<T extends string>(
  nodes: readonly T[],
  edges: readonly { source: T; target: T }[],
): T[] {
  const open = new Map(nodes.map((node) => [node, 0]));
  for (const { target } of edges) open.set(target, (open.get(target) ?? 0) + 1);
  const ready = nodes.filter((node) => open.get(node) === 0);
  const sorted: T[] = [];
  for (let node = ready.shift(); node !== undefined; node = ready.shift()) {
    sorted.push(node);
    for (const edge of edges) {
      if (edge.source !== node) continue;
      const left = (open.get(edge.target) ?? 0) - 1;
      open.set(edge.target, left);
      if (left === 0) ready.push(edge.target);
    }
  }
  return sorted.length === nodes.length ? sorted : [...nodes];
}
