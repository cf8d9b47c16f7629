"""Waiting for what a session tells, not for time to pass."""

from __future__ import annotations

import threading
from collections.abc import Callable

from daggr_nb import Graph


def wait_until(graph: Graph, condition: Callable[[], bool]) -> None:
    """Look at ``condition`` whenever something of the session changes."""
    changed = threading.Event()
    graph.session.watch(lambda changes: changed.set())
    for _ in range(200):
        changed.clear()
        if condition():
            return
        changed.wait(0.1)
    raise AssertionError("it did not happen")
