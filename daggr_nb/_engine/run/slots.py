"""How many node runs of a group may go on at once, over all runs of a session and its visits."""

from __future__ import annotations

import collections
import itertools
import threading
from collections.abc import Callable, Iterable

from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.node import Node
from daggr_nb._model.policy import Limits
from daggr_nb.errors import GraphError

Wake = Callable[[str], bool]


class SharedSlots:
    """What is taken in each group by sessions that share their bounds, and who waits in line.

    Those are the visits of a server with the session that it serves. May be used on any thread.
    """

    def __init__(self) -> None:
        self._taken: collections.Counter[str] = collections.Counter()
        self._line: dict[str, collections.deque[Wake]] = {}
        self._lock = threading.Lock()

    def take(self, group: str, most: int) -> bool:
        """Take a slot if there is one."""
        with self._lock:
            if self._taken[group] >= most:
                return False
            self._taken[group] += 1
            return True

    def take_back(self, group: str) -> None:
        """Let a slot be free again, and wake nobody."""
        with self._lock:
            self._taken[group] -= 1

    def give(self, group: str) -> None:
        """Give a slot back, and wake the first in line who is still there."""
        self.take_back(group)
        self.wake_next(group)

    def wait(self, group: str, wake: Wake) -> None:
        """Stand in line: ``wake(group)`` is called when there may be room; says who is there."""
        with self._lock:
            self._line.setdefault(group, collections.deque()).append(wake)

    def wake_next(self, group: str) -> None:
        """Wake the first in line who is still there."""
        while True:
            with self._lock:
                line = self._line.get(group)
                wake = line.popleft() if line else None
            if wake is None or wake(group):
                return


class Slots:
    """Counts who is running in each group and lets the next one in. Used by one thread only.

    Where sessions share bounds, ``post`` runs a message in a turn of this one.
    """

    def __init__(
        self,
        shared: SharedSlots | None = None,
        post: Callable[[Callable[[], None]], bool] | None = None,
    ) -> None:
        self.shared = shared or SharedSlots()
        self._post = post
        self._releasing = False
        self._bounds: dict[str, int] = {}
        self._mine: collections.Counter[str] = collections.Counter()
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
        elif self._take(group):
            if not start():
                self._take_back(group)
                self.shared.wake_next(group)
        else:
            self._waiting.setdefault(group, collections.deque()).append(start)
            self.shared.wait(group, self._wake)

    def _take(self, group: str) -> bool:
        taken = self.shared.take(group, self._bounds.get(group, 1))
        self._mine[group] += taken
        return taken

    def _take_back(self, group: str) -> None:
        self._mine[group] -= 1
        self.shared.take_back(group)

    def _wake(self, group: str) -> bool:
        """Let the next ones in, in this turn or one of its own; says whether anybody is there."""
        if not self._waiting.get(group):
            return False
        if self._releasing or self._post is None:
            self._admit(group)
            return True
        return self._post(lambda: self._admit(group))

    def _admit(self, group: str) -> None:
        waiting, begun = self._waiting.get(group), False
        while waiting and self._take(group):
            if waiting.popleft()():
                begun = True
            else:
                self._take_back(group)
        if waiting and not begun:  # somebody was quicker
            self.shared.wait(group, self._wake)
        elif not waiting:
            self.shared.wake_next(group)  # there may be room for others still

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
        self._mine[group] -= 1
        outer, self._releasing = self._releasing, True
        try:
            self.shared.give(group)
        finally:
            self._releasing = outer

    def leave(self) -> None:
        """Give back what is taken and let others in: the session is closed.

        Bodies that do not stop go on beyond the bound: nobody will hear of their end.
        """
        self._waiting.clear()
        for group, count in self._mine.items():
            for _ in range(count):
                self.shared.give(group)
        self._mine.clear()
        for group in self._bounds:
            self.shared.wake_next(group)
