"""Which nodes of a run can no longer be skipped, as its routes decide one after the other.

A node's *condition* is a set of literals, any one of which is enough: a port that a choosing node
may choose, or a node that needs several things at once. The condition of what all ways out of a
choice lead to is that of the choice itself. So the graph is walked once, and every decision is told
to those whom it concerns.
"""

from __future__ import annotations

import collections
from collections.abc import Collection, Iterable, Sequence

from daggr_nb._engine.freshness.inputs import SheetInputs
from daggr_nb._ids import NodeId
from daggr_nb._model.edge import Edge

Literal = tuple[NodeId, str | None]
"""A node with an output that it may choose; without one, that the node is not skipped."""
Condition = frozenset[Literal]
_ALWAYS: Condition = frozenset({(NodeId(""), None)})
_NEVER: Condition = frozenset()


class Certainty:
    """Says of ``wanted`` nodes when they are certain to run; ``planned`` are those of the run.

    It is a chooser's business that one of its outputs carries a value.
    """

    def __init__(
        self, inputs: SheetInputs, planned: Collection[NodeId], wanted: Iterable[NodeId]
    ) -> None:
        self._inputs = inputs
        self._planned = planned
        self._conditions: dict[NodeId, Condition] = {}
        self._needs: dict[Literal, list[Condition]] = {}
        self._waiting: dict[Literal, set[NodeId | Literal]] = {}
        self._held: set[Literal] = set()
        wanted = list(wanted)
        topology = inputs.structure.topology
        self._rank = topology.rank
        for name in sorted({*wanted, *topology.ancestors(wanted)}, key=self._rank.__getitem__):
            self._conditions[name] = self._condition(name)
        self.certain = [name for name in wanted if self._conditions[name] == _ALWAYS]
        """Those that are certain from the beginning."""
        for name in wanted:
            self._watch(name, self._conditions[name])

    def chosen(self, source: NodeId, ports: Iterable[str]) -> list[NodeId]:
        """Take in which outputs of a node carry a value; returns who is certain now."""
        return self._hold([(source, port) for port in ports])

    # -- the walk

    def _condition(self, name: NodeId) -> Condition:
        inputs = self._inputs
        if name not in self._planned:
            return _NEVER if name in inputs.skips else _ALWAYS
        if inputs.speaks(name):
            return self._any(inputs.leading(name))
        edges, optional = inputs.into(name), inputs.structure.nodes[name].optional
        required = [edge for edge in edges if edge.target_port not in optional]
        return self._all(name, required) if required else self._any(edges)

    def _of_edge(self, edge: Edge) -> Condition:
        source, port = edge.source, edge.source_port
        if source not in self._planned:
            return _NEVER if self._inputs.edge_skipped(source, port) else _ALWAYS
        if self._inputs.variant(source).node.may_leave_out:
            return frozenset({(source, str(port))})
        return self._conditions[source]

    def _any(self, edges: Sequence[Edge]) -> Condition:
        if not edges:
            return _ALWAYS
        first, *others = {self._of_edge(edge) for edge in edges}
        return self._reduced(first.union(*others)) if others else first

    def _all(self, name: NodeId, edges: Sequence[Edge]) -> Condition:
        conditions = {self._of_edge(edge) for edge in edges} - {_ALWAYS}
        needed = [c for c in conditions if not any(other < c for other in conditions)]
        if not needed:
            return _ALWAYS
        if len(needed) == 1:
            return needed[0]
        literal: Literal = (name, None)
        self._needs[literal] = needed
        for condition in needed:
            self._watch(literal, condition)
        return frozenset({literal})

    def _reduced(self, condition: Condition) -> Condition:
        """Return a condition in which all outputs of a choice stand for the choice itself."""
        if not _ALWAYS.isdisjoint(condition):
            return _ALWAYS
        literals = set(condition)
        ways = collections.Counter(source for source, port in literals if port is not None)
        complete = [source for source, count in ways.items() if self._are_all(source, count)]
        while complete:
            source = complete.pop()
            before = self._conditions[source]
            if before == _ALWAYS:
                return _ALWAYS
            outputs = self._inputs.structure.nodes[source].outputs
            literals.difference_update((source, port) for port in outputs)
            new = before - literals
            literals |= new
            for node in (node for node, port in new if port is not None):
                ways[node] += 1
                if self._are_all(node, ways[node]):
                    complete.append(node)
        return frozenset(literals)

    def _are_all(self, source: NodeId, count: int) -> bool:
        """Whether so many are all ways out of a choice; of one alone it may decide against that."""
        return count > 1 and count == len(self._inputs.structure.nodes[source].outputs)

    # -- decisions

    def _watch(self, who: NodeId | Literal, condition: Condition) -> None:
        for literal in condition:
            self._waiting.setdefault(literal, set()).add(who)

    def _hold(self, literals: list[Literal]) -> list[NodeId]:
        found: set[NodeId] = set()
        for literal in literals:  # which grows on the way
            if literal in self._held:
                continue
            self._held.add(literal)
            for who in self._waiting.pop(literal, ()):
                if not isinstance(who, tuple):
                    found.add(who)
                elif not any(self._held.isdisjoint(c) for c in self._needs[who]):
                    literals.append(who)
        return sorted(found, key=self._rank.__getitem__)
