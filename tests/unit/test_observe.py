"""Who observes a port hears of every other value it shows."""

from __future__ import annotations

import gc
import logging
import queue
import threading
import weakref
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui


def double(x: int) -> int:
    return 2 * x


@pytest.fixture
def graph() -> Graph:
    form = InputNode("form", ports={"x": ui.Number(value=2, precision=0)})
    return Graph("Observed", [FnNode(double, inputs={"x": form.x}, outputs=["y"])])


class Heard:
    """Changes as they come; :meth:`next` waits for one."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()

    def __call__(self, change: Any) -> None:
        self._queue.put(change)

    def change(self) -> Any:
        return self._queue.get(timeout=10)

    def next(self) -> tuple[Any, Any]:
        change = self.change()
        return change.old, change["new"]

    @property
    def empty(self) -> bool:
        return self._queue.empty()


def test_an_output_is_heard_when_it_is_another_value(graph: Graph) -> None:
    heard = Heard()
    graph["double"].y.observe(heard)
    graph.run()
    assert heard.next() == (None, 4)
    graph.run("double", force=True)  # the same value again
    graph.run(inputs={"form__x": 5})
    assert heard.next() == (4, 10)
    graph.select(graph.history("double")[-1])
    assert heard.next() == (10, 4)
    graph.sheets.use(graph.sheets.create("Empty"))
    assert heard.next() == (4, None)


def test_an_input_is_heard_wherever_it_is_set(graph: Graph) -> None:
    heard = Heard()
    graph["form"].x.observe(heard)
    graph.inputs["form__x"] = 3
    assert heard.next() == (2, 3)
    graph.undo()
    assert heard.next() == (3, 2)


def test_who_does_not_listen_any_more_hears_nothing(graph: Graph) -> None:
    gone, heard = Heard(), Heard()
    port = graph["form"].x
    port.observe(gone)
    port.observe(heard)
    port.unobserve(gone)
    graph.inputs["form__x"] = 3
    assert heard.next() == (2, 3)
    assert gone.empty


def test_an_error_in_a_handler_harms_nobody(graph: Graph, caplog: pytest.LogCaptureFixture) -> None:
    def broken(change: Any) -> None:
        raise ValueError("broken handler")

    heard = Heard()
    graph["form"].x.observe(broken)
    graph["double"].y.observe(heard)
    with caplog.at_level(logging.ERROR, logger="daggr_nb"):
        graph.run(inputs={"form__x": 3})
        assert heard.next() == (None, 6)
    assert "broken handler" in caplog.text


def test_observers_stay_when_the_graph_is_defined_again(graph: Graph) -> None:
    heard = Heard()
    graph["double"].y.observe(heard)
    form = InputNode("form", ports={"x": ui.Number(value=7, precision=0)})
    again = Graph("Observed", [FnNode(double, inputs={"x": form.x}, outputs=["y"])])
    again.run()
    assert heard.next() == (None, 14)


def test_a_handler_that_a_cell_defines_again_takes_the_place_of_its_former_version(
    graph: Graph,
) -> None:
    heard = Heard()
    for version in (1, 2):
        namespace = {"__name__": "__main__", "heard": heard, "version": version}
        exec("def told(change): heard({'v': version, **change})", namespace)
        graph["form"].x.observe(namespace["told"])
    graph.inputs["form__x"] = 9
    assert heard.change()["v"] == 2
    graph.inputs["form__x"] = 8
    assert heard.change()["v"] == 2


def test_nothing_is_left_of_a_session_that_is_gone(graph: Graph) -> None:
    def watchers() -> set[threading.Thread]:
        return {t for t in threading.enumerate() if t.name == "daggr-nb-observers"}

    before = watchers()
    graph["double"].y.observe(print)
    (watcher,) = watchers() - before
    session = weakref.ref(graph.session)
    graph.close()
    del graph
    gc.collect()
    watcher.join(10)
    assert not watcher.is_alive()
    assert session() is None
