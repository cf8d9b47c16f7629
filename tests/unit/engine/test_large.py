"""Captured data above 16 MB: looked at when its name is bound again and before a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.notebook.edits import notebook

Run = Callable[[str], Any]

BEFORE = """
import numpy as np
from daggr_nb import FnNode, Graph, ui
"""
ARRAY = """
D = np.zeros(3_000_000)
def f(x): return x + float(D.sum())
def g(x): return x + float(D.sum())
graph = Graph(
    "Large",
    [FnNode(f, inputs={"x": ui.Number(1)}), FnNode(g, inputs={"x": ui.Number(1)})],
    persist_key=False,
)
graph.run()
"""
COUNTED = """
import itertools
looks = itertools.count()  # which counts by its definition only
class Data:
    def __init__(self, size): self.content = bytes(size)
    def __daggr_digest__(self):
        next(looks)
        return self.content
D = Data(SIZE)
def f(x): return x + len(D.content)
graph = Graph("Counted", [FnNode(f, inputs={"x": ui.Number(1)})], persist_key=False)
graph.run()
"""


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[Run]:
    """Runs a cell of a new notebook and returns what its last line says."""
    with notebook(tmp_path) as shell:

        def run(code: str) -> Any:
            done = shell.run_cell(code, store_history=True)
            done.raise_error()
            return done.result

        run(BEFORE)
        yield run
        graph = shell.user_ns.get("graph")
        if graph is not None:
            graph.session.close()


def shown(cell: Run) -> Any:
    """What the canvas shows of ``f`` after the last cell; nobody looks again for it."""
    return cell("graph.session.current.freshness.judged['f'].freshness")


def looked(cell: Run) -> int:
    """How often the data of ``COUNTED`` has been digested."""
    return int(cell("repr(looks)").removeprefix("count(").rstrip(")"))


def test_a_change_in_place_is_noticed_before_the_next_run(cell: Run) -> None:
    cell(ARRAY)
    cell("np.put(D, [5], [2])")
    assert shown(cell) == "fresh"
    assert cell("[step.node for step in graph.plan()]") == ["f", "g"]
    assert shown(cell) == "stale"
    assert cell("graph.run()")["f"]["output"] == 3


def test_who_asks_for_the_status_gets_the_truth(cell: Run) -> None:
    cell(ARRAY)
    cell("D[5] = 2")
    assert cell("graph.status()['f'].freshness") == "stale"


@pytest.mark.parametrize(
    "bound", ["D = np.ones(3_000_000)", "D += 1", "D[5] = 2; D = D", "D = np.zeros(3_000_001)"]
)
def test_a_name_bound_again_is_looked_at_at_once(cell: Run, bound: str) -> None:
    cell(ARRAY)
    cell(bound)
    assert shown(cell) == "stale"
    assert cell("str(graph.session.current.freshness.judged['f'].reasons[0])").startswith("D")
    cell("D = np.zeros(3_000_000)")
    assert shown(cell) == "fresh"


def test_a_smaller_array_is_looked_at_after_every_cell(cell: Run) -> None:
    cell(ARRAY.replace("3_000_000", "1_000_000"))
    cell("D[5] = 2")
    assert shown(cell) == "stale"


def test_code_around_large_data_is_looked_at_after_every_cell(cell: Run) -> None:
    cell(COUNTED.replace("SIZE", "17_000_000"))
    looks = looked(cell)
    cell("Data.__len__ = lambda self: 3")
    assert shown(cell) == "stale"
    assert looked(cell) == looks
    cell("del Data.__len__")
    assert shown(cell) == "fresh"


def test_large_data_is_digested_for_runs_and_not_for_cells(cell: Run) -> None:
    cell(COUNTED.replace("SIZE", "17_000_000"))
    looks = looked(cell)
    for number in range(5):
        cell(f"unrelated = {number}")
    assert looked(cell) == looks
    cell("graph.run()")
    assert looked(cell) > looks


def test_small_data_is_digested_for_every_cell(cell: Run) -> None:
    cell(COUNTED.replace("SIZE", "1_000"))
    looks = looked(cell)
    for number in range(5):
        cell(f"unrelated = {number}")
    assert looked(cell) >= looks + 5


def test_a_large_constant_input_is_digested_for_runs_and_not_for_cells(cell: Run) -> None:
    cell(
        COUNTED.replace("SIZE", "17_000_000")
        .replace("def f(x): return x + len(D.content)", "def f(x, d): return x")
        .replace('"x": ui.Number(1)', '"x": ui.Number(1), "d": D')
    )
    looks = looked(cell)
    cell("unrelated = 1")
    assert looked(cell) == looks
    cell("D.content = bytes(18_000_000)")
    assert cell("graph.status()['f'].freshness") == "stale"


def test_what_is_large_no_longer_is_let_go(cell: Run) -> None:
    cell(ARRAY)
    cell("import weakref; gone = weakref.ref(D); D = np.zeros(3)")
    cell("unrelated = 1")
    assert cell("gone() is None")
