"""Cells that define decorated functions, call them, and are run again."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

from tests.unit.notebook.test_cells import reasons, run

DEFINITIONS = """
from daggr_nb import Const, Graph, node, ui

K = 2

@node
def cut(text: str, n: int = 3) -> str:
    return text[: n * K]

@node
def ends(text: str) -> tuple[str, str]:
    return text[0], text[-1]

@node
def join(a: str, b: str) -> str:
    return a + b
"""
GRAPH = """
short = cut(ui.Textbox("otters at dusk"), n=2)
first, last = ends(short)
joined = join(first, last)
"""


@pytest.fixture
def ran(shell: InteractiveShell) -> InteractiveShell:
    for cell in (DEFINITIONS, GRAPH, "graph = Graph(joined)", "graph.run()"):
        assert run(shell, cell).success
    assert shell.user_ns["graph"].name == "graph"
    assert reasons(shell) == {"cut": [], "ends": [], "join": []}
    assert value(shell) == "oe"
    return shell


def value(shell: InteractiveShell) -> Any:
    return shell.user_ns["graph"].results["join"]["output"]


EDITED = "@node\ndef cut(text: str, n: int = 3) -> str:\n    return text[1: n * K]"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (EDITED, "code of cut changed"),
        (EDITED.replace("@node\n", ""), "code of cut changed"),
        ("K = 3", "K: 2 → 3"),
    ],
    ids=["decorated", "no longer decorated", "constant"],
)
def test_an_edited_function_turns_what_was_called_stale(
    ran: InteractiveShell, cell: str, expected: str
) -> None:
    assert run(ran, cell).success
    assert reasons(ran)["cut"] == [expected]
    assert reasons(ran)["join"] == ["waits for ends"]
    run(ran, "graph.run()")
    assert value(ran) == {"K = 3": "os"}.get(cell, "te")


def test_cells_that_are_run_again_as_they_are_change_nothing(ran: InteractiveShell) -> None:
    session = ran.user_ns["graph"].session
    for cell in (DEFINITIONS, GRAPH, "graph = Graph(joined)", DEFINITIONS):
        assert run(ran, cell).success
        assert reasons(ran) == {"cut": [], "ends": [], "join": []}
    assert ran.user_ns["graph"].session is session
    assert len(ran.user_ns["graph"].history("cut")) == 1


def test_a_call_that_is_made_again_takes_the_place_of_its_variable(ran: InteractiveShell) -> None:
    assert run(ran, 'short = cut(ui.Textbox("otters at dusk"), n=1)').success
    assert reasons(ran)["cut"] == ["n: 2 → 1"]
    run(ran, "graph.run()")
    assert value(ran) == "ot"


def test_an_unpacked_call_that_is_made_again_takes_its_place(ran: InteractiveShell) -> None:
    assert run(ran, "first, last = ends(cut(Const('abc')))").success
    assert reasons(ran)["cut"] != []
    run(ran, "graph.run()")
    assert value(ran) == "ac"


def test_a_variable_with_an_output_of_something_else_moves_nothing(ran: InteractiveShell) -> None:
    assert run(ran, "first = cut(ui.Textbox('dawn')).output").success
    assert reasons(ran) == {"cut": [], "ends": [], "join": []}


def test_a_function_that_is_a_node_itself_is_followed(shell: InteractiveShell) -> None:
    cells = [
        "from daggr_nb import Graph, node",
        "@node\ndef load() -> str:\n    return 'ab'",
        "@node\ndef loud(text: str) -> str:\n    return text.upper()",
        "graph = Graph('Itself', loud(load))",
        "graph.run()",
        "@node\ndef load() -> str:\n    return 'cd'",
    ]
    for cell in cells:
        assert run(shell, cell).success
    assert reasons(shell)["load"] == ["code of load changed"]
    run(shell, "graph.run()")
    assert shell.user_ns["graph"].results["loud"]["output"] == "CD"


def test_a_decorated_helper_is_a_dependency(shell: InteractiveShell) -> None:
    helper = "@node\ndef clean(text: str) -> str:\n    return text.{}()"
    cells = [
        "from daggr_nb import Graph, node, ui",
        helper.format("strip"),
        "@node\ndef use(text: str) -> str:\n    return clean(text)",
        "graph = Graph(use(ui.Textbox(' A ')))",
        "graph.run()",
    ]
    for cell in cells:
        assert run(shell, cell).success
    assert run(shell, helper.format("strip")).success
    assert reasons(shell) == {"use": []}
    assert run(shell, helper.format("lower")).success
    assert reasons(shell)["use"] != []
    run(shell, "graph.run()")
    assert shell.user_ns["graph"].results["use"]["output"] == " a "


HOOKED = """
from daggr_nb import FnNode

@node
def trimmed(arguments: dict) -> dict:
    return {"text": arguments["text"].strip()}

@node
def loud(text: str) -> str:
    return text.upper()

hooked = FnNode(lambda text=" ab ": text, "hooked", preprocess=trimmed, postprocess=loud)
hooks = Graph("Hooks", [hooked])
print(hooks.run())
"""
EDITS = {
    "preprocess": (
        "trimmed",
        "@node\ndef trimmed(arguments: dict) -> dict:\n    return arguments\n",
    ),
    "postprocess": ("loud", "@node\ndef loud(text: str) -> str: return text + '!'"),
}


@pytest.mark.parametrize(("role", "made"), [("preprocess", " AB "), ("postprocess", "ab!")])
def test_an_edited_hook_that_is_decorated_is_followed(
    shell: InteractiveShell, role: str, made: str
) -> None:
    name, edit = EDITS[role]
    run(shell, DEFINITIONS)
    run(shell, HOOKED)
    graph = shell.user_ns["hooks"]
    assert graph.results["hooked"]["output"] == "AB"
    run(shell, edit)
    assert name in " ".join(map(str, graph.status()["hooked"].reasons))
    assert graph.run()["hooked"]["output"] == made
