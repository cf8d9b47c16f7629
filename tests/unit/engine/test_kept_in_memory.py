"""What cannot be stored is kept in memory, and not for ever (part of K16)."""

from __future__ import annotations

import gc
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas import views
from daggr_nb._ids import NodeId


class Model:
    def __init__(self, n: int) -> None:
        self.n = n
        self.lock = threading.Lock()


class Unpicklable:
    """It has content, but no form in which it could be stored."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __reduce__(self) -> Any:
        raise TypeError("not me")

    def __daggr_digest__(self) -> int:
        return self.n


class Connection(sqlite3.Connection):
    pass


MAKERS = {
    "model": Model,
    "unpicklable": Unpicklable,
    "connection": lambda n: sqlite3.connect(
        ":memory:", factory=Connection, check_same_thread=False
    ),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_the_newest_two_stay(make: Any) -> None:
    node = FnNode(make, "make", inputs={"n": ui.Number(1)}, version="1")
    graph = Graph("Models", [node])
    refs = []
    for n in range(10):
        graph.run(inputs={"make__n": n})
        refs.append(weakref.ref(node.output.value))
    gc.collect()
    assert [ref() is not None for ref in refs] == [False] * 8 + [True] * 2
    assert refs[-1]() is node.output.value
    assert graph.status()["make"].freshness == "fresh"


def test_two_nodes_keep_two_each() -> None:
    source = ui.Number(1)
    nodes = [FnNode(Model, f"m{i}", inputs={"n": source}, version="1") for i in range(2)]
    graph = Graph("Several", nodes)
    refs = []
    for n in range(4):
        graph.run(inputs={"m0__n": n, "m1__n": n})
        refs += [weakref.ref(node.output.value) for node in nodes]
    gc.collect()
    assert sum(ref() is not None for ref in refs) == 4


def test_without_a_place_for_a_key_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked / "config"))
    monkeypatch.setenv("HOME", str(blocked))
    values: dict[str, Any] = {
        "set": {1, 2},
        "frozen": frozenset("ab"),
        "complex": 1j,
        "range": range(3),
    }
    nodes = [FnNode(lambda value=value: value, name) for name, value in values.items()]
    graph = Graph("Homeless", nodes)
    assert {name: made["output"] for name, made in graph.run().items()} == values
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    assert views.node_state(graph.session.current, NodeId("set")).remarks == [
        "kept in memory only: output; the next kernel makes it anew"
    ]
