"""How many node runs of a group may go on at once, over all runs of a session."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterable

from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.node import Node
from daggr_nb._model.policy import Limits
from daggr_nb.errors import GraphError


class Slots:
    """Counts who is running in each group and lets the next one in. Used by one thread only."""

    def __init__(self) -> None:
        self._bounds: dict[str, int] = {}
        self._taken: collections.Counter[str] = collections.Counter()
        self._waiting: dict[str, collections.deque[Callable[[], bool]]] = {}
        self._lingering: dict[RunId, tuple[str, NodeId]] = {}

    def declare(self, nodes: Iterable[Node]) -> None:
        """Take the bounds that ``nodes`` declare; two different ones for a group are an error."""
        bounds: dict[str, tuple[int, str]] = {}
        for node in itertools.chain.from_iterable(node.workers() for node in nodes):
            group, slots = node.limits.group, node.limits.slots
            if group is None or slots is None:
                continue
            bound = bounds.setdefault(group, (slots, node.name))
            if bound[0] != slots:
                raise GraphError(
                    f"{bound[1]!r} bounds {group.partition(':')[2]!r} to {bound[0]} at a time, "
                    f"{node.name!r} to {slots}. Give max_concurrent once, or the same everywhere.",
                    node=node.name,
                )
        self._bounds = {group: slots for group, (slots, _) in bounds.items()}

    def request(self, limits: Limits, start: Callable[[], bool]) -> None:
        """Call ``start`` now or when there is room; it returns whether it took the slot."""
        group = limits.group
        if group is None:
            start()
        elif self._taken[group] < self._bounds.get(group, 1):
            if start():
                self._taken[group] += 1
        else:
            self._waiting.setdefault(group, collections.deque()).append(start)

    def linger(self, task: RunId, group: str | None, node: NodeId) -> None:
        """Note that a task keeps its slot, though nobody waits for it: it was asked to stop."""
        if group is not None:
            self._lingering[task] = (group, node)

    def ended(self, task: RunId) -> None:
        """Note that a task is over after all."""
        self._lingering.pop(task, None)

    def lingering(self, group: str | None) -> list[NodeId]:
        """Return the nodes of a group that do not stop, and keep others waiting."""
        return [node for of, node in list(self._lingering.values()) if of == group]

    def release(self, group: str | None) -> None:
        """Give a slot back and let the next one in."""
        if group is None:
            return
        self._taken[group] -= 1
        waiting = self._waiting.get(group)
        while waiting and self._taken[group] < self._bounds.get(group, 1):
            if waiting.popleft()():
                self._taken[group] += 1
