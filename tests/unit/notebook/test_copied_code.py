"""A value of a card as a variable of the next cell: the code that the canvas copies."""

from __future__ import annotations

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

from tests.unit.canvas.test_bridge import View
from tests.unit.notebook.test_cells import run

CELLS = (
    "from daggr_nb import FnNode, Graph",
    "def both(text: str = 'otters') -> tuple[str, str]: return text[0], text[-1]",
    "ends = FnNode(both, 'first and last', outputs=['a', 'b'])",
    "paper = Graph('Ends', [ends], persist_key=False)",
    "same = paper",
)


def copied(shell: InteractiveShell) -> str:
    view = View(shell.user_ns["same"])
    view.say("export", form="python", node="first and last")
    message, buffers = view.hear()
    assert message["kind"] == "fetched", message
    return bytes(buffers[0]).decode()


@pytest.fixture
def ran(shell: InteractiveShell) -> InteractiveShell:
    for cell in (*CELLS, "paper.run()"):
        run(shell, cell)
    return shell


def test_what_is_copied_takes_what_the_card_shows(ran: InteractiveShell) -> None:
    code = copied(ran)
    assert code.splitlines() == [
        "first_and_last_a = paper.results['first and last']['a']",
        "first_and_last_b = paper.results['first and last']['b']",
    ]
    run(ran, code)
    assert (ran.user_ns["first_and_last_a"], ran.user_ns["first_and_last_b"]) == ("o", "s")
    assert ran.user_ns["ends"].a.value == "o"  # nothing of the notebook was bound anew


def test_it_names_the_variable_that_holds_the_graph_now(ran: InteractiveShell) -> None:
    run(ran, "del paper")
    assert copied(ran).startswith("first_and_last_a = same.results")


def test_a_card_that_shows_nothing_says_so(shell: InteractiveShell) -> None:
    for cell in CELLS:
        run(shell, cell)
    view = View(shell.user_ns["same"])
    view.say("export", form="python", node="first and last")
    assert "shows no value yet" in view.hear()[0]["error"]
