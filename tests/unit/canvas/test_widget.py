"""The widget as a notebook sees it."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest

from daggr_nb import FnNode, Graph


def one() -> int:
    return 1


@pytest.fixture
def graph() -> Graph:
    return Graph("Shown", [FnNode(one)])


def test_a_graph_displays_as_a_widget_with_a_picture_for_pages_without(graph: Graph) -> None:
    data, metadata = graph._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert data["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert isinstance(metadata, dict)


def test_one_graph_has_one_canvas_however_often_it_is_shown_or_defined(graph: Graph) -> None:
    first = graph.canvas()
    assert graph.canvas() is first
    assert Graph("Shown", [FnNode(one)]).canvas() is first


def test_a_canvas_that_was_closed_is_made_again_as_it_was_left(graph: Graph) -> None:
    import ipywidgets

    def closed_and_shown() -> int:
        graph.canvas().close()
        graph.canvas()
        gc.collect()
        return len(ipywidgets.widgets.widget._instances)  # noqa: SLF001 - no public list

    first = graph.canvas()
    first.height = 333
    first.close()
    second = graph.canvas()
    assert second is not first
    assert second.height == 333
    assert graph.canvas() is second
    threads = threading.active_count()
    assert len({closed_and_shown() for _ in range(20)}) == 1
    assert threading.active_count() <= threads + 2  # the last may be about to end


def test_state_asked_for_late_is_what_is_true_then(graph: Graph) -> None:
    canvas = graph.canvas()
    graph.run()
    state: Any = canvas.get_state()
    assert state["snapshot"]["nodes"][0]["state"]["freshness"] == "fresh"
    assert state["height"] == 0  # what the cards need, which only a view can tell


def test_defining_a_graph_again_leaks_no_widget() -> None:
    import ipywidgets

    def defined() -> int:
        Graph("Again", [FnNode(one)]).canvas()
        gc.collect()
        return len(ipywidgets.widgets.widget._instances)  # noqa: SLF001 - no public list

    before = defined()
    assert [defined() for _ in range(20)] == [before] * 20


def test_a_graph_that_was_never_shown_goes_with_its_last_reference() -> None:
    graph = Graph("Fleeting", [FnNode(one)])
    session = weakref.ref(graph.session)
    del graph
    gc.collect()
    assert session() is None


def test_what_canvases_share_is_sent_and_saved_once() -> None:
    one_, two = (Graph(name, [FnNode(one)]).canvas() for name in ("A", "B"))
    assert one_.get_state()["shared"] == two.get_state()["shared"]
    assert one_.get_state()["shared"].startswith("IPY_MODEL_")
    assert "Markdown" in one_.shared.more
