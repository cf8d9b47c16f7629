"""Help, the tab key and Shift-Tab show what people use, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import pkgutil
import pydoc
import re
from collections.abc import Iterator
from typing import Any

import pytest

import daggr_nb
from daggr_nb import FnNode, Graph, Node, errors, ops, ui

HANDED_OUT = (
    {"Context", "DaggrError", "Edge", "Event", "GatheredPort", "NodeFailed", "NodeRun"}
    | {"NodeStatus", "PlannedStep", "Port", "Question", "Reason", "Rename", "Run", "RunContext"}
    | {"RunOptions", "ScatteredPort"}
)
"""What people get, and do not make."""
LISTED = [
    getattr(module, name)
    for module in (daggr_nb, ops, ui)
    for name in module.__all__
    if callable(getattr(module, name)) and name not in HANDED_OUT | {"Delta"}
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


def test_help_on_the_package_lists_what_people_import() -> None:
    text = pydoc.render_doc(daggr_nb, renderer=pydoc.plaintext)
    contents = text.partition("PACKAGE CONTENTS")[2].partition("\n\n")[0].split()
    assert [name for name in contents if name != "(package)"] == [
        "errors",
        "ops",
        "state",
        "testing",
        "ui",
    ]
    data = text.partition("\nDATA\n")[2].partition("\n\n")[0]
    assert re.findall(r"^    (\w+) =", data, re.MULTILINE) == ["Delta"]


def test_who_packs_the_package_up_finds_all_modules() -> None:
    names = {module.name for module in pkgutil.iter_modules(daggr_nb.__path__)}
    assert {"_graph", "_engine", "ui"} <= names
    importlib.invalidate_caches()
    assert importlib.util.find_spec("daggr_nb._terminal") is not None


def test_what_is_held_offers_what_people_use() -> None:
    graph = Graph("Held", [FnNode(double)], persist_key=False)
    run = graph.submit()
    run.wait()
    assert {"result", "cancel", "status", "events"} <= public(run)
    assert {"inputs", "outputs", "label", "id"} <= public(graph.history("double")[0])
    assert not public(run) & {"finish", "when_over", "store_error"}
    for kind in (daggr_nb.Run, daggr_nb.NodeRun):
        assert not (public(kind) | helped(kind)) & {"finish", "when_over", "record"}


def test_a_component_offers_what_it_was_given() -> None:
    slider = ui.Slider(0, 3)
    own = {"minimum", "maximum", "value", "step"}
    common = {"label", "info", "interactive", "visible", "widget", "type", "accept"}
    for offered in (public(slider), public(ui.Slider)):
        assert offered == own | common
    assert not helped(ui.Slider) & {"props", "blank", "plain", "edited"}
    assert {"accept", "props", "edited"} <= public(ui.Component)

    @dataclasses.dataclass(frozen=True, eq=False)
    class Knob(ui.Slider):
        def turned(self) -> float:
            return self.value

    assert "turned" in public(Knob(0, 3))


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


@pytest.mark.parametrize(
    "thing", [*LISTED, Graph.run, Graph.remove], ids=lambda thing: thing.__qualname__
)
def test_every_parameter_is_in_a_list(thing: Any) -> None:
    section = (inspect.getdoc(thing) or "").partition("Args:\n")[2]
    listed = re.findall(r"^ {4}\*{0,2}(\w+): \S", section, re.MULTILINE)
    assert listed == [name for name in inspect.signature(thing).parameters if name != "self"]
