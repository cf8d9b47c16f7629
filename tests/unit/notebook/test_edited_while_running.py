"""Cells that are run while a node is at work: what it makes is nobody's result for good."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("IPython")
from tests.unit.notebook.edits import notebook

SETUP = """
import dataclasses, functools, importlib, pathlib, sys, types
from daggr_nb import FnNode, Graph
sys.dont_write_bytecode = True
def write(text):
    pathlib.Path("own_mid.py").write_text(text)
    importlib.invalidate_caches()
"""
NODE = """
def slow():
    began.set()
    go.wait(60)
    return use()
node = FnNode(slow, ignore=["began", "go"])
graph = Graph("Race", [node], persist_key=False)
"""
# definition of use(), the edit, what takes it back (by default the definition again)
EDITED = {
    "a helper": ("def use(): return 1", "def use(): return 2"),
    "a helper's helper": ("def deep(): return 1\ndef use(): return deep()", "def deep(): return 2"),
    "a constant": ("K = 1\ndef use(): return K", "K = 2"),
    "a list in place": ("K = [1]\ndef use(): return sum(K)", "K[0] = 2", "K[0] = 1"),
    "a method": (
        "class Tool:\n    def go(self): return 1\ndef use(): return Tool().go()",
        "Tool.go = lambda self: 2",
    ),
    "a class": (
        "class Tool:\n    k = 1\ndef use(): return Tool.k",
        "class Tool:\n    k = 2",
    ),
    "a default": ("def use(k=1): return k", "use.__defaults__ = (2,)", "use.__defaults__ = (1,)"),
    "a module": (
        "write('V = 1')\nimport own_mid\ndef use(): return own_mid.V",
        "own_mid.V = 2",
        "own_mid.V = 1",
    ),
    "a setting of an object": (
        "box = types.SimpleNamespace(k=1)\ndef use(): return box.k",
        "box.k = 2",
        "box.k = 1",
    ),
    "a decorator": (
        "@functools.cache\ndef use(): return 1",
        "@functools.cache\ndef use(): return 2",
    ),
}


@pytest.fixture
def cells(tmp_path: Path) -> Any:
    with notebook(tmp_path) as shell:
        shell.user_ns["began"], shell.user_ns["go"] = threading.Event(), threading.Event()

        def run(*cells: str) -> Any:
            for cell in cells:
                shell.run_cell(cell, store_history=True).raise_error()
            return shell.user_ns

        run(SETUP)
        yield run
        shell.user_ns["go"].set()
        if "graph" in shell.user_ns:
            shell.user_ns["graph"].close()


def start(cells: Any, definition: str) -> None:
    names = cells(definition, NODE, "running = graph.submit()")
    assert names["began"].wait(60)


@pytest.mark.parametrize("case", EDITED)
def test_an_edit_during_a_run_leaves_nothing_that_is_fresh(case: str, cells: Any) -> None:
    definition, edit, *back = EDITED[case]
    start(cells, definition)
    names = cells(edit, "go.set(); running.wait()")
    status = names["graph"].status()["slow"]
    assert (status.freshness, names["node"].output.value) == ("stale", 2)
    names = cells(*(back or [definition]))
    status = names["graph"].status()["slow"]
    assert status.freshness == "unverified"
    assert "changed while it ran" in str(status.reasons[0])
    cells("result = graph.run()['slow']['output']")
    assert names["result"] == 1
    assert names["graph"].status()["slow"].freshness == "fresh"


@pytest.mark.parametrize("case", EDITED)
def test_an_edit_that_is_taken_back_during_the_run_counts_too(case: str, cells: Any) -> None:
    definition, edit, *back = EDITED[case]
    start(cells, definition)
    names = cells(edit, *(back or [definition]), "go.set(); running.wait()")
    status = names["graph"].status()["slow"]
    assert status.freshness == "unverified"
    assert "changed while it ran" in str(status.reasons[0])


@pytest.mark.parametrize(
    "cell",
    [
        "unrelated = 5",
        "def other(): return 1",
        "def use():\n    '''The same.'''\n    return 1  # so",
        "def slow():\n    return 'another'\n",
        "graph.status(); graph.plan()",
    ],
    ids=["a name", "a function", "a comment", "its own function", "a look"],
)
def test_what_changes_nothing_of_what_runs_leaves_its_record_alone(cell: str, cells: Any) -> None:
    definition = "def use(): return 1"
    start(cells, definition)
    names = cells(cell, "go.set(); running.wait()")
    record = names["node"].last
    assert (record.record.unverified, record.outputs) == ("", {"output": 1})


def test_what_the_run_itself_changes_is_no_edit(cells: Any) -> None:
    start(cells, "memo = {}\ndef use():\n    memo['k'] = memo.get('k', 0) + 1\n    return 1")
    names = cells("1", "go.set(); running.wait()")
    assert names["graph"].status()["slow"].freshness == "fresh"


def test_items_that_were_at_work_are_not_found_again_either(cells: Any) -> None:
    cells("K = 1\ndef words(): return ['a', 'b']")
    cells(
        "def each(word):\n    began.set()\n    go.wait(60)\n    return word * K\n"
        "node = FnNode(each, inputs={'word': FnNode(words).output.each}, ignore=['began', 'go'])\n"
        "graph = Graph('Race', [node], persist_key=False)",
        "running = graph.submit()",
    )
    names = cells("1")
    assert names["began"].wait(60)
    cells("K = 3", "go.set(); running.wait()", "K = 1", "result = graph.run()['each']['output']")
    assert names["result"] == ["a", "b"]
