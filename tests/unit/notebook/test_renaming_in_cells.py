"""Functions and nodes that are renamed in their cells."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

pytest.importorskip("IPython")
from IPython.core.interactiveshell import InteractiveShell

from daggr_nb.errors import RenameWarning

CELLS = (
    "from daggr_nb import FnNode, Graph, node, ui",
    "@node\ndef outline(topic: str) -> str:\n    return topic.title()",
    "@node\ndef draft(text: str) -> str:\n    return text + '!'",
    "first = outline(ui.Textbox('otters'))",
    "second = draft(first)",
    "graph = Graph('Cells', second)",
)


@pytest.fixture
def ran(shell: InteractiveShell) -> InteractiveShell:
    for cell in (*CELLS, "_ = graph.run()"):
        told(shell, cell)
    return shell


def told(shell: InteractiveShell, cell: str) -> list[str]:
    """Run a cell; return what it asks about names."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RenameWarning)
        assert shell.run_cell(cell).success
    return [str(each.message) for each in caught if each.category is RenameWarning]


def graph_of(shell: InteractiveShell) -> Any:
    return shell.user_ns["graph"]


def test_a_function_that_is_renamed_where_its_node_is_made_is_asked_about(
    ran: InteractiveShell,
) -> None:
    cell = CELLS[2].replace("draft", "draft2") + "\nsecond = draft2(first)"
    (question,) = told(ran, cell)
    assert question.startswith("Is draft2 what was draft?")
    assert told(ran, cell) == []
    assert told(ran, CELLS[-1]) == []
    graph = graph_of(ran)
    assert list(graph.nodes) == ["outline", "draft2"]
    graph.renames[0].accept()
    assert len(graph.history("draft2")) == 1
    assert told(ran, cell) == []
    assert [graph_of(ran).renames, len(graph_of(ran).history("draft2"))] == [[], 1]


def test_what_was_renamed_stays_so_when_its_cells_run_again(ran: InteractiveShell) -> None:
    assert told(ran, "graph.rename(second, 'closing')") == []
    for cell in CELLS[2:]:
        assert told(ran, cell) == []
    graph = graph_of(ran)
    assert list(graph.nodes) == ["outline", "closing"]
    assert graph.plan() == []
    assert told(ran, "graph.rename('draft', 'closing')") == []
    edited = CELLS[2].replace("'!'", "'?'")
    told(ran, edited)
    assert graph_of(ran).run()["closing"]["output"] == "Otters?"
    assert len(graph_of(ran).history("closing")) == 2


def test_what_was_removed_comes_back_with_the_cell_of_the_graph(ran: InteractiveShell) -> None:
    told(ran, "graph.remove(second)")
    assert list(graph_of(ran).nodes) == ["outline"]
    told(ran, CELLS[4])  # its variable is that of another node now, in no graph
    assert list(graph_of(ran).nodes) == ["outline"]
    told(ran, CELLS[-1])
    assert list(graph_of(ran).nodes) == ["outline", "draft"]
    assert graph_of(ran).plan() == []
