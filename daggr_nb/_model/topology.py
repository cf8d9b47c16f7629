"""Who feeds whom: order, closures, scatter depth. Knows names and edges, nothing of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from daggr_nb._ids import NodeId
from daggr_nb.errors import CycleError


@dataclass(frozen=True)
class Topology:
    """A directed acyclic graph of names, indexed for walks in either direction.

    ``order`` is topological and keeps the order of insertion among equals; ``rank`` is a name's
    place in it.
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

    def _closure(
        self, roots: Iterable[NodeId], step: Mapping[NodeId, tuple[NodeId, ...]]
    ) -> list[NodeId]:
        start = set(roots)
        seen: set[NodeId] = set()
        stack = list(start)
        while stack:
            for name in step[stack.pop()]:
                if name not in seen:
                    seen.add(name)
                    stack.append(name)
        return sorted(seen - start, key=self.rank.__getitem__)

    def components(self) -> list[list[NodeId]]:
        """Return the weakly connected components, each in topological order."""
        label: dict[NodeId, int] = {}
        found: list[list[NodeId]] = []
        for root in self.order:
            if root in label:
                continue
            stack, label[root] = [root], len(found)
            members = []
            while stack:
                name = stack.pop()
                members.append(name)
                for near in (*self.parents[name], *self.children[name]):
                    if near not in label:
                        label[near] = len(found)
                        stack.append(near)
            found.append(sorted(members, key=self.rank.__getitem__))
        return found


def topology(parents: Mapping[NodeId, Sequence[NodeId]]) -> Topology:
    """Index a graph given as every name's parents, linear in its size.

    Raises :class:`~daggr_nb.errors.CycleError` with the names along one cycle.

    >>> topology({"a": [], "b": ["a"]}).order
    ('a', 'b')
    """
    above = {name: tuple(dict.fromkeys(names)) for name, names in parents.items()}
    below: dict[NodeId, list[NodeId]] = {name: [] for name in above}
    for name, names in above.items():
        for parent in names:
            below[parent].append(name)
    order = _sorted(above, below)
    return Topology(
        order=tuple(order),
        rank={name: i for i, name in enumerate(order)},
        parents=above,
        children={name: tuple(names) for name, names in below.items()},
    )


def _sorted(
    above: Mapping[NodeId, tuple[NodeId, ...]], below: Mapping[NodeId, list[NodeId]]
) -> list[NodeId]:
    waiting = {name: len(names) for name, names in above.items()}
    order = [name for name, count in waiting.items() if count == 0]
    for name in order:
        for child in below[name]:
            waiting[child] -= 1
            if waiting[child] == 0:
                order.append(child)
    if len(order) < len(above):
        cycle = _cycle(above, {name for name, count in waiting.items() if count})
        path = " -> ".join([*cycle, cycle[0]])
        raise CycleError(
            f"A graph must not feed itself, but {path}. Remove one of these edges.", node=cycle[0]
        )
    return order


def _cycle(above: Mapping[NodeId, tuple[NodeId, ...]], within: set[NodeId]) -> list[NodeId]:
    name = next(name for name in above if name in within)
    seen: dict[NodeId, int] = {}
    path: list[NodeId] = []
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = next(parent for parent in above[name] if parent in within)
    return path[seen[name] :][::-1]
