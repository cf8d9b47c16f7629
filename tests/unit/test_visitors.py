"""Several people on one page: each has a session of their own over a common history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from daggr_nb import FnNode, Graph, ui


def double(x: int) -> int:
    return 2 * x


@contextmanager
def opened() -> Iterator[Graph]:
    """The graph of a notebook, until the kernel that runs it ends."""
    slider = ui.Slider(1, 9, value=4)
    graph = Graph("Visited", [FnNode(double, "double", inputs={"x": slider}, outputs=["y"])])
    yield graph
    graph.close()


@pytest.fixture
def for_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")


@pytest.fixture(autouse=True)
def author() -> None:
    """The author has left the slider at 5, and the result of 5."""
    with opened() as graph:
        graph.run(inputs={"double__x": 5})


@pytest.mark.usefixtures("for_visitors")
def test_a_visit_begins_as_the_author_left_the_sheet_and_leaves_nothing_but_records() -> None:
    for status in ("succeeded", "cached"):  # the second gets the result of the first
        with opened() as visit:
            assert visit.inputs["double__x"] == 5
            assert visit["double"].y.value == 10
            visit.run(inputs={"double__x": 7})
            assert visit["double"].y.value == 14
            assert visit.status()["double"].status == status


def test_the_author_finds_the_sheet_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("SERVER_SOFTWARE", "voila/0.5.13")
        with opened() as visit:
            visit.run(inputs={"double__x": 7})
    with opened() as graph:
        assert graph.inputs["double__x"] == 5
        assert graph["double"].y.value == 10
        assert len(graph.history("double")) == 2


@pytest.mark.usefixtures("for_visitors")
def test_sheets_of_a_visit_are_gone_with_it() -> None:
    with opened() as visit:
        visit.inputs["double__x"] = 6
        visit.sheets.duplicate(to="Mine")
        visit.sheets.use("Mine")
        assert visit.inputs["double__x"] == 6
        visit.inputs["double__x"] = 8
        visit.sheets.use("Sheet 1")
        assert visit.inputs["double__x"] == 6
    with opened() as visit:
        assert list(visit.sheets) == ["Sheet 1"]
