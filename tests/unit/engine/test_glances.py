"""Code is looked at again after every cell: what a glance may overlook, and what it may not."""

from __future__ import annotations

import types
from typing import Any

import pytest

from daggr_nb import FnNode, Graph

BEFORE = """
import math
K = 3
def helper(x, *, by=K): return x * by
def outer():
    inside = 2
    def f(x):
        return helper(x) + inside + len(str(x)) + K + math.floor(x)
    def set_inside(value):
        nonlocal inside
        inside = value
    return f, set_inside
f, set_inside = outer()
"""


@pytest.fixture
def names() -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "__main__"}
    exec(BEFORE, found)
    return found


@pytest.fixture
def graph(names: dict[str, Any]) -> Graph:
    graph = Graph("Glances", [FnNode(names["f"], "f", inputs={"x": 5})], persist_key=False)
    graph.run()
    assert graph.status()["f"].freshness == "fresh"
    return graph


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        ("K = 4", True),
        ("K = 3.0", True),
        ("K = True + 2", False),
        ("def helper(x, *, by=3): return x * by", False),
        ("def helper(x, *, by=3): return by * x + 0", True),
        ("helper.__kwdefaults__['by'] = 9", True),
        ("helper.__defaults__ = (1,)", True),
        ("helper.__code__ = (lambda x, *, by: 7).__code__", True),
        ("set_inside(8)", True),
        ("set_inside(2)", False),
        ("len = lambda text: 0", True),
        ("def str(x): return 'long'", True),
        ("math = 'gone'", True),
        ("unrelated = 1", False),
        ("del K", True),
    ],
)
def test_what_changes_is_seen_and_nothing_else(
    graph: Graph, names: dict[str, Any], change: str, stale: bool
) -> None:
    exec(change, names)
    for _ in range(2):  # the second look is a glance
        assert graph.status()["f"].freshness == ("stale" if stale else "fresh")


def test_an_attribute_of_a_module_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, names: dict[str, Any]
) -> None:
    module = types.ModuleType("glanced_at")
    module.__dict__["limit"] = 3
    monkeypatch.setitem(names, "glanced_at", module)
    exec("def g(x): return x + glanced_at.limit", names)
    graph = Graph("Module", [FnNode(names["g"], "g", inputs={"x": 5})], persist_key=False)
    graph.run()
    for value, freshness in ((3, "fresh"), (4, "stale"), (3, "fresh")):
        module.__dict__["limit"] = value
        assert graph.status()["g"].freshness == freshness


def test_a_function_given_to_a_node_anew_is_looked_at(graph: Graph, names: dict[str, Any]) -> None:
    exec("def f(x): return 1", names)
    node = graph["f"]
    assert isinstance(node, FnNode)
    node.rebind(names["f"])
    assert graph.status()["f"].freshness == "stale"
