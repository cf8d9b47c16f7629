"""Sessions that open, close and publish beside others: nobody waits for what is not theirs."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._engine.session.registry import close_sessions_of, live_session, session_for
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.task.executors import Threads
from daggr_nb._provenance.log.store import DATABASE, DiskStore, MemoryStore
from daggr_nb.errors import RunError
from tests.unit.trust.visits import Visitor, refused, told

WAIT = 20


class Thread(threading.Thread):
    """A function at work on a thread of its own, with what it returned."""

    def __init__(self, function: object, *arguments: object) -> None:
        super().__init__(daemon=True)
        self._call = lambda: function(*arguments)  # type: ignore[operator]
        self.answer: object = None
        self.start()

    def run(self) -> None:
        self.answer = self._call()


# ---------------------------------------------------------------- opening


def test_t21_a_store_that_is_slow_to_open_stops_no_other_graph(tmp_path: Path) -> None:
    DiskStore(tmp_path / "busy").close()
    writer = sqlite3.connect(tmp_path / "busy" / DATABASE, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")  # another kernel, which takes its time
    slow = Thread(session_for, "busy", tmp_path)
    quick = Thread(session_for, "quick", tmp_path)
    quick.join(WAIT / 2)
    is_quick, is_slow = not quick.is_alive(), slow.is_alive()
    writer.execute("ROLLBACK")
    writer.close()
    slow.join(WAIT)
    assert is_quick
    assert is_slow
    for session in (slow.answer, quick.answer):
        assert isinstance(session, Session)
        session.close()


def test_t21_who_asks_at_once_for_one_graph_gets_one_session(tmp_path: Path) -> None:
    threads = [Thread(session_for, "one", tmp_path) for _ in range(8)]
    for thread in threads:
        thread.join(WAIT)
    [session] = {thread.answer for thread in threads}
    assert live_session("one", tmp_path) is session
    assert isinstance(session, Session)
    session.close()
    other = session_for("one", tmp_path)
    assert other is not session
    other.close()


# ---------------------------------------------------------------- closing


def test_t10_a_visitor_who_leaves_takes_all_sessions_along(tmp_path: Path) -> None:
    class Unwilling(Threads):
        def stop(self) -> None:
            raise OSError("there is no such executor any more")

    sessions = [session_for(f"graph {n}", tmp_path, Unwilling(), "guest") for n in range(3)]
    close_sessions_of("guest")
    assert [session.closed for session in sessions] == [True, True, True]


class CountedStore(MemoryStore):
    """A store that knows how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_t19_a_session_is_closed_once_whoever_asks_for_it() -> None:
    store = CountedStore()
    session = Session(store)
    graph = Graph("Closing", [FnNode(lambda: 1, "one")], persist_key=False)
    session.attach(graph.wiring.structure)
    assert session.submit([]).wait(WAIT)
    with session.lock:  # all of them come to where it is closed
        threads = [Thread(session.close) for _ in range(4)]
    for thread in threads:
        thread.join(WAIT)
    assert session.closed
    assert store.closed == 1


def test_t24_a_run_of_a_closed_graph_is_an_error(tmp_path: Path) -> None:
    def graph() -> Graph:
        return Graph(
            "Closed", [FnNode(lambda n: n, "it", inputs={"n": ui.Number(1)})], store=tmp_path
        )

    one, other = graph(), graph()
    one.run()
    assert other.session is one.session
    one.close()
    for act in (other.submit, other.run, lambda: other.run("it", force=True)):
        with pytest.raises(RunError, match="is closed"):
            act()
    again = graph()
    assert again.history("it")
    again.close()


# ---------------------------------------------------------------- visitors


def test_t10_runs_of_a_visitor_count_on_whatever_sheet(tmp_path: Path) -> None:
    def wait(n: int) -> int:
        assert go_on.wait(WAIT)
        return n

    go_on = threading.Event()
    graph = Graph("Runs", [FnNode(wait, inputs={"n": ui.Number(1)})], store=tmp_path)
    visitor, errors = Visitor(graph), []
    for sheet in range(4):
        told(visitor, "sheet", action="duplicate", name="Sheet 1", to=f"Mine {sheet}")
        errors += [refused(visitor, "run", targets=["wait"]) for _ in range(16)]
    go_on.set()
    assert errors[0] == ""
    assert sum(error == "" for error in errors) <= 32
    assert "more than a visitor may start" in errors[-1]


# ---------------------------------------------------------------- telling


class TellingStore(MemoryStore):
    """A store that says when it waits for another kernel."""

    def on_waiting(self, tell: Callable[[str], object]) -> None:
        self.tell = tell


def test_t21_a_slow_page_holds_up_nobody_who_says_what_is_waited_for() -> None:
    store, go_on = TellingStore(), threading.Event()
    session = Session(store)
    graph = Graph("Telling", [FnNode(lambda n: n, "it", inputs={"n": ui.Number(1)})])
    session.attach(graph.wiring.structure)
    arrived: queue.Queue[dict[str, Any]] = queue.Queue()

    def send(message: dict[str, Any], _: object) -> None:
        arrived.put(message)
        assert go_on.wait(WAIT)

    bridge = Bridge(session, "Telling", send)
    session.current.set_inputs({("it", "n"): 2})  # type: ignore[dict-item]
    first = arrived.get(timeout=WAIT)  # and the page takes its time
    threads = [Thread(store.tell, text) for text in ("Waits for another kernel.", "")]
    for thread in threads:
        thread.join(WAIT / 4)
    held_up = [thread.is_alive() for thread in threads]
    go_on.set()
    assert held_up == [False, False]
    batches = [arrived.get(timeout=WAIT) for _ in threads]
    assert [batch["rev"] for batch in batches] == [first["rev"] + 1, first["rev"] + 2]
    assert {batch["changes"][0]["kind"] for batch in batches} == {"notice"}
    bridge.end()
    session.close()
