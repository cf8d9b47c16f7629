"""Outputs called like something that a node has already: they are ports, or it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from daggr_nb import (
    ChoiceNode,
    Code,
    FnNode,
    Graph,
    InputNode,
    InteractionNode,
    Limits,
    Node,
    Policy,
    RouteNode,
    RunContext,
    ui,
)
from daggr_nb.errors import DaggrError


class Own(Node):
    """A kind of somebody's own, which reads of itself what every node has."""

    kind = "own"

    def __init__(self, name: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(name, {}, outputs, policy=Policy(), limits=Limits())
        self.model = "mine"

    def code(self) -> Code:
        return Code(self.kind, version="".join(self.model for _ in range(2)))

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        return dict.fromkeys(self.outputs, "own value")


def give() -> str:
    """Give what is on record."""
    return "own value"


def function_node(port: str) -> Node:
    return FnNode(give, "made", outputs={port: None})


KINDS: dict[str, Callable[[str], Node]] = {
    "function": function_node,
    "input": lambda port: InputNode("made", {port: ui.Textbox("own value")}),
    "choice": lambda port: ChoiceNode(
        [
            FnNode(give, "first", outputs={port: None}),
            FnNode(give, "second", outputs={port: None}),
        ],
        "made",
    ),
    "route": lambda port: RouteNode(lambda: (port, "own value"), [port], "made"),
    "interaction": lambda port: InteractionNode("made", "approve", outputs={port: None}),
    "own": lambda port: Own("made", {port: None}),
}


def public_names(node: Node) -> set[str]:
    names = {*vars(node), *(name for base in type(node).__mro__ for name in vars(base))}
    return {name for name in names if not name.startswith("_")}


CASES = [
    (kind, name) for kind, make in KINDS.items() for name in sorted(public_names(make("aside")))
]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[".".join(case) for case in CASES])
def test_a_declared_output_wins_or_it_is_said_how_to_get_it(kind: str, name: str) -> None:
    made = KINDS[kind](name)
    try:
        value = getattr(made, name)
        taker = FnNode(lambda x: x, "taker", inputs={"x": value})
        said = "node.ports["
    except DaggrError as error:
        said = str(error)
        taker = FnNode(lambda x: x, "taker", inputs={"x": made.ports[name]})
    assert "node.ports[" in said
    graph = Graph("Hidden", [taker], persist_key=False)
    assert [edge.id for edge in graph.edges] == [f"made.{name}->taker.x"]
    if kind != "interaction":
        assert graph.run("taker")["taker"]["output"] == "own value"


def test_the_node_goes_on_knowing_itself() -> None:
    node = FnNode(give, outputs={"doc": None, "kind": None, "fn": None})
    graph = Graph("Itself", [node], persist_key=False)
    assert repr(node) == "<FnNode 'give' () -> (doc, kind, fn)>"
    node.rebind(lambda: ("a", "b", "c"))
    assert graph.run() == {"give": {"doc": "a", "kind": "b", "fn": "c"}}


def test_what_no_output_is_called_stays_the_nodes_own() -> None:
    node = function_node("words")
    assert (node.kind, node.doc) == ("function", "Give what is on record.")
    own = Own("own", {"page": None})
    assert own.model == "mine"
