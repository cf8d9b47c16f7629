"""Who feeds whom: order, closures, scatter depth. Knows names and edges, nothing of values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from daggr_nb._ids import NodeId
from daggr_nb.errors import CycleError


@dataclass(frozen=True)
class Topology:
    """A directed acyclic graph of names, indexed for walks in either direction.

    ``order`` is topological and keeps the order of insertion among equals; ``rank`` is a name's
    index in it.
    """

    order: tuple[NodeId, ...]
    rank: Mapping[NodeId, int]
    parents: Mapping[NodeId, tuple[NodeId, ...]]
    children: Mapping[NodeId, tuple[NodeId, ...]]

    def descendants(self, roots: Iterable[NodeId]) -> list[NodeId]:
        """Return everything below ``roots``, without them, in topological order."""
        return self._closure(roots, self.children)

    def ancestors(self, roots: Iterable[NodeId]) -> list[NodeId]:
        """Return everything above ``roots``, without them, in topological order."""
        return self._closure(roots, self.parents)

    def among_ancestors(self, names: Collection[NodeId]) -> set[NodeId]:
        """Return those of ``names`` that are above another of them."""
        first = min((self.rank[name] for name in names), default=0)
        stack, visited = list(names) if len(names) > 1 else [], set[NodeId]()
        while stack:
            for name in self.parents[stack.pop()]:
                if name not in visited and self.rank[name] >= first:
                    visited.add(name)
                    stack.append(name)
        return visited.intersection(names)

    def _closure(
        self, roots: Iterable[NodeId], step: Mapping[NodeId, tuple[NodeId, ...]]
    ) -> list[NodeId]:
        start = set(roots)
        visited: set[NodeId] = set()
        stack = list(start)
        while stack:
            for name in step[stack.pop()]:
                if name not in visited:
                    visited.add(name)
                    stack.append(name)
        return sorted(visited - start, key=self.rank.__getitem__)

    def components(self) -> list[list[NodeId]]:
        """Return the weakly connected components, each in topological order."""
        label: dict[NodeId, int] = {}
        components: list[list[NodeId]] = []
        for root in self.order:
            if root in label:
                continue
            stack, label[root] = [root], len(components)
            members = []
            while stack:
                name = stack.pop()
                members.append(name)
                for neighbour in (*self.parents[name], *self.children[name]):
                    if neighbour not in label:
                        label[neighbour] = len(components)
                        stack.append(neighbour)
            components.append(sorted(members, key=self.rank.__getitem__))
        return components


def topology(parents: Mapping[NodeId, Sequence[NodeId]]) -> Topology:
    """Index a graph given as every name's parents, linear in its size.

    Raises :class:`~daggr_nb.errors.CycleError` with the names along one cycle.

    >>> topology({"a": [], "b": ["a"]}).order
    ('a', 'b')
    """
    parents_of = {name: tuple(dict.fromkeys(names)) for name, names in parents.items()}
    children_of: dict[NodeId, list[NodeId]] = {name: [] for name in parents_of}
    for name, names in parents_of.items():
        for parent in names:
            children_of[parent].append(name)
    order = _sorted(parents_of, children_of)
    return Topology(
        order=tuple(order),
        rank={name: i for i, name in enumerate(order)},
        parents=parents_of,
        children={name: tuple(names) for name, names in children_of.items()},
    )


def _sorted(
    parents: Mapping[NodeId, tuple[NodeId, ...]], children: Mapping[NodeId, list[NodeId]]
) -> list[NodeId]:
    """Return the names in topological order, by Kahn's algorithm."""
    in_degree = {name: len(names) for name, names in parents.items()}
    order = [name for name, degree in in_degree.items() if degree == 0]
    for name in order:
        for child in children[name]:
            in_degree[child] -= 1
            if in_degree[child] == 0:
                order.append(child)
    if len(order) < len(parents):
        cycle = _cycle(parents, {name for name, degree in in_degree.items() if degree})
        path = " -> ".join([*cycle, cycle[0]])
        raise CycleError(
            f"A graph must not feed itself, but {path}. Remove one of these edges.", node=cycle[0]
        )
    return order


def _cycle(parents: Mapping[NodeId, tuple[NodeId, ...]], within: set[NodeId]) -> list[NodeId]:
    name = next(name for name in parents if name in within)
    index: dict[NodeId, int] = {}
    path: list[NodeId] = []
    while name not in index:
        index[name] = len(path)
        path.append(name)
        name = next(parent for parent in parents[name] if parent in within)
    return path[index[name] :][::-1]
