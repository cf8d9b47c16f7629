"""Edits of cells in a real IPython shell: what turns stale, and why."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

DEFINITIONS = """
K = 3

def clean(text):
    return text.strip()

def shorten(text: str, n: int) -> str:
    return clean(text)[:n * K]
"""
GRAPH = """
from daggr_nb import FnNode, Graph, ui
short = FnNode(shorten, inputs={"text": ui.Textbox("  otters at dusk "), "n": 2})
loud = FnNode(str.upper, "loud", inputs={"self": short.output})
graph = Graph("Cells", nodes=[loud])
"""


def run(shell: InteractiveShell, code: str) -> Any:
    return shell.run_cell(code, store_history=True)


def reasons(shell: InteractiveShell) -> dict[str, list[str]]:
    """What the session says without being asked to look at the code again."""
    session = shell.user_ns["graph"].session
    return {
        name: [str(r) for r in j.reasons] for name, j in session.current.freshness.judged.items()
    }


@pytest.fixture
def ran(shell: InteractiveShell) -> InteractiveShell:
    for cell in (DEFINITIONS, GRAPH, "graph.run()"):
        assert run(shell, cell).success
    assert reasons(shell) == {"shorten": [], "loud": []}
    return shell


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("def shorten(text, n):\n    return clean(text)[: n + K]", "code of shorten changed"),
        ("def clean(text):\n    return text.strip().lower()", "code of clean changed"),
        ("K = 4", "K: 3 → 4"),
    ],
    ids=["function", "helper", "constant"],
)
def test_an_edited_cell_turns_its_nodes_stale(
    ran: InteractiveShell, cell: str, expected: str
) -> None:
    assert run(ran, cell).success
    assert reasons(ran) == {"shorten": [expected], "loud": ["waits for shorten"]}
    run(ran, DEFINITIONS)
    assert reasons(ran) == {"shorten": [], "loud": []}


@pytest.mark.parametrize(
    "cell",
    [
        DEFINITIONS,
        "def clean(text):\n    '''Tidy.'''\n    # a comment\n    return text.strip()",
        "other = 5",
        "this is no Python",
        "1 / 0",
    ],
    ids=["again", "comment", "unrelated", "syntax error", "raises"],
)
def test_what_changes_nothing_leaves_everything_fresh(ran: InteractiveShell, cell: str) -> None:
    run(ran, cell)
    assert reasons(ran) == {"shorten": [], "loud": []}


def test_the_new_code_is_what_runs(ran: InteractiveShell) -> None:
    run(ran, "def shorten(text, n):\n    return 'new'")
    run(ran, "result = graph.run()")
    assert ran.user_ns["result"] == {"loud": {"output": "NEW"}}


def test_a_graph_cell_that_is_run_again_keeps_its_session(ran: InteractiveShell) -> None:
    before = ran.user_ns["graph"].session
    assert run(ran, GRAPH).success
    assert ran.user_ns["graph"].session is before
    assert reasons(ran) == {"shorten": [], "loud": []}


def test_a_function_that_no_longer_fits_is_said_on_the_canvas(ran: InteractiveShell) -> None:
    run(ran, "def shorten(words):\n    return words")
    session = ran.user_ns["graph"].session
    assert "shorten keeps its former code" in session.current.notice
    assert "'text'" in session.current.notice


def test_a_graph_that_cannot_be_built_is_said_on_the_canvas(ran: InteractiveShell) -> None:
    run(
        ran,
        "twins = [FnNode(len, 'a', {'obj': 1}), FnNode(len, 'a', {'obj': 1})]\n"
        "Graph('Cells', nodes=twins)",
    )
    session = ran.user_ns["graph"].session
    assert "cannot be built: Two different nodes are called 'a'" in session.current.notice
    assert list(session.current.structure.nodes) == ["shorten", "loud"]
    run(ran, GRAPH)
    assert session.current.notice == ""


def test_a_node_bound_anew_takes_the_place_of_its_variable(ran: InteractiveShell) -> None:
    run(ran, 'loud = FnNode(str.title, "loud", inputs={"self": short.output})')
    assert reasons(ran)["shorten"] == []
    assert reasons(ran)["loud"] != []
    assert run(ran, "graph.run()['loud']['output']").result == "Otters"


def test_nodes_bound_anew_together_feed_each_other_and_what_was_there(
    ran: InteractiveShell,
) -> None:
    run(ran, 'short = FnNode(shorten, inputs={"text": ui.Textbox("ducks at dawn"), "n": 1})')
    assert list(ran.user_ns["graph"].nodes) == ["shorten", "loud"]
    assert run(ran, "graph.run()['loud']['output']").result == "DUC"


def test_a_node_that_does_not_fit_leaves_the_graph_as_it_was(ran: InteractiveShell) -> None:
    run(ran, 'short = FnNode(shorten, inputs={"text": "x", "n": 1}, outputs=["other"])')
    session = ran.user_ns["graph"].session
    assert "'output' is not one" in session.current.notice
    assert reasons(ran) == {"shorten": [], "loud": []}
    assert run(ran, "graph.run()['loud']['output']").result == "OTTERS"
    run(ran, 'short = FnNode(shorten, inputs={"text": "x", "n": 1})')
    assert session.current.notice == ""
    assert run(ran, "graph.run()['loud']['output']").result == "X"


def test_a_variable_that_comes_to_serve_another_graph_gives_the_node_back(
    ran: InteractiveShell,
) -> None:
    run(ran, 'short = FnNode(str.lower, "lower", inputs={"self": "ABC"})')
    assert list(ran.user_ns["graph"].nodes) == ["lower", "loud"]
    run(ran, 'other = Graph("Other", nodes=[short], persist_key=False)')
    assert list(ran.user_ns["graph"].nodes) == ["shorten", "loud"]
    assert reasons(ran) == {"shorten": [], "loud": []}
    assert run(ran, "other.run()['lower']['output']").result == "abc"


def test_a_variable_that_holds_something_else_leaves_its_node_alone(
    ran: InteractiveShell,
) -> None:
    run(ran, "kept = short; short = 'gone'")
    run(ran, "loud = None")
    assert reasons(ran) == {"shorten": [], "loud": []}
    run(ran, 'other = short = FnNode(shorten, inputs={"text": "x", "n": 1})')
    assert reasons(ran) == {"shorten": [], "loud": []}


LOOP = """
makers = []
for word in ("otter", "heron"):
    def greet(n: int, word: str = word) -> str:
        return " ".join([word] * n)
    makers.append(greet)
