"""Waiting for what a session tells, not for time to pass."""

from __future__ import annotations

import threading
from collections.abc import Callable

from daggr_nb import Graph
from tests.waiting import wait_for


def wait_until(graph: Graph, condition: Callable[[], bool]) -> None:
    """Look at ``condition`` whenever something of the session changes."""
    changed = threading.Event()
    graph.session.watch(lambda changes: changed.set())

    def pause(seconds: float) -> None:
        changed.wait(2 * seconds)
        changed.clear()

    wait_for(lambda: bool(condition()), pause=pause, seconds=20)
