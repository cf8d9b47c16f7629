"""Subscribers that are slow, that fail, that come late: what each of them hears."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb import Context, Event, FnNode, Graph
from daggr_nb._engine.state.subscription import condensed
from daggr_nb.errors import GraphError

STRUCTURAL = ("run.", "node.queued", "node.started", "node.stream_end", "node.succeeded", "edge.")


class Listener:
    """Hears events; the first keeps it busy until :meth:`let_go`."""

    def __init__(self, until: str = "run.succeeded", busy: bool = True) -> None:
        self.heard: list[Event] = []
        self.until = until
        self._go = threading.Event()
        self._over = threading.Event()
        if not busy:
            self._go.set()

    def __call__(self, event: Event) -> None:
        self.heard.append(event)
        assert self._go.wait(60)
        if event.type == self.until:
            self._over.set()

    def let_go(self) -> list[Event]:
        self._go.set()
        assert self._over.wait(60)
        return self.heard

    def kinds(self) -> list[str]:
        return [event.type for event in self.heard]


def talker(count: int) -> FnNode:
    def talk(ctx: Context) -> str:
        for i in range(count):
            ctx.stream(str(i % 10))
        return "".join(str(i % 10) for i in range(count))

    return FnNode(talk, "talk", version="1")


def text(events: list[Event], node: str = "talk") -> str:
    """What a reader has who adds up the deltas, starting anew at a reset."""
    found = ""
    for event in events:
        if event.type == "node.chunk" and event.node == node:
            found = event.delta if event.fields.get("reset") else found + event.delta
    return found


def structural(events: Iterator[Event] | list[Event]) -> list[tuple[int, str]]:
    return [(e.seq, e.type) for e in events if e.type.startswith(STRUCTURAL)]


def test_20_a_slow_subscriber_has_the_whole_text_and_every_structural_event() -> None:
    many = 100_000
    graph = Graph("Talk", [talker(many)], persist_key=False)
    slow = Listener()
    graph.subscribe(slow, queue=100)
    run = graph.submit()
    result = run.result(100)["talk"]["output"]  # over, while the listener is busy with event one
    assert len(slow.heard) <= 1
    heard = slow.let_go()
    assert text(heard) == result
    assert structural(heard) == structural(run.events())
    chunks = [e for e in heard if e.type == "node.chunk"]
    assert len(chunks) < 100
    assert (chunks[-1].i, sum(e.fields.get("joined", 1) for e in chunks)) == (many - 1, many)
    assert "state.resync" not in slow.kinds()
    assert [e.seq for e in heard] == sorted(e.seq for e in heard)
    assert sum(e.type == "node.chunk" for e in run.events()) == many


def test_a_subscriber_that_keeps_up_hears_every_chunk() -> None:
    graph = Graph("Quick", [talker(50)], persist_key=False)
    quick = Listener(busy=False)
    graph.subscribe(quick)
    run = graph.submit()
    run.wait(20)
    heard = quick.let_go()
    own = [e.as_dict() for e in heard if e.run_id == run.id]
    assert own == [e.as_dict() for e in run.events()]


def test_who_listens_to_a_graph_has_heard_of_all_when_it_is_closed() -> None:
    for _ in range(20):
        graph = Graph("Closed", [talker(50)], persist_key=False)
        heard: list[Event] = []

        def hear(event: Event, heard: list[Event] = heard) -> None:
            heard.append(event)
            time.sleep(0)  # others have their turn

        graph.subscribe(hear)
        graph.run()
        graph.close()
        assert heard[-1].type == "run.succeeded"
        assert "daggr-nb-subscriber" not in [each.name for each in threading.enumerate()]


def test_a_graph_may_be_closed_by_who_listens_to_it() -> None:
    graph = Graph("Closing", [talker(5)], persist_key=False)
    closed = threading.Event()

    def hear(event: Event) -> None:
        if event.type == "run.succeeded":
            graph.close()
            closed.set()

    graph.subscribe(hear)
    graph.run()
    assert closed.wait(20)


def test_too_many_structural_events_all_come_and_one_resync_says_how_things_stand() -> None:
    nodes = [FnNode(lambda: 1, f"n{i}") for i in range(40)]
    graph = Graph("Many", nodes, persist_key=False)
    slow = Listener(until="state.resync")
    graph.subscribe(slow, queue=10)
    run = graph.submit()
    assert run.wait(60)
    heard = slow.let_go()
    assert structural(heard) == structural(run.events())
    assert slow.kinds().count("state.resync") == 1
    resync = heard[-1]
    assert resync.snapshot["n7"] == {"status": "succeeded", "freshness": "fresh"}
    assert len(resync.snapshot) == 40
    assert resync.seq == max(e.seq for e in heard)
    assert resync.as_dict()["type"] == "state.resync"


def test_after_a_resync_everything_goes_on_live() -> None:
    graph = Graph("On", [FnNode(lambda: 1, f"n{i}") for i in range(20)], persist_key=False)
    slow = Listener(until="state.resync")
    graph.subscribe(slow, queue=10)
    graph.run()
    behind = len(slow.let_go())
    resync = slow.heard[-1]
    done = threading.Event()
    graph.subscribe(lambda e: e.type == "run.succeeded" and done.set(), from_seq=resync.seq + 1)
    slow.until, slow._over = "run.succeeded", threading.Event()  # noqa: SLF001
    graph.run("n3", force=True)
    after = slow.let_go()[behind:]
    assert done.wait(20)
    assert [e.seq for e in after] == list(range(resync.seq + 1, after[-1].seq + 1))
    assert {"run.started", "node.succeeded", "run.succeeded"} <= {e.type for e in after}


def test_what_was_on_record_before_is_replayed_as_it_was() -> None:
    graph = Graph("Replay", [talker(300)], persist_key=False)
    run = graph.submit()
    assert run.wait(20)
    late = Listener(busy=False)
    graph.subscribe(late, queue=5)
    own = [e.as_dict() for e in late.let_go() if e.run_id == run.id]
    assert own == [e.as_dict() for e in run.events()]


def test_an_error_in_a_subscriber_is_logged_once_and_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called: list[Event] = []
    again = threading.Event()

    def broken(event: Event) -> None:
        called.append(event)
        if len(called) == 2:
            again.set()
        raise RuntimeError("mine")

    graph = Graph("Broken", [talker(3)], persist_key=False)
    other = Listener(busy=False)
    with caplog.at_level(logging.ERROR, logger="daggr_nb"):
        graph.subscribe(broken)
        graph.subscribe(other)
        assert graph.run() == {"talk": {"output": "012"}}
        assert text(other.let_go()) == "012"
        assert again.wait(20)
    said = [record.message for record in caplog.records]
    assert said == ["A subscriber of daggr_nb events raised; said once"]


def test_a_subscriber_that_closed_hears_nothing_more() -> None:
    graph = Graph("Closed", [FnNode(lambda: 1, "one")], persist_key=False)
    first = Listener(until="run.started")
    subscription = graph.subscribe(first)
    graph.run()
    subscription.close()
    first._go.set()  # noqa: SLF001 - it was in the middle of its first event
    second = Listener(busy=False)
    graph.subscribe(second)
    second.let_go()
    assert len(first.heard) <= 1


def test_runs_on_two_sheets_at_once_make_one_log_without_gaps() -> None:
    def talk(n: int, ctx: Context) -> int:
        for i in range(200):
            ctx.stream(str(i % 10))
        return n

    options: dict[str, Any] = {"concurrent": True, "version": "1", "volatile": True}
    nodes = [FnNode(talk, f"n{n}", inputs={"n": n}, **options) for n in range(4)]
    graph = Graph("Sheets", nodes, persist_key=False)
    first, second = graph.sheets.current, graph.sheets.create("other")
    numbers: list[int] = []
    ended = threading.Event()

    def listen(event: Event) -> None:
        numbers.append(event.seq)
        if event.type == "run.succeeded" and event.run_id == runs[-1].id:
            ended.set()

    runs = []
    for sheet in (first, second) * 4:
        graph.sheets.use(sheet)
        runs.append(graph.submit())
    graph.subscribe(listen)
    assert all(run.wait(60) for run in runs)
    assert ended.wait(60)
    assert numbers == list(range(1, len(numbers) + 1))
    for run in runs:
        own = list(run.events())
        assert own[-1].type == "run.succeeded"
        assert sum(event.type == "node.chunk" for event in own) == 800


def test_a_run_whose_sheet_is_deleted_ends_for_who_listens() -> None:
    begun, leave = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        leave.wait(20)

    graph = Graph("Gone", [FnNode(hold, version="1")], persist_key=False)
    graph.sheets.use(graph.sheets.create("gone"))
    run = graph.submit()
    assert begun.wait(20)
    graph.sheets.delete("gone")
    assert run.wait(20)
    assert [event.type for event in run.events()][-1] == "run.aborted"
    leave.set()


@pytest.mark.parametrize("queue", [0, -1, None, "many"])
def test_a_queue_that_is_none_is_an_error(queue: Any) -> None:
    with pytest.raises(GraphError, match="queue= expected a number of events from 1, got"):
        Graph("Queue", [FnNode(lambda: 1, "one")], persist_key=False).subscribe(print, queue=queue)


# ---------------------------------------------------------------- joining


def event(seq: int, kind: str, run: str = "x", **fields: Any) -> dict[str, Any]:
    return {"seq": seq, "type": f"node.{kind}", "node": "n", "exec_id": run, **fields}


def chunk(seq: int, delta: Any, run: str = "x", port: str = "o", **fields: Any) -> dict[str, Any]:
    return event(seq, "chunk", run, port=port, i=seq, delta=delta, **fields)


def shown(events: list[dict[str, Any]]) -> list[Any]:
    return [e["delta"] if e["type"] == "node.chunk" else e["type"] for e in events]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([chunk(1, "a")], ["a"]),
        ([chunk(1, "a"), chunk(2, "b")], ["ab"]),
        ([chunk(1, "a"), chunk(2, "b", reset=True), chunk(3, "c")], ["bc"]),
        ([chunk(1, "a"), chunk(2, "b", run="y"), chunk(3, "c")], ["b", "ac"]),
        ([chunk(1, "a"), chunk(2, "b", port="p"), chunk(3, "c")], ["b", "ac"]),
        ([chunk(1, "a"), event(2, "started", "y"), chunk(3, "c")], ["node.started", "ac"]),
        ([chunk(1, "a"), event(2, "retry"), chunk(3, "c")], ["a", "node.retry", "c"]),
        ([chunk(1, [1]), chunk(2, [2, 3])], [[1, 2, 3]]),
        ([chunk(1, 1), chunk(2, 2)], [1, 2]),
        ([chunk(1, "a"), chunk(2, None, reset=True), chunk(3, "c")], [None, "c"]),
    ],
)
def test_which_chunks_become_one(events: list[dict[str, Any]], expected: list[Any]) -> None:
    assert shown(condensed(events)) == expected


def test_a_joined_chunk_says_what_it_stands_for() -> None:
    joined = condensed([chunk(4, "a"), chunk(5, "b", reset=True), chunk(6, "c")])
    assert joined == [{**chunk(6, "bc", reset=True), "joined": 3}]
    assert condensed([*joined, chunk(7, "d")]) == [{**chunk(7, "bcd", reset=True), "joined": 4}]


@pytest.mark.parametrize("kind", ["progress", "note"])
def test_of_progress_and_notes_the_latest_is_told(kind: str) -> None:
    said = [event(i, kind, text=str(i)) for i in range(1, 4)]
    end = event(9, "succeeded")
    assert condensed([*said, chunk(5, "a"), end]) == [said[-1], chunk(5, "a"), end]
