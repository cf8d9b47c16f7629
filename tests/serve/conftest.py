"""What tests of the server share: graphs that are served on loopback, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from daggr_nb import Graph
from daggr_nb._serve import start_server
from tests.waiting import wait_for

Serve = Callable[..., httpx.Client]


@pytest.fixture
def served() -> Iterator[Serve]:
    """Serve a graph and return a client of it; all end with the test, and leave no thread."""
    before = set(threading.enumerate())
    closing: list[Any] = []

    def serve(graph: Graph, **options: Any) -> httpx.Client:
        if "limits" in options:
            args = {"host": "127.0.0.1", "port": 0, **options}
            server = start_server(graph.session, graph.name, graph.persist_key, **args)
        else:
            server = graph.serve(**{"port": 0, "block": False, **options})
        headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        client = httpx.Client(base_url=server.address, headers=headers, timeout=30)
        closing.extend([client.close, server.close, graph.close])
        return client

    yield serve
    for close in closing:
        close()

    def left() -> list[str]:
        names = [thread.name for thread in set(threading.enumerate()) - before]
        return [name for name in names if name.startswith(("daggr-nb-serve", "daggr-nb-events"))]

    wait_for(left, [])


def events_of(text: str) -> list[dict[str, str]]:
    """Return server-sent events by the names of their lines; comments are left out."""
    events = []
    for piece in text.split("\n\n"):
        lines = [line.partition(": ") for line in piece.split("\n") if not line.startswith(":")]
        fields = {name: value for name, _, value in lines if name}
        if fields:
            events.append(fields)
    return events
