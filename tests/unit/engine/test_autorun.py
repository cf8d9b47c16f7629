"""What runs by itself after an edit, on virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._engine.session.autorun import PAUSE
from daggr_nb._engine.session.session import Session
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import build
from daggr_nb._nodes.inputs import InputNode
from daggr_nb.errors import InputError, UnknownNodeError
from daggr_nb.testing import After, Return, ScriptNode, VirtualTime


class Desk:
    """A slow node below a form and a quick one beside it, with autorun for ``nodes``."""

    def __init__(self, nodes: list[str] | None, takes: float = 1.0) -> None:
        form = InputNode("form", ports={"x": ui.Number(value=1)})
        self.slow = ScriptNode("slow", {"x": form.x}, [After(takes, Return(lambda i: i["x"] * 2))])
        self.other = ScriptNode("other", {"x": form.x}, [Return(lambda i: i["x"])])
        self.time = VirtualTime()
        self.session: Session = self.time.session([form, self.slow, self.other])
        self.session.run_after_edits(None if nodes is None else [NodeId(n) for n in nodes])

    def edit(self, value: float) -> None:
        self.session.current.set_inputs({(NodeId("form"), "x"): value})

    def runs(self) -> list[str]:
        told = self.session.events.follow(0, lambda: True)
        return [event.type for event in told if event.type.startswith("run.")]

    def value(self, node: str) -> Any:
        return self.session.current.inputs.value(NodeId(node), "output")


def test_nothing_runs_by_itself_unless_asked() -> None:
    desk = Desk(None)
    desk.edit(5)
    desk.time.run()
    assert desk.runs() == []


def test_an_edit_runs_what_is_stale_a_moment_later() -> None:
    desk = Desk([])
    desk.edit(5)
    desk.time.run(until=desk.time.now + PAUSE / 2)
    assert desk.runs() == []
    desk.time.run()
    assert desk.runs() == ["run.started", "run.succeeded"]
    assert (desk.value("slow"), desk.value("other")) == (10, 5)


def test_edits_within_a_moment_are_one_run() -> None:
    desk = Desk([])
    for value in (2, 3, 4):
        desk.edit(value)
        desk.time.run(until=desk.time.now + PAUSE / 3)
    desk.time.run()
    assert desk.runs() == ["run.started", "run.succeeded"]
    assert desk.value("slow") == 8


def test_an_overtaken_run_is_cancelled_and_the_latest_edit_wins() -> None:
    desk = Desk([], takes=10)
    desk.edit(2)
    desk.time.run(until=desk.time.now + 3)
    desk.edit(3)
    desk.time.run()
    assert desk.runs() == ["run.started", "run.aborted", "run.started", "run.succeeded"]
    assert desk.value("slow") == 6


def test_named_nodes_alone_are_brought_up_to_date() -> None:
    desk = Desk(["other"])
    desk.edit(7)
    desk.time.run()
    assert desk.value("other") == 7
    assert desk.session.current.freshness.judged[NodeId("slow")].freshness == "missing"


def test_a_result_edited_by_hand_runs_what_is_below_and_its_undo_brings_it_back() -> None:
    desk = Desk([])
    below = ScriptNode("below", {"x": desk.slow.output}, [Return(lambda i: i["x"] + 1)] * 2)
    desk.session.attach(build([desk.slow, desk.other, below]))
    desk.edit(2)
    desk.time.run()
    assert desk.value("below") == 5
    desk.session.current.override(NodeId("slow"), "output", 10)
    desk.time.run()
    assert desk.value("below") == 11
    desk.session.current.undo()
    desk.time.run()
    assert (desk.value("slow"), desk.value("below")) == (4, 5)


def test_an_edit_undone_is_an_edit() -> None:
    desk = Desk([])
    for value in (2, 3):
        desk.edit(value)
        desk.time.run()
    desk.session.current.undo()
    desk.time.run()
    assert (desk.value("slow"), desk.value("other")) == (4, 2)


def test_a_restore_starts_nothing() -> None:
    desk = Desk([])
    for value in (2, 3):
        desk.edit(value)
        desk.time.run()
    before = len(desk.runs())
    log = desk.session.log
    older = list(log.history(NodeId("slow"), 2))[1]
    desk.session.current.select(log.record(older))
    desk.time.run()
    assert desk.value("slow") == 4
    assert len(desk.runs()) == before


def double(x: int) -> int:
    return 2 * x


def test_the_setting_is_read_and_set_on_the_graph_and_stays_with_its_key() -> None:
    node = FnNode(double, inputs={"x": ui.Number(value=1)})
    graph = Graph("Auto", [node])
    assert graph.autorun is None
    graph.autorun = "stale"
    assert Graph("Auto", [FnNode(double, inputs={"x": ui.Number(value=1)})]).autorun == "stale"
    graph.autorun = [node]
    assert graph.autorun == ["double"]
    graph.autorun = None
    assert graph.autorun is None
    graph.close()


def test_what_cannot_run_by_itself_is_refused() -> None:
    graph = Graph("Auto", [FnNode(double, inputs={"x": ui.Number(value=1)})], persist_key=False)
    with pytest.raises(InputError, match="'stale', a list of nodes or None, got 'always'"):
        graph.autorun = "always"
    with pytest.raises(UnknownNodeError, match="Did you mean 'double'"):
        graph.autorun = ["duble"]
