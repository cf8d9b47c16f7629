"""The side panel as Python sees it; the rest is in tests/hosts."""

from __future__ import annotations

import sys

import ipywidgets
import pytest

from daggr_nb import FnNode, Graph
from daggr_nb.errors import InputError


def one() -> int:
    return 1


@pytest.fixture
def graph() -> Graph:
    return Graph("Beside", [FnNode(one)])


def test_a_graph_has_one_panel_however_often_it_is_asked_for(graph: Graph) -> None:
    def asked() -> int:
        graph.sidebar()
        return len(ipywidgets.widgets.widget._instances)  # noqa: SLF001 - no public list

    before = asked()
    assert [asked() for _ in range(20)] == [before] * 20


def test_an_anchor_that_is_none_names_those_that_are(graph: Graph) -> None:
    with pytest.raises(InputError, match=r"one of right, split-right.*'rihgt'.*Did you mean"):
        graph.sidebar(anchor="rihgt")


def test_without_sidecar_the_canvas_is_shown_in_place_with_a_hint(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sidecar", None)
    shown = graph.sidebar()
    assert shown.part["kind"] == "inline"
    assert "daggr_nb[lab]" in shown.part["label"]
