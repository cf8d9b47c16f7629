"""Every combination of several scattered inputs, in one flat list."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, NodeFailed, ui
from daggr_nb.errors import GraphError, ScatterError


def identity(x: Any) -> Any:
    return x


def pair(a: Any, b: Any) -> str:
    return f"{a}{b}"


def make(name: str, *values: Any) -> FnNode:
    return FnNode(lambda: list(values), name, outputs=["xs"])


def gathered(node: FnNode, levels: int = 1) -> Any:
    """The values of a scattered node, nested as they are gathered."""
    last = node
    for level in range(levels):
        last = FnNode(identity, f"all{level}", inputs={"x": last.output.all()})
    graph = Graph("Product", [last], persist_key=False)
    return graph.run()[last.name]["output"]


@pytest.mark.parametrize(
    ("a", "b"), [("ab", "xyz"), ("a", "x"), ("ab", ""), ("", "xy"), ("", ""), ("abc", "x")]
)
def test_two_inputs_make_every_combination_as_itertools_does(a: str, b: str) -> None:
    inputs = {"a": make("a", *a).xs.each, "b": make("b", *b).xs.each}
    node = FnNode(pair, inputs=inputs, scatter="product")
    assert gathered(node) == ["".join(both) for both in itertools.product(a, b)]


def test_three_inputs_and_a_constant() -> None:
    def join(a: Any, b: Any, c: Any, sep: str) -> str:
        return sep.join([a, b, c])

    inputs = {name: make(name, *name, "1").xs.each for name in "abc"}
    node = FnNode(join, inputs={**inputs, "sep": "-"}, scatter="product")
    assert gathered(node) == ["-".join(x) for x in itertools.product("a1", "b1", "c1")]


def test_the_order_is_that_of_the_inputs_not_of_the_sources() -> None:
    a, b = make("a", "a", "b"), make("b", 1, 2)
    node = FnNode(pair, inputs={"b": a.xs.each, "a": b.xs.each}, scatter="product")
    assert gathered(node) == ["1a", "2a", "1b", "2b"]


def test_one_input_is_the_same_either_way_and_nothing_runs_again() -> None:
    xs = make("xs", 1, 2, 3)
    once = FnNode(identity, "each", inputs={"x": xs.xs.each})
    graph = Graph("One", [once])
    graph.run()
    crossed = FnNode(identity, "each", inputs={"x": xs.xs.each}, scatter="product")
    again = Graph("One", [crossed])
    assert again.status()["each"].freshness == "fresh"


def test_fields_of_one_list_are_combined_too() -> None:
    rows = make("rows", {"a": 1, "b": "x"}, {"a": 2, "b": "y"})
    node = FnNode(pair, inputs={"a": rows.xs.each["a"], "b": rows.xs.each["b"]}, scatter="product")
    assert gathered(node) == ["1x", "1y", "2x", "2y"]


def test_within_a_scattered_source_its_items_are_kept_apart() -> None:
    """Rows and columns of each sheet are combined, those of different sheets are not."""
    sheets = make("sheets", (["a", "b"], ["x"]), (["c"], ["y", "z"]))
    split = FnNode(tuple, "split", inputs={"iterable": sheets.xs.each}, outputs=["rows", "cols"])
    cell = FnNode(
        pair,
        "cell",
        inputs={"a": split.rows.each.each, "b": split.cols.each.each},
        scatter="product",
    )
    assert gathered(cell, levels=2) == [["ax", "bx"], ["cy", "cz"]]


def test_a_list_beside_a_scattered_source_is_combined_with_each_of_its_items() -> None:
    words = make("words", "ab", "c")
    letters = FnNode(list, "letters", inputs={"iterable": words.xs.each})
    inputs = {"a": letters.output.each.each, "b": make("n", 1, 2).xs.each}
    node = FnNode(pair, "node", inputs=inputs, scatter="product")
    assert gathered(node, levels=2) == [["a1", "b1"], ["a2", "b2"], ["c1"], ["c2"]]


def test_items_are_known_from_a_zip_and_back() -> None:
    calls: list[str] = []

    def noted(a: Any, b: Any) -> str:
        calls.append(f"{a}{b}")
        return calls[-1]

    def graph(**options: Any) -> Graph:
        inputs = {"a": make("a", "a", "b").xs.each, "b": make("b", "x", "y").xs.each}
        return Graph("Shared", [FnNode(noted, "node", inputs=inputs, ignore=["calls"], **options)])

    graph().run()
    assert calls == ["ax", "by"]
    crossed = graph(scatter="product")
    assert crossed.status()["node"].freshness == "stale"
    crossed.run()
    assert calls == ["ax", "by", "ay", "bx"]
    back = graph(scatter="zip")
    assert [item.outputs["output"] for item in back.history("node")[0].items] == [
        "ax",
        "ay",
        "bx",
        "by",
    ]
    back.run()
    assert len(calls) == 4


def test_one_edit_runs_only_the_combinations_that_are_new() -> None:
    form = InputNode("Form", {"n": ui.Number(2, precision=0)})
    count = FnNode(lambda n: list(range(n)), "count", inputs={"n": form.n}, outputs=["xs"])
    inputs = {"a": make("a", "a", "b").xs.each, "b": count.xs.each}
    graph = Graph("Grow", [FnNode(pair, "node", inputs=inputs, scatter="product")])
    graph.run()
    graph.inputs["Form__n"] = 3
    run = graph.submit()
    assert run.wait(20)
    started = [e.scope for e in run.events() if e.type == "node.started" and e.scope]
    assert sorted(started) == ["[2]", "[5]"]
    assert [item.outputs["output"] for item in graph.history("node")[0].items] == [
        *("a0", "a1", "a2"),
        *("b0", "b1", "b2"),
    ]


def test_an_unknown_way_to_combine_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(GraphError, match=r"expected one of zip, product.*mean 'product'"):
        FnNode(pair, inputs={"a": 1, "b": 2}, scatter="prodct")  # type: ignore[arg-type]


def test_lists_of_different_length_point_to_the_product() -> None:
    inputs = {"a": make("a", 1, 2).xs.each, "b": make("b", 1).xs.each}
    with pytest.raises(NodeFailed, match=r'a has 2, b has 1.*scatter="product"') as caught:
        gathered(FnNode(pair, "node", inputs=inputs))
    assert isinstance(caught.value.__cause__, ScatterError)


def test_what_cannot_be_iterated_names_the_port() -> None:
    text = FnNode(lambda: "text", "text")
    inputs = {"a": make("a", 1).xs.each, "b": text.output.each}
    with pytest.raises(NodeFailed, match=r"node\.b is scattered with \.each and expects a list"):
        gathered(FnNode(pair, "node", inputs=inputs, scatter="product"))


def test_a_variant_combines_as_it_says() -> None:
    a, b = make("a", "a", "b"), make("b", "x", "y")
    inputs = {"a": a.xs.each, "b": b.xs.each}
    either = FnNode(pair, "zipped", inputs=inputs) | FnNode(
        pair, "crossed", inputs=inputs, scatter="product"
    )
    last = FnNode(identity, "all", inputs={"x": either.output.all()})
    graph = Graph("Variants", [last], persist_key=False)
    assert graph.run() == {"all": {"output": ["ax", "by"]}}
    graph.inputs["zipped__variant"] = "crossed"
    assert graph.run() == {"all": {"output": ["ax", "ay", "bx", "by"]}}
