"""How a graph looks as its author says, and as text."""

from __future__ import annotations

from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb.errors import GraphError


def greeting(**look: Any) -> Graph:
    return Graph("Greeting", [FnNode(lambda: "Hello", "greet")], **look)


def test_an_author_says_how_high_a_canvas_is_and_how_large_its_cards_are() -> None:
    canvas = greeting(height=400, zoom=0.8).canvas()
    assert (canvas.height, canvas.zoom) == (400, 0.8)
    canvas.height = 520  # somebody has pulled its edge
    assert greeting(height=400, zoom=0.8).canvas() is canvas
    assert canvas.height == 520
    greeting(height=300).canvas()
    assert (canvas.height, canvas.zoom) == (300, 0)


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ({"height": 90}, "height= expected a number from 240 to 2000 (CSS pixels), got 90."),
        ({"height": "high"}, "from 240 to 2000 (CSS pixels), got 'high'."),
        ({"zoom": True}, "zoom= expected a number from 0.04 to 2.5 (1 for 100 %), got True."),
        ({"zoom": float("nan")}, "(1 for 100 %), got nan."),
    ],
)
def test_what_no_canvas_can_be_is_an_error(look: dict[str, Any], told: str) -> None:
    with pytest.raises(GraphError) as caught:
        greeting(persist_key=False, **look)
    assert told in str(caught.value)


def test_the_text_of_a_graph_says_what_is_there() -> None:
    def draft(tone: str) -> str:
        return f"A {tone} text"

    drafted = FnNode(draft, inputs={"tone": ui.Textbox("dry")})
    graph = Graph("Paper", [FnNode(str.upper, "shout", inputs={"self": drafted})])
    graph.run()
    graph.inputs["draft__tone"] = "warm"
    text = graph._repr_mimebundle_()[0]["text/plain"]
    assert text.splitlines() == [
        "<Graph 'Paper': 2 nodes, 1 edge>",
        "draft  stale     tone: dry → warm",
        "shout  stale     waits for draft",
    ]
