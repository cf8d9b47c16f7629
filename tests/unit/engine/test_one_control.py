"""Inputs that were given one component object are one control."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from daggr_nb import ChoiceNode, FnNode, Graph, InputNode, ui


def loud(text: str) -> str:
    return text.upper()


def twice(text: str) -> str:
    return text * 2


def graph_of(component: Any, *, store: Path | None = None) -> Graph:
    nodes = [FnNode(loud, inputs={"text": component}), FnNode(twice, inputs={"text": component})]
    return Graph("Shared", nodes, persist_key="shared" if store else False, store=store)


def test_what_is_set_on_one_is_set_on_the_other() -> None:
    graph = graph_of(ui.Textbox("a"))
    assert graph.run() == {"loud": {"output": "A"}, "twice": {"output": "aa"}}
    graph.inputs["twice__text"] = "b"
    assert dict(graph.inputs) == {"loud__text": "b", "twice__text": "b"}
    assert [graph.status()[name].freshness for name in ("loud", "twice")] == ["stale", "stale"]
    assert graph.run() == {"loud": {"output": "B"}, "twice": {"output": "bb"}}
    assert graph.undo()
    assert dict(graph.inputs) == {"loud__text": "a", "twice__text": "a"}


def test_a_result_brought_back_brings_its_control_back_everywhere() -> None:
    graph = graph_of(ui.Textbox("a"))
    graph.run()
    graph.run(inputs={"loud__text": "b"})
    graph.select(graph.history("loud")[1])
    assert dict(graph.inputs) == {"loud__text": "a", "twice__text": "a"}
    assert graph.status()["twice"].freshness == "fresh"


def test_the_next_kernel_has_it_too(tmp_path: Path) -> None:
    graph = graph_of(ui.Textbox("a"), store=tmp_path)
    graph.inputs["twice__text"] = "c"
    graph.close()
    again = graph_of(ui.Textbox("a"), store=tmp_path)
    assert dict(again.inputs) == {"loud__text": "c", "twice__text": "c"}
    again.close()


def test_a_node_that_comes_later_joins_in() -> None:
    component = ui.Textbox("a")
    graph = Graph("Later", [FnNode(loud, inputs={"text": component})], persist_key=False)
    graph.inputs["loud__text"] = "b"
    graph.add(FnNode(twice, inputs={"text": component}))
    assert graph.inputs["twice__text"] == "b"


def test_cards_of_inputs_and_variants_share_it_as_well() -> None:
    component = ui.Textbox("a")
    form = InputNode("form", {"text": component})
    choice = ChoiceNode(
        [FnNode(loud, inputs={"text": component}), FnNode(twice, inputs={"text": component})]
    )
    graph = Graph("All", [form, choice], persist_key=False)
    graph.inputs["form__text"] = "z"
    assert {graph.inputs[name] for name in graph.inputs if name.endswith("text")} == {"z"}


Text = Annotated[str, ui.Textbox(lines=3)]


def one(text: Text = "a") -> str:
    return text


def other(text: Text = "a") -> str:
    return text


@pytest.mark.parametrize(
    "make",
    [
        lambda: [FnNode(one), FnNode(other)],
        lambda: [FnNode(one, "first"), FnNode(one, "second")],
        lambda: [
            FnNode(loud, inputs={"text": ui.Textbox("a")}),
            FnNode(twice, inputs={"text": ui.Textbox("a")}),
        ],
    ],
    ids=["one annotation", "one function", "two objects"],
)
def test_controls_of_their_own_stay_apart(make: Callable[[], list[FnNode]]) -> None:
    graph = Graph("Apart", make(), persist_key=False)
    first, second = graph.inputs
    graph.inputs[first] = "b"
    assert graph.inputs[second] == "a"
