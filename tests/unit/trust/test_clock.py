"""A clock that is set back makes no time negative, and turns no order round."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.task.clock import SteadyClock
from daggr_nb._provenance.log.store import MemoryStore
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import told


def test_t27_time_never_goes_back_and_follows_the_wall_clock_ahead() -> None:
    at = SimpleNamespace(wall=1000.0, monotonic=5.0)
    clock = SteadyClock(lambda: at.wall, lambda: at.monotonic)
    assert clock() == 1000.0
    at.wall, at.monotonic = 400.0, 7.0  # set back by ten minutes
    assert clock() == 1002.0
    at.wall, at.monotonic = 1e6, 8.0  # after a sleep
    assert clock() == 1e6
    at.wall, at.monotonic = 1e6 + 2, 10.0
    assert clock() == 1e6 + 2


def test_t27_a_duration_is_never_negative() -> None:
    times = iter(range(10_000, 0, -10))
    session = Session(MemoryStore(), clock=lambda: float(next(times)))
    graph = Graph("Back", [FnNode(lambda: 1, "it")], persist_key=False)
    session.attach(graph.wiring.structure)
    assert session.submit([]).wait(20)
    record = session.log.record(next(session.log.history("it")))
    assert record.duration == 0
    assert replace(record, started_at=1.0, ended_at=3.5).duration == 2.5


@pytest.fixture
def graph() -> Graph:
    times = iter(range(10_000, 0, -10))
    session = Session(MemoryStore(), clock=lambda: float(next(times)))
    node = FnNode(lambda x: x, "it", inputs={"x": ui.Number(1)})
    graph = Graph("Order", [node], persist_key=False)
    session.attach(graph.wiring.structure)
    graph._session = session  # noqa: SLF001 - whose clock is set back all the time
    for x in (1, 2):
        graph.run(inputs={"it__x": x})
    return graph


def test_t27_runs_are_compared_in_the_order_of_the_history(graph: Graph) -> None:
    latter, former = graph.history("it")
    assert former.record.started_at > latter.record.started_at
    for difference in (former.compare(latter), latter.compare(former)):
        assert difference.inputs == {"x": (1, 2)}
    view = View(graph)
    for records in ([former.id, latter.id], [latter.id, former.id]):
        answer = told(view, "compare", node="it", records=records)
        assert (answer["former"]["index"], answer["latter"]["index"]) == (1, 2)
