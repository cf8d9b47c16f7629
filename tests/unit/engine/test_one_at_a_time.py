"""Functions that nobody declared concurrent run one at a time, and whoever waits is told."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.views import node_state
from daggr_nb._notebook.progress import _watch

SAID = "one at a time; try concurrent=True"


class Gate:
    """A function that waits, and says when it does."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def wait(self, x: int) -> int:
        self.begun.set()
        assert self.open.wait(30)
        return x


@pytest.fixture
def gate() -> Gate:
    return Gate()


def scattered(gate: Gate, **options: Any) -> Graph:
    numbers = FnNode(lambda: [1, 2, 3], "numbers", concurrent=True)
    inputs = {"x": numbers.output.each}
    each = FnNode(gate.wait, "each", inputs=inputs, version="1", **options)
    return Graph("Waiting", [each], persist_key=False)


def told(graph: Graph, gate: Gate) -> tuple[Any, str]:
    """What the card and the run say while the first item is at work."""
    run = graph.submit()
    assert gate.begun.wait(30)
    with graph.session.reading() as current:
        state = node_state(current, "each")  # type: ignore[arg-type]
    bottleneck = run.bottleneck
    gate.open.set()
    run.result()
    assert run.bottleneck == ""
    return state, bottleneck


def test_items_that_wait_for_each_other_say_so(gate: Gate) -> None:
    card, run = told(scattered(gate), gate)
    assert (card.items.done, card.items.total, card.note) == (0, 3, SAID)
    assert run == f"items of each run {SAID}"


@pytest.mark.parametrize("options", [{"concurrent": True}, {"concurrency_group": "gpu"}])
def test_who_has_declared_something_is_not_told(gate: Gate, options: Any) -> None:
    card, run = told(scattered(gate, **options), gate)
    assert (card.note, run) == ("", "")


def test_a_plan_says_so(gate: Gate) -> None:
    plan = scattered(gate).plan()
    assert [step.note for step in plan] == ["", f"items {SAID}"]
    assert str(plan).endswith(f"each: not run (items {SAID})")
    assert f"(items {SAID})" in plan._repr_html_()
    assert [step.note for step in scattered(gate, concurrent=True).plan()] == ["", ""]


def swept(**options: Any) -> Graph:
    form = InputNode("form", ports={"x": ui.Number(value=1)})
    beside = FnNode(lambda: 1, "beside")
    one = FnNode(lambda x: x, "one", inputs={"x": form.x}, **options)
    return Graph("Swept", [one, beside], persist_key=False)


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [([1, 2], {}, f"one runs {SAID}"), ([1, 2], {"concurrent": True}, ""), ([1], {}, "")],
)
def test_the_line_of_a_sweep_says_so(
    monkeypatch: pytest.MonkeyPatch, values: list[int], options: Any, said: str
) -> None:
    lines: list[str] = []

    class Line:
        def update(self, data: dict[str, str], raw: bool) -> None:
            lines.append(data["text/plain"])

    class Waiting:
        """A sweep that is not over when it is looked at first."""

        def __init__(self, sweeping: Any) -> None:
            self._looks = iter([False, True])
            self.progress, self.bottleneck = sweeping.progress, sweeping.bottleneck

        def wait(self, timeout: float | None = None) -> bool:
            return next(self._looks)

        def cancel(self) -> None:
            raise AssertionError

    monkeypatch.setattr("daggr_nb._graph.wait_and_show", lambda run: _watch(Waiting(run), Line()))
    graph = swept(**options)
    graph.sweep({"form__x": values})
    assert lines[0].partition(" s")[2].partition(" · ")[2].partition(" · ")[2] == said
