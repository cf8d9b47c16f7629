"""What a scattered node makes, taken on item by item: ``.each`` of a scattered output."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph, InputNode, NodeFailed, ui
from daggr_nb._canvas.views import node_view
from daggr_nb.errors import GraphError, ScatterError


def double(x: Any) -> Any:
    return 2 * x


def plus(a: Any, b: Any) -> Any:
    return a + b


def listed(x: Any) -> list[Any]:
    return list(x)


def three(**options: Any) -> tuple[InputNode, FnNode, FnNode]:
    numbers = InputNode("form", ports={"numbers": ui.JSON(value=[1, 2, 3])})
    once = FnNode(double, "once", inputs={"x": numbers.numbers.each}, **options)
    return numbers, once, FnNode(double, "twice", inputs={"x": once.output.each})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=6), st.integers(1, 4))
def test_any_number_of_maps_is_one_list_comprehension(numbers: list[int], maps: int) -> None:
    last: Any = FnNode(lambda: numbers, "numbers", version="1")
    for index in range(maps):
        last = FnNode(double, f"map{index}", inputs={"x": last.output.each})
    graph = Graph(
        "Maps", [FnNode(listed, "all", inputs={"x": last.output.all()})], persist_key=False
    )
    assert graph.run()["all"]["output"] == [x * 2**maps for x in numbers]
    assert graph.history(last)[0].outputs["output"] == [x * 2**maps for x in numbers]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), max_size=4))
def test_a_second_each_goes_into_every_item(rows: list[list[int]]) -> None:
    source = FnNode(lambda: rows, "rows", version="1")
    row = FnNode(listed, "row", inputs={"x": source.output.each})
    for deep in (row.output.each.each, row.output.all().each.each, source.output.each.each):
        graph = Graph("Deep", [FnNode(double, "each", inputs={"x": deep})], persist_key=False)
        assert graph.run()["each"]["output"] == [[2 * x for x in row] for row in rows]


def test_it_is_all_each_in_fewer_words_and_knows_its_results(tmp_path: Path) -> None:
    def graph(port: Any) -> Graph:
        nodes = [once, FnNode(double, "twice", inputs={"x": port})]
        return Graph("Words", nodes, store=tmp_path)

    _, once, _ = three()
    first = graph(once.output.all().each)
    assert first.run()["twice"]["output"] == [4, 8, 12]
    again = graph(once.output.each)
    assert again.plan() == []
    assert again.edges[-1] == first.edges[-1]
    assert [(edge.scatter, edge.gather) for edge in again.edges] == [(True, False), (True, True)]


def test_one_edited_item_of_three_runs_once_in_every_map() -> None:
    calls: list[Any] = []

    def noted(x: Any) -> Any:
        calls.append(x)
        return 2 * x

    numbers = InputNode("form", ports={"numbers": ui.JSON(value=[1, 2, 3])})
    once = FnNode(noted, "once", inputs={"x": numbers.numbers.each}, ignore=["calls"])
    twice = FnNode(noted, "twice", inputs={"x": once.output.each}, ignore=["calls"])
    graph = Graph("Edited", [twice], persist_key=False)
    graph.run()
    calls.clear()
    graph.inputs["form__numbers"] = [1, 5, 3]
    assert graph.run()["twice"]["output"] == [4, 20, 12]
    assert sorted(calls) == [5, 10]


def test_two_ports_of_one_scatter_go_pairwise() -> None:
    numbers = InputNode("form", ports={"numbers": ui.JSON(value=[1, 2, 3])})
    both = FnNode(
        lambda x: (x, -x), "both", inputs={"x": numbers.numbers.each}, outputs=["up", "down"]
    )
    other = FnNode(double, "other", inputs={"x": numbers.numbers.each})
    pair = FnNode(plus, "pair", inputs={"a": both.up.each, "b": both.down.each})
    mixed = FnNode(plus, "mixed", inputs={"a": both.up.each, "b": other.output.each})
    results = Graph("Pairs", [pair, mixed], persist_key=False).run()
    assert results == {"pair": {"output": [0, 0, 0]}, "mixed": {"output": [3, 6, 9]}}


def test_different_scatters_are_an_error_or_every_combination() -> None:
    def graph(scatter: Any) -> Graph:
        sides = [
            FnNode(double, name, inputs={"x": FnNode(lambda n=n: n, f"{name}s").output.each})
            for name, n in (("a", [1, 2]), ("b", [10, 20, 30]))
        ]
        inputs = {"a": sides[0].output.each, "b": sides[1].output.each}
        return Graph("Meet", [FnNode(plus, inputs=inputs, scatter=scatter)], persist_key=False)

    with pytest.raises(NodeFailed, match=r'a has 2, b has 3\. FnNode.*scatter="product"') as caught:
        graph("zip").run()
    assert isinstance(caught.value.__cause__, ScatterError)
    assert graph("product").run()["plus"]["output"] == [22, 42, 62, 24, 44, 64]


@pytest.mark.parametrize(
    ("on_item_error", "expected"),
    [("drop", [4, 12]), ("keep_none", [4, None, 12])],
)
def test_an_item_that_failed_is_for_the_next_map_what_the_policy_says(
    on_item_error: Any, expected: list[Any]
) -> None:
    def picky(x: int) -> int:
        if x == 2:
            raise ValueError("no two")
        return 2 * x

    def next_one(x: int | None) -> int | None:
        return None if x is None else 2 * x

    numbers = FnNode(lambda: [1, 2, 3], "numbers")
    once = FnNode(picky, "once", inputs={"x": numbers.output.each}, on_item_error=on_item_error)
    twice = FnNode(next_one, "twice", inputs={"x": once.output.each})
    assert Graph("Picky", [twice], persist_key=False).run()["twice"]["output"] == expected


def test_an_item_that_failed_blocks_the_next_map_by_default() -> None:
    numbers = FnNode(lambda: [1, 0], "numbers")
    once = FnNode(lambda x: 1 / x, "once", inputs={"x": numbers.output.each})
    graph = Graph("Blocked", [FnNode(double, "twice", inputs={"x": once.output.each})])
    with pytest.raises(NodeFailed, match=r"item \[1\]"):
        graph.run()
    assert graph.status()["twice"].status == "blocked"


def test_items_of_a_second_map_run_at_once_if_they_may() -> None:
    meeting = threading.Barrier(3)

    def meet(x: int) -> int:
        meeting.wait(30)
        return x

    _, once, _ = three()
    inputs = {"x": once.output.each}
    node = FnNode(meet, inputs=inputs, concurrent=True, ignore=["meeting"])
    assert Graph("Meet", [node], persist_key=False).run()["meet"]["output"] == [2, 4, 6]


def test_fields_of_what_items_made() -> None:
    numbers = FnNode(lambda: [1, 2], "numbers")
    rows = FnNode(lambda x: {"n": x, "t": "ab"[x - 1]}, "rows", inputs={"x": numbers.output.each})
    text = FnNode(
        lambda n, t: t * n, "text", inputs={"n": rows.output.each["n"], "t": rows.output.each["t"]}
    )
    assert Graph("Fields", [text], persist_key=False).run()["text"]["output"] == ["a", "bb"]
    with pytest.raises(GraphError, match="is one field of them"):
        rows.output.each["n"].each  # noqa: B018


def test_a_scattered_output_alone_says_both_ways_on() -> None:
    _, once, _ = three()
    with pytest.raises(ScatterError, match=r"all\(\) for the list, or once\.output\.each"):
        Graph("Alone", [FnNode(double, "alone", inputs={"x": once.output})])


def test_a_chained_each_says_on_the_card_what_was_written() -> None:
    *_, twice = three()
    graph = Graph("Shown", [twice], persist_key=False)
    with graph.session.reading() as current:
        view = node_view(current, "twice", {})  # type: ignore[arg-type]
    assert view.inputs[0].text == "once.output.each"
