"""Graphs that can be built, and what is said about the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, InputNode, ui
from daggr_nb._model.structure import Structure, build, graph_key
from daggr_nb.errors import (
    CycleError,
    DuplicateNodeError,
    GraphError,
    ScatterError,
    UnknownNodeError,
    UnknownPortError,
)


def make(n: int = 1) -> list[int]:
    return [n]


def use(x: Any, y: Any = 0) -> Any:
    return x


def node(name: str | None = None, **inputs: Any) -> FnNode:
    return FnNode(use if inputs else make, name, inputs=inputs)


# ---------------------------------------------------------------- names


def test_nodes_without_a_name_are_named_in_order_within_each_graph() -> None:
    for _ in range(3):
        first, second = FnNode(make, inputs={}), FnNode(make, inputs={})
        third = FnNode(use, inputs={"x": first.output, "y": second.output})
        assert list(build([third]).nodes) == ["make", "make_1", "use"]


def test_a_given_name_is_never_taken_from_its_node() -> None:
    mine = FnNode(make, "make_1", inputs={})
    others = [FnNode(make, inputs={}) for _ in range(3)]
    assert list(build([*others, mine]).nodes) == ["make", "make_2", "make_3", "make_1"]


def test_two_given_names_must_differ_also_among_ancestors() -> None:
    above = node("a")
    with pytest.raises(DuplicateNodeError, match="Two different nodes are called 'a'") as caught:
        build([node("a", x=above.output)])
    assert caught.value.node == "a"


def test_the_same_node_twice_is_one() -> None:
    one = node("a")
    assert list(build([one, one, node("b", x=one.output)]).nodes) == ["a", "b"]


@pytest.mark.parametrize("name", ["", "  ", 5, b"a"])
def test_a_name_must_be_text(name: Any) -> None:
    with pytest.raises(GraphError, match="name= expected text"):
        FnNode(make, name)


@pytest.mark.parametrize(
    ("name", "key"),
    [("My paper", "my_paper"), ("  a--b  ", "a_b"), ("A", "a"), ("x_1", "x_1"), ("Ä", None)],
)
def test_keys_of_graphs(name: str, key: str | None) -> None:
    assert graph_key(name) == key or (key is None and graph_key(name).startswith("graph_"))


def test_names_of_other_scripts_do_not_share_a_key() -> None:
    assert graph_key("论文") != graph_key("图表")


# ---------------------------------------------------------------- mistakes


def unknown_output() -> Structure:
    return build([node("b", x=FnNode(use, "a", inputs={"x": 1}, outputs=["text"]).x)])


def gathers_nothing() -> Structure:
    return build([node("b", x=node("a").output.all())])


def forgets_to_gather() -> Structure:
    items = node("items", x=node("a").output.each)
    return build([node("b", x=items.output)])


def own_child() -> Structure:
    a, b = node("a", x=1), node("b", x=1)
    a.inputs["x"], b.inputs["x"] = _wire(b), _wire(a)
    return build([a])


def own_parent() -> Structure:
    a = node("a", x=1)
    a.inputs["x"] = _wire(a)
    return build([a])


def _wire(of: FnNode) -> Any:
    return node(x=of.output).inputs["x"]


MISTAKES: list[tuple[Callable[[], Any], type[GraphError], str]] = [
    (unknown_output, UnknownPortError, "b.x expects an output of 'a', but 'x' is not one"),
    (gathers_nothing, ScatterError, "'a' runs once and has nothing to gather"),
    (forgets_to_gather, ScatterError, r"'items' runs once per item. Write items.output.all\(\)"),
    (own_child, CycleError, "a -> b -> a|b -> a -> b"),
    (own_parent, CycleError, "a -> a"),
    (lambda: build([node("a")]).node("b"), UnknownNodeError, "No node is called 'b'"),
    (lambda: build([node("tokens")]).node("tokns"), UnknownNodeError, "Did you mean 'tokens'"),
    (lambda: build([node("a")]).name_of(node("a")), UnknownNodeError, "another node of that name"),
    (lambda: node("a").outptu, UnknownPortError, "Did you mean 'output'"),
    (lambda: node("a").ports["outptu"], UnknownPortError, "Did you mean 'output'"),
    (lambda: graph_key(" "), GraphError, "needs a name"),
]


@pytest.mark.parametrize(("do", "kind", "said"), MISTAKES)
def test_mistakes_are_told_with_what_to_do(
    do: Callable[[], Any], kind: type[GraphError], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        do()
    assert type(caught.value) is kind
    assert caught.value.node or kind is GraphError


def test_a_typo_is_an_attribute_error() -> None:
    assert not hasattr(node("a"), "typo")
    with pytest.raises(AttributeError):
        node("a").typo  # noqa: B018


# ---------------------------------------------------------------- structure


def test_depth_counts_scatter_and_gather() -> None:
    a = node("a")
    each = node("each", x=a.output.each)
    nested = node("nested", x=each.output.each.each)
    on = node("on", x=each.output.each)
    inner = node("inner", x=nested.output.all(), y=a.output)
    again = node("again", x=each.output.all().each)
    flat = node("flat", x=inner.output.all())
    found = build([flat, again, on])
    assert found.depth == {
        "a": 0,
        "each": 1,
        "nested": 2,
        "inner": 1,
        "again": 1,
        "on": 1,
        "flat": 0,
    }


def test_edges_say_what_happens_on_the_way() -> None:
    a = node("a")
    found = build([node("b", x=a.output.each["k"], y=a.output)])
    assert [(e.id, e.scatter, e.gather) for e in found.edges] == [
        ("a.output->b.x", True, False),
        ("a.output->b.y", False, False),
    ]
    assert found.into["b"] == found.edges  # type: ignore[index]


def test_ports_are_attributes_also_those_that_python_shadows() -> None:
    form = InputNode("Form", {"name": ui.Textbox("x"), "items": ui.Number(1), "class": ui.Number()})
    assert repr(form.items) == "Form.items"
    assert form.name == "Form"
    assert repr(form.ports.name) == "Form.name"
    assert repr(form.ports["class"]) == "Form.class"
    assert {"items", "class"} <= set(dir(form))


def test_a_chain_of_5000_nodes_is_built_without_recursion() -> None:
    last = node("n0")
    for i in range(1, 5000):
        last = node(f"n{i}", x=last.output)
    found = build([last])
    assert found.topology.order[0] == "n0"
    assert len(found.edges) == 4999
