"""What a card shows of a node at work: it changes all the time and is not on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.words import Status

_STATUS: Mapping[str, Status] = {
    "node.queued": "queued",
    "node.started": "running",
    "template.activated": "running",
    "node.cached": "cached",
    "node.succeeded": "succeeded",
    "node.recovered": "recovered",
    "node.skipped": "skipped",
    "node.failed": "failed",
    "node.blocked": "blocked",
    "node.cancelled": "cancelled",
}
REPORTED = frozenset({"node.progress", "node.note"})
"""Events of which a node at work shows the latest, and a listener that is behind hears it alone."""
VISIBLE = frozenset({*_STATUS, *REPORTED, "node.waiting"})
"""Events after which a card may look different."""
_ON_RECORD = frozenset({"succeeded", "recovered", "skipped"})  # what is shown says so itself
_AT_WORK = frozenset({"queued", "running", "stopping"})
_PRINTING = 50
"""So many items that print at once are followed; what all printed is on record afterwards."""
_BEGINS = frozenset({"queued", "running"})


@dataclass
class Reported:
    """What a node at work said last, by the names that the card's state has for it."""

    progress: Mapping[str, Any] | None = None
    note: str = ""

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep what an event says, one of :data:`REPORTED`."""
        match event["type"]:
            case "node.progress":
                self.progress = {name: event[name] for name in ("done", "total", "text")}
            case "node.note":
                self.note = event["text"]


@dataclass
class Live:
    """One node: its status if it has one beyond the shown record's, and how far it is.

    ``partial`` is what it has said so far, and what it had said when it was stopped; ``said`` the
    same of items at work, by their scope, ``records`` what those that are over have made.
    ``heard`` counts how often any of them said something.
    ``log`` reads what it has printed so far, ``printing`` the same of items, by their numbers.
    ``former`` is what was said in a run that is over.
    """

    status: Status | None = None
    started_at: float | None = None
    reported: Reported = field(default_factory=Reported)
    partial: Mapping[str, Any] = field(default_factory=dict)
    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    heard: int = 0
    items: dict[str, Status] = field(default_factory=dict)
    records: dict[str, RunId] = field(default_factory=dict)
    items_total: int = 0
    log: Callable[[], str] | None = None
    printing: dict[str, Callable[[], str]] = field(default_factory=dict)
    former: Mapping[str, Any] | None = None

    @property
    def at_work(self) -> bool:
        """Whether the node is waiting for its turn, running, or being stopped."""
        return self.status in _AT_WORK

    def prints(self, number: str, log: Callable[[], str]) -> None:
        """Follow what an item prints, with those that began to before it."""
        self.printing.pop(number, None)
        while len(self.printing) >= _PRINTING:
            del self.printing[next(iter(self.printing))]
        self.printing[number] = log

    def begin(self) -> None:
        """Forget what was said in the run before this one."""
        if self.partial is self.former:
            self.partial = {}

    def end(self) -> None:
        """Keep what was said until the next run."""
        self.former = self.partial


def of(live: dict[NodeId, Live], node: NodeId) -> Live:
    """Return what is kept of a node, made now if there is nothing yet."""
    state = live.get(node)
    if state is None:
        state = live[node] = Live()
    return state


def stopping(live: Mapping[NodeId, Live], node: NodeId, started_at: float) -> Live:
    """Return what is kept of a node that is being stopped: what it, and its items, made stays."""
    before = live.get(node, Live())
    return Live(
        "stopping",
        started_at,
        partial=before.partial,
        former=before.partial,
        items=before.items,
        records=before.records,
        items_total=before.items_total,
    )


def follow(live: dict[NodeId, Live], event: Mapping[str, Any]) -> None:
    """Bring ``live`` up to date with an event, one of :data:`VISIBLE`."""
    kind, node, scope = event["type"], event["node"], event.get("scope")
    status = _STATUS.get(kind)
    if kind in REPORTED:
        of(live, node).reported.take(event)
    elif status is None:  # it waits for a person
        live.pop(node, None)
    elif scope:
        items = of(live, node)
        items.items[scope] = status
        items.said.pop(scope, None)
        if "record" in event:
            items.records[scope] = event["record"]
    elif status == "cached":
        live[node] = Live(status)
    elif status in _ON_RECORD:
        live.pop(node, None)
    else:
        state = of(live, node)
        state.status, state.log, state.reported = status, None, Reported()
        state.printing.clear()
        if status in _BEGINS:
            state.begin()
        else:
            state.end()
        if status == "running":
            state.started_at = event["at"]
