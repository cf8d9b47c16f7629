"""What a card shows of a node at work: it changes all the time and is not on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._model.words import Status

_STATUS: Mapping[str, Status] = {
    "node.queued": "queued",
    "node.started": "running",
    "node.cached": "cached",
    "node.succeeded": "succeeded",
    "node.recovered": "recovered",
    "node.skipped": "skipped",
    "node.failed": "failed",
    "node.blocked": "blocked",
    "node.cancelled": "cancelled",
}
NOTED = frozenset({*_STATUS, "node.progress", "node.waiting"})
"""Events after which a card may look different."""
_ON_RECORD = frozenset({"succeeded", "recovered", "skipped"})  # what is shown says so itself
_AT_WORK = frozenset({"queued", "running", "stopping"})


@dataclass
class Live:
    """One node: its status if it has one beyond the shown record's, and how far it is."""

    status: Status | None = None
    started_at: float | None = None
    progress: tuple[float, float | None, str] | None = None
    partial: Mapping[str, Any] = field(default_factory=dict)
    items: dict[str, Status] = field(default_factory=dict)
    items_total: int = 0
    log: Callable[[], str] | None = None

    @property
    def at_work(self) -> bool:
        """Whether the node is waiting for its turn, running, or being stopped."""
        return self.status in _AT_WORK


def of(live: dict[NodeId, Live], node: NodeId) -> Live:
    """Return what is kept of a node, made now if there is nothing yet."""
    state = live.get(node)
    if state is None:
        state = live[node] = Live()
    return state


def note(live: dict[NodeId, Live], event: Mapping[str, Any]) -> None:
    """Bring ``live`` up to date with an event, one of :data:`NOTED`."""
    status = _STATUS.get(event["type"])
    node: NodeId = event["node"]
    if event["type"] == "node.waiting":
        live.pop(node, None)
        return
    scope = event.get("scope")
    if status is None:
        of(live, node).progress = (event["done"], event["total"], event["text"])
    elif scope:
        of(live, node).items[scope] = status
    elif status == "cached":
        live[node] = Live(status)
    elif status in _ON_RECORD:
        live.pop(node, None)
    else:
        state = of(live, node)
        state.status, state.log = status, None
        if status == "running":
            state.started_at = event["at"]
