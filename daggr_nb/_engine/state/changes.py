"""The typed channel from the engine to its views: what changed, so that they look again.

A change says *that* something is another one, not what it is now: views read that under the lock,
when they have time. Changes are published together, after what they tell of is on record.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from daggr_nb._ids import NodeId, PortRef
from daggr_nb.errors import is_interrupt, log_error


@dataclass(frozen=True, slots=True)
class NodeChanged:
    """A card looks different: status, freshness, reasons, history. With ``values``, they too.

    Without ``state`` it is the values alone, as of a node that goes on talking.
    """

    node: NodeId
    values: bool = False
    state: bool = True


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A control has another value."""

    input: PortRef


@dataclass(frozen=True, slots=True)
class EdgesChanged:
    """Edges that are fresh now, or no longer, by their ids."""

    fresh: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run has begun, got further, or is over."""


@dataclass(frozen=True, slots=True)
class SheetChanged:
    """The graph, the sheet that is shown, or which sheets there are: views begin anew."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed an input, a result, code or the graph, or took such a change back."""


@dataclass(frozen=True, slots=True)
class NodeRenamed:
    """A node is called otherwise: what is kept by its name moves with it."""

    former: NodeId
    latter: NodeId


@dataclass(frozen=True, slots=True)
class Notice:
    """The message for the whole canvas is another one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the session waits for, told at once by whoever is; with no text, no more."""

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over."""


Change = (
    NodeChanged
    | InputChanged
    | EdgesChanged
    | RunChanged
    | SheetChanged
    | NodeRenamed
    | Edited
    | Notice
    | Waiting
    | Closed
)
Watcher = Callable[[Sequence[Change]], None]


class Channel:
    """Hands changes to whoever watches. Used under the session's lock only.

    Equal changes within one publication are told once, in the order in which they first came.
    """

    def __init__(self) -> None:
        self.watchers: list[Watcher] = []
        """Who watches; with nobody here, nothing need be noted."""
        self.pending: dict[Change | int, Change] = {}

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with the changes of every publication; returns an end of that."""
        self.watchers.append(watcher)

        def end() -> None:  # which several may ask for
            with contextlib.suppress(ValueError):
                self.watchers.remove(watcher)

        return end

    def note(self, *changes: Change) -> None:
        """Take changes up for the next publication."""
        if self.watchers:
            for change in changes:
                self.pending.setdefault(
                    id(change) if type(change) is EdgesChanged else change, change
                )

    def publish(self) -> None:
        """Tell the watchers what was noted; an error of one is logged."""
        while self.pending:
            changes, self.pending = list(self.pending.values()), {}
            self._tell(changes)

    def tell_waiting(self, text: str) -> None:
        """Tell the watchers at once, on whatever thread: who holds the lock is waiting."""
        self._tell([Waiting(text)])

    def _tell(self, changes: Sequence[Change]) -> None:
        for watcher in tuple(self.watchers):
            try:
                watcher(changes)
            except BaseException as error:
                if is_interrupt(error):
                    raise
                log_error("A view of daggr_nb could not be told of a change", error)
