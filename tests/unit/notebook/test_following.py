"""Whatever a node calls is followed by how the notebook reaches it, before anything looks at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

from tests.unit.notebook.edit_cases_real import CLASS, TIMED, later
from tests.unit.notebook.edit_cases_real import F as FIRST
from tests.unit.notebook.edits import notebook

IMPORTS = """
import functools, importlib, pathlib, sys, types
from daggr_nb import ChoiceNode, FnNode, Graph
def write(text):
    pathlib.Path("own_steps.py").write_text(text)
    importlib.invalidate_caches()
sys.dont_write_bytecode = True
"""
NODE = 'node = FnNode({}, "node", inputs={{"x": 1}})'
# definition, what the node calls, and how the definition is bound anew, if not by its own cell
FOLLOWED: dict[str, tuple[str, str] | tuple[str, str, str]] = {
    "a function": (FIRST, "f"),
    "a lambda": ("f = lambda x: x + 1", "f"),
    "an async function": ("async def f(x): return x + 1", "f"),
    "a generator": ("def f(x): yield x + 1", "f"),
    "a closure": (
        "def make(plus):\n    def inner(x): return x + plus\n    return inner\nf = make(1)",
        "f",
        "f = make(100)",
    ),
    "a cached function": (f"@functools.cache\n{FIRST}", "f"),
    "a bounded cache": (f"@functools.lru_cache(maxsize=8)\n{FIRST}", "f"),
    "a wrapper": (
        f"{TIMED.replace('def around', '@functools.wraps(fn)' + chr(10) + '    def around')}"
        f"@timed\n{FIRST}",
        "f",
    ),
    "a wrapper without wraps": (f"{TIMED}@timed\n{FIRST}", "f"),
    "a function, cached now": (FIRST, "f", later(f"@functools.cache\n{FIRST}")),
    "a cache taken away": (f"@functools.cache\n{FIRST}", "f", later(FIRST)),
    "a single dispatch": (f"@functools.singledispatch\n{FIRST}", "f"),
    "a partial": ("def add(x, n): return x + n\nf = functools.partial(add, n=1)", "f",
                  "f = functools.partial(add, n=100)"),
    "the function of a partial": (FIRST, "functools.partial(f)"),
    "the function of a partial of a partial": (
        "def f(x, a=0, b=0): return x + 1 + a + b",
        "functools.partial(functools.partial(f, a=0), b=0)",
    ),
    "an object that can be called": (CLASS, "step"),
    "a method of an object": (CLASS, "step.run"),
    "a method of a class": (CLASS, "Step.made"),
    "a static method": (CLASS, "Step.plain"),
    "a static method of an object": (CLASS, "step.plain"),
    "a function in a name space": (f"{FIRST}\nbox = types.SimpleNamespace(go=f); del f", "box.go"),
    "a function of a module": (
        f"write({FIRST!r})\nimport own_steps",
        "own_steps.f",
        f"write({later(FIRST) + '  # longer'!r})\nimportlib.reload(own_steps)",
    ),
    "a function taken from a module": (
        f"write({FIRST!r})\nimport own_steps\nfrom own_steps import f",
        "f",
        f"write({later(FIRST) + '  # longer'!r})\nimportlib.reload(own_steps)\n"
        "from own_steps import f",
    ),
    "a function of a module, written in a cell": (
        f"write({FIRST!r})\nfrom own_steps import f", "f", later(FIRST)
    ),
    "another name": ("def g(x): return x + 1\nf = g\ndel g", "f",
                     "def g(x): return x + 100\nf = g"),
}  # fmt: skip


@pytest.fixture
def cells(tmp_path: Path) -> Any:
    with notebook(tmp_path) as shell:

        def run(*cells: str) -> InteractiveShell:
            for cell in cells:
                shell.run_cell(cell, store_history=True).raise_error()
            return shell

        run(IMPORTS)
        yield run
        if "graph" in shell.user_ns:
            shell.user_ns["graph"].close()


GRAPH = 'graph = Graph("Followed", [node], persist_key=False)'
RUN = 'result = graph.run()["node"]["output"]'


def parts(case: str) -> tuple[str, str, str]:
    definition, call, *again = FOLLOWED[case]
    return definition, NODE.format(call), again[0] if again else later(definition)


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_run_in_the_cell_of_the_edit_gives_the_new_result(case: str, cells: Any) -> None:
    definition, node, again = parts(case)
    shell = cells(definition, node, GRAPH, RUN)
    assert shell.user_ns["result"] == 2
    cells(f"{again}\nstatus = graph.status()['node'].freshness\n{RUN}")
    assert (shell.user_ns["status"], shell.user_ns["result"]) == ("stale", 101)


@pytest.mark.parametrize("case", FOLLOWED)
def test_an_edit_before_the_first_use_counts(case: str, cells: Any) -> None:
    definition, node, again = parts(case)
    shell = cells(definition, f"{node}\n{GRAPH}", again, RUN)
    assert shell.user_ns["result"] == 101


@pytest.mark.parametrize("case", FOLLOWED)
def test_an_edit_shows_after_its_cell_and_can_be_taken_back(case: str, cells: Any) -> None:
    definition, node, again = parts(case)
    shell = cells(definition, node, GRAPH, RUN, again)
    judged = shell.user_ns["graph"].session.current.freshness.judged
    assert judged["node"].freshness == "stale"
    cells(definition if "reload" not in again else f"{definition}\nimportlib.reload(own_steps)")
    if "reload" in again and "import f" in again:
        cells("from own_steps import f")
    assert judged["node"].freshness == "fresh"


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ('FnNode(lambda x: x, "node", {"x": 1}, preprocess=f)', "code of f changed"),
        ('FnNode(lambda x: x, "node", {"x": 1}, postprocess=f)', "code of f changed"),
        ('FnNode(lambda x: x, "node", {"x": functools.partial(f, 1)})', "code of f changed"),
        ('FnNode(lambda x: x, "node", {"x": draw})', "code of draw changed"),
        ('ChoiceNode([FnNode(f, "a", {"x": 1}), FnNode(f, "b", {"x": 1})], "node")', "code of f"),
    ],
    ids=["preprocess", "postprocess", "drawn by a partial", "drawn", "a choice"],
)
def test_every_function_of_a_node_is_followed(node: str, said: str, cells: Any) -> None:
    first = (
        "def f(x):\n    return {'x': 2} if isinstance(x, dict) else x + 1\ndef draw(): return 1 + 1"
    )
    shell = cells(first, f"node = {node}\n{GRAPH}", RUN)
    assert shell.user_ns["result"] == 2
    again = later(first).replace("'x': 2", "'x': 101").replace("+ 100\ndef", "+ 100\ndef")
    cells(again)
    status = shell.user_ns["graph"].status()["node"]
    assert said in str(status.reasons[0])
    cells(RUN)
    assert shell.user_ns["result"] == 101


NOT_FOLLOWED = {
    "the name holds something else": (FIRST, NODE.format("f"), "f = 3"),
    "another name still holds it": (f"{FIRST}\nkept = f", NODE.format("f"), later(FIRST)),
    "the name is gone": (FIRST, NODE.format("f"), "del f"),
    "the name holds another function": (
        f"{FIRST}\nmore = lambda x: x + 100", NODE.format("f"), "f = more"
    ),
    "a function of a loop": (
        "made = []\nfor n in (1, 2):\n    def f(x, n=n): return x + n\n    made.append(f)",
        NODE.format("made[0]"),
        "def f(x, n=1): return x + 100",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_FOLLOWED)
def test_what_is_another_thing_is_not_followed(case: str, cells: Any) -> None:
    definition, node, again = NOT_FOLLOWED[case]
    shell = cells(definition, node, GRAPH, RUN, again, RUN)
    assert shell.user_ns["result"] == 2
    assert shell.user_ns["graph"].status()["node"].freshness == "fresh"


def test_a_node_bound_anew_is_run_in_its_cell(cells: Any) -> None:
    shell = cells(FIRST, NODE.format("f"), GRAPH, RUN)
    cells(f"{NODE.format('f').replace(': 1', ': 2')}\n{RUN}")
    assert shell.user_ns["result"] == 3


def test_a_function_that_does_not_fit_before_the_first_use_warns(cells: Any) -> None:
    cells(FIRST, NODE.format("f"), GRAPH)
    with pytest.warns(UserWarning, match="node keeps its former code: .*no parameter 'x'"):
        cells("def f(other): return other")
