"""Values without content count by the very object, for as long as it is there (K1)."""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas import views
from daggr_nb._ids import NodeId


class Handle:
    """An object of a person's own that holds something without content."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.lock = threading.Lock()


MAKERS: dict[str, Callable[[int], Any]] = {
    "lock": lambda n: threading.Lock(),
    "connection": lambda n: sqlite3.connect(":memory:", check_same_thread=False),
    "compressor": lambda n: zlib.compressobj(),
    "hash": lambda n: hashlib.sha256(str(n).encode()),
    "parser": lambda n: expat.ParserCreate(),
    "own": Handle,
    "in a list": lambda n: [threading.Lock(), n],
    "in a dict": lambda n: {"client": sqlite3.connect(":memory:", check_same_thread=False), "n": n},
}


def graph_of(make: Callable[[int], Any], use: Callable[[Any], Any]) -> Graph:
    made = FnNode(make, "make", inputs={"n": ui.Number(1)}, version="1")
    used = FnNode(use, "use", inputs={"value": made.output}, version="1")
    return Graph("Identity", nodes=[used])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_who_made_it_and_who_used_it_are_fresh_while_it_is_there(
    make: Callable[[int], Any],
) -> None:
    runs: list[int] = []
    graph = graph_of(make, lambda value: runs.append(id(value)) or len(runs))
    graph.run()
    assert {name: status.freshness for name, status in graph.status().items()} == {
        "make": "fresh",
        "use": "fresh",
    }
    graph.run()
    assert len(runs) == 1
    notes = views.node_state(graph.session.current, NodeId("make")).remarks
    assert "kept in memory only: output; the next kernel makes it anew" in notes


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_another_object_is_another_value_whatever_its_address(make: Callable[[int], Any]) -> None:
    seen: list[int] = []

    def tracked(n: int) -> Any:
        seen.append(n)
        return make(n)

    graph = graph_of(tracked, lambda value: len(seen))
    rows = []
    for n in range(1, 30):
        graph.set_inputs({"make__n": n})
        rows.append(graph.run()["use"]["output"])
        gc.collect()
    assert rows == list(range(1, 30))


def test_a_sweep_never_shows_the_result_of_another_row() -> None:
    graph = graph_of(Handle, lambda value: value.n)
    for start in range(0, 200, 40):
        sweep = graph.sweep({"make__n": range(start, start + 40)}, at_once=2)
        assert [row.outputs["use.output"] for row in sweep] == list(range(start, start + 40))


def test_a_new_kernel_has_no_such_value() -> None:
    graph = graph_of(MAKERS["lock"], lambda value: "used")
    graph.run()
    graph.close()
    again = graph_of(MAKERS["lock"], lambda value: "used")
    assert again.status()["make"].freshness == "missing"
    assert again.run()["use"]["output"] == "used"


def test_a_result_of_such_a_value_is_shown_for_that_object_only() -> None:
    graph = graph_of(Handle, lambda value: value.n)
    first = graph.run(inputs={"make__n": 7})["use"]["output"]
    second = graph.run(inputs={"make__n": 8})["use"]["output"]
    assert (first, second) == (7, 8)
    assert graph.run(inputs={"make__n": 7}, force=True)["use"]["output"] == 7
