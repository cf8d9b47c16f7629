"""T19: a graph that keeps nothing leaves nothing behind when its cell runs again."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from statistics import median
from typing import Any

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

from daggr_nb import FnNode, Graph
from daggr_nb._engine.session.session import Session
from tests.unit.notebook.conftest import shell  # noqa: F401 - the fixture

CELL = """
from daggr_nb import FnNode, Graph, ui
def twice(x=ui.Number(2)): return 2 * x
graph = Graph("Again", [FnNode(twice, "twice", inputs={"x": ui.Number(2)})], persist_key=False)
value = graph.run()["twice"]["output"]
"""
SHOWN = CELL + "graph\n"
IN_A_LIST = CELL + "kept = [*globals().get('kept', []), graph]\n"
RERUNS = 40


def _alive() -> dict[str, int]:
    gc.collect()
    sessions = sum(issubclass(type(o), Session) and not o.closed for o in gc.get_objects())
    return {"sessions": sessions, "threads": _threads()}


def _threads() -> int:
    return sum(thread.name.startswith("daggr-nb") for thread in threading.enumerate())


def _settles(expected: dict[str, int]) -> dict[str, int]:
    """Return what is alive once it is no more than expected: threads end on their own."""
    for _ in range(200):
        alive = _alive()
        if all(alive[name] <= expected[name] for name in expected):
            break
        threading.Event().wait(0.05)
    return alive


@pytest.mark.parametrize("cell", [CELL, SHOWN], ids=["bound", "shown"])
def test_t19_reruns_leave_no_session_and_no_thread(
    shell: InteractiveShell,  # noqa: F811 - the fixture
    cell: str,
) -> None:
    leaves_nothing(shell, cell, RERUNS)


def leaves_nothing(shell: InteractiveShell, cell: str, reruns: int) -> None:  # noqa: F811
    """Run a cell again and again; raise if anything piles up, or if it takes ever longer."""
    took = []
    for count in range(reruns):
        began = time.perf_counter()
        assert shell.run_cell(cell).success
        took.append(time.perf_counter() - began)
        if count == 2:
            before = _alive()
    assert shell.user_ns["value"] == 4
    after = _settles(before)
    assert all(after[name] <= before[name] for name in before), (before, after)
    tenth = max(3, reruns // 10)
    # One is quick now and then, whose former graph the collector has found before us.
    assert min(took[-tenth:]) < 3 * median(took[3 : 3 + tenth]) + 0.02


def test_t19_a_graph_that_is_held_elsewhere_lives(
    shell: InteractiveShell,  # noqa: F811 - the fixture
) -> None:
    for _ in range(3):
        assert shell.run_cell(IN_A_LIST).success
    assert [graph.live.closed for graph in shell.user_ns["kept"]] == [False] * 3
    assert shell.run_cell("other = graph\n" + CELL).success
    assert not shell.user_ns["other"].live.closed
    assert shell.run_cell("def use(it=graph): return it\n" + CELL).success
    assert not shell.user_ns["use"]().live.closed


@pytest.mark.parametrize("seconds", [0.0, 0.03], ids=["at once", "later"])
def test_t19_a_graph_that_nobody_has_any_more_goes_with_its_threads(seconds: float) -> None:
    gone: list[Any] = []
    before = _alive()

    def one() -> bool:
        return threading.Event().wait(seconds)  # while all else is settled

    for number in range(5):
        graph = Graph(f"Gone {number}", [FnNode(one)], persist_key=False)
        graph.run()
        gone.append(weakref.ref(graph.session))
        del graph
    _settles(before)
    assert [ref() for ref in gone] == [None] * 5
    assert _threads() <= before["threads"]


def test_t19_a_closed_graph_goes_though_a_limit_of_its_is_not_due() -> None:
    graph = Graph("Limits", [FnNode(lambda: 1, "one", timeout=3_600)], persist_key=False)
    graph.run(timeout=3_600)
    session = weakref.ref(graph.session)
    graph.close()
    del graph
    for _ in range(200):
        gc.collect()
        if session() is None:
            break
        threading.Event().wait(0.05)
    assert session() is None


def test_t19_what_was_asked_of_a_graph_that_nobody_holds_is_done(tmp_path: Any) -> None:
    done = threading.Event()

    def work() -> int:
        done.set()
        return 1

    Graph("Left", [FnNode(work, "work", version="1")], store=tmp_path).submit()
    gc.collect()
    assert done.wait(20)
    for _ in range(200):
        gc.collect()
        again = Graph("Left", [FnNode(work, "work", version="1")], store=tmp_path)
        if again.history("work"):
            break
        again.close()
        threading.Event().wait(0.05)
    assert len(again.history("work")) == 1
    again.close()