"""
LOOPED = """
greeters = [FnNode(fn, f"greet {i}", inputs={"n": 2}) for i, fn in enumerate(makers)]
many = Graph("Many", nodes=greeters, persist_key=False)
said = many.run()
"""


def test_functions_that_a_loop_defines_under_one_name_stay_apart(shell: InteractiveShell) -> None:
    for cell in ("from daggr_nb import FnNode, Graph", LOOP, LOOPED, "1"):
        assert run(shell, cell).success
    many = shell.user_ns["many"]
    assert {status.freshness for status in many.status().values()} == {"fresh"}
    run(shell, LOOP.replace('" ".join', '"-".join'))
    many.run()
    assert many["greet 0"].output.value == "otter otter"  # its own, while the list is the old one
    run(shell, LOOPED)
    many = shell.user_ns["many"]
    assert [many[f"greet {i}"].output.value for i in range(2)] == ["otter-otter", "heron-heron"]


DECORATED = """
from daggr_nb import Graph, node

@node
def count() -> int:
    return 2

@node
def double(n: int) -> int:
    return 2 * n

doubled = double(count)
graph = Graph("Decorated", [doubled], persist_key=False)
"""


def test_a_decorated_function_is_followed_itself_and_by_what_it_was_called_with(
    shell: InteractiveShell,
) -> None:
    for cell in (DECORATED, "graph.run()", "graph.run(force=True)"):
        assert run(shell, cell).success
    assert reasons(shell) == {"count": [], "double": []}
    assert shell.user_ns["doubled"].value == 4
    assert run(shell, "@node\ndef double(n: int) -> int:\n    return 3 * n").success
    assert reasons(shell) == {"count": [], "double": ["code of double changed"]}
    assert run(shell, "graph.run()").success
    assert shell.user_ns["doubled"].value == 6
    assert run(shell, "@node\ndef count() -> int:\n    return 5").success
    assert run(shell, "graph.run()").success
    assert shell.user_ns["doubled"].value == 15
