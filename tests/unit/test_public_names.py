"""Help, the tab key and Shift-Tab show what people use, and nothing else."""

from __future__ import annotations

import inspect
import pydoc
import re
from collections.abc import Iterator
from typing import Any

import pytest

import daggr_nb
from daggr_nb import FnNode, Graph, Node, errors, ops, ui

LISTED = [
    getattr(daggr_nb, name)
    for name in daggr_nb.__all__
    if name == "Graph" or (name.endswith(("Node", "Conversation")) and name != "Node")
]


def double(x: int = 1) -> int:
    return 2 * x


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def helped(thing: object) -> set[str]:
    """The names that ``help`` has an entry for."""
    text = pydoc.render_doc(thing, renderer=pydoc.plaintext)
    return set(re.findall(r"^ \|  (?:async )?(\w+)(?:\(|$| = )", text, re.MULTILINE))


def callables() -> Iterator[tuple[str, Any]]:
    for module in (daggr_nb, ops, ui):
        for name in module.__all__:
            thing = getattr(module, name)
            if callable(thing):
                yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing):
                for method in public(thing):
                    made = getattr(thing, method)
                    if callable(made):
                        yield f"{module.__name__}.{name}.{method}", made


@pytest.mark.parametrize("module", [daggr_nb, ops, ui, errors], ids=lambda m: m.__name__)
def test_a_module_offers_its_public_names(module: Any) -> None:
    extra = {"state", "testing"} if module is daggr_nb else set()
    assert set(module.__all__) <= public(module) <= {*module.__all__, *extra}


def test_a_graph_offers_what_people_use() -> None:
    graph = Graph("Doubling", [FnNode(double)], persist_key=False)
    assert {"run", "status", "inputs", "sweep", "name"} <= public(graph)
    for offered in (public(graph), public(Graph), helped(Graph)):
        assert not offered & {"session", "live", "wiring"}
    assert {"run", "history", "autorun"} <= helped(Graph)


def test_a_node_offers_ports_and_what_people_use() -> None:
    node = FnNode(double, outputs=["y"])
    assert public(node) == {"fn", "inputs", "last", "name", "outputs", "ports", "test", "x", "y"}
    for offered in (public(FnNode), helped(FnNode)):
        assert {"last", "name", "ports", "test"} <= offered
        assert not offered & {"rebind", "worker", "join", "look_up", "selector", "code", "run"}


def test_who_writes_a_kind_of_node_reads_all_of_it() -> None:
    assert {"code", "run", "look_up"} <= helped(Node)

    class Fetch(Node):
        retried = 0

        def code(self) -> Any:
            return daggr_nb.Code("fetch")

        def run(self, inputs: Any, context: Any) -> dict[str, Any]:
            return {}

    assert {"code", "run", "retried"} <= public(Fetch)
    assert "rebind" not in public(Fetch)


def test_signatures_name_no_address() -> None:
    seen = 0
    for name, thing in callables():
        try:
            signature = str(inspect.signature(thing))
        except ValueError:  # of some classes of the standard library
            continue
        assert " at 0x" not in signature, name
        seen += "<not given>" in signature
    assert seen >= 3


@pytest.mark.parametrize("thing", [*LISTED, Graph.run], ids=lambda thing: thing.__qualname__)
def test_every_parameter_is_in_a_list(thing: Any) -> None:
    listed = re.findall(r"^ {4}\*{0,2}(\w+): \S", inspect.getdoc(thing) or "", re.MULTILINE)
    assert listed == [name for name in inspect.signature(thing).parameters if name != "self"]
