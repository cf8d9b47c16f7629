"""What the canvas shows, at hand in Python."""

from __future__ import annotations

from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb.errors import InputError, NotRunYet, UnknownNodeError, UnknownPortError


def double(x: int) -> int:
    return 2 * x


def halves(x: int) -> tuple[float, float]:
    return x / 2, x / 2


@pytest.fixture
def graph() -> Graph:
    one = FnNode(double, inputs={"x": ui.Number(value=2, precision=0)}, outputs=["y"])
    two = FnNode(halves, inputs={"x": one.y}, outputs=["a", "b"])
    return Graph("At hand", [one, two], persist_key=False)


def test_results_are_what_is_shown_now(graph: Graph) -> None:
    assert dict(graph.results) == {}
    graph.run()
    assert {name: dict(ports) for name, ports in graph.results.items()} == {
        "double": {"y": 4},
        "halves": {"a": 2.0, "b": 2.0},
    }
    graph.run(inputs={"double__x": 5})
    assert graph.results["double"]["y"] == 10
    graph.select(graph.history("double")[1])
    assert graph.results["double"]["y"] == 4


def test_results_of_another_sheet_are_its_own(graph: Graph) -> None:
    graph.run()
    graph.sheets.use(graph.sheets.create("Empty"))
    assert list(graph.results) == []


def test_what_has_not_run_says_so_and_what_to_do(graph: Graph) -> None:
    with pytest.raises(NotRunYet, match=r"'double' shows no result.*graph\.run\('double'\)"):
        graph.results["double"]
    with pytest.raises(UnknownNodeError, match="Did you mean 'double'"):
        graph.results["duble"]
    graph.run()
    with pytest.raises(UnknownPortError, match="'halves' has no output 'c'"):
        graph.results["halves"]["c"]


@pytest.mark.parametrize(
    ("value", "seen"), [("many", "str 'many'"), (float("nan"), "float nan"), (True, "bool True")]
)
def test_an_input_that_is_not_accepted_is_named(graph: Graph, value: Any, seen: str) -> None:
    told = f"^double.x: Number expected a number, got {seen}.$"
    for act in (
        lambda: graph.inputs.update({"double__x": value}),
        lambda: graph.sweep({"double__x": [1, value]}),
    ):
        with pytest.raises(InputError, match=told) as caught:
            act()
        assert (caught.value.node, caught.value.port) == ("double", "x")


def test_results_complete_and_show_themselves(graph: Graph) -> None:
    graph.run()
    results = graph.results
    assert results._ipython_key_completions_() == ["double", "halves"]
    assert results["halves"]._ipython_key_completions_() == ["a", "b"]
    assert repr(results) == "{'double': {'y': 4}, 'halves': {'a': 2.0, 'b': 2.0}}"
    assert results._repr_html_().count("<tr>") == 4


def test_the_last_run_of_a_node_is_at_hand_also_when_it_failed() -> None:
    fail = False

    def fragile() -> int:
        if fail:
            raise ValueError("no")
        return 1

    node = FnNode(fragile, volatile=True)
    graph = Graph("Last", [node], persist_key=False)
    with pytest.raises(NotRunYet, match=r"Try graph\.run\('fragile'\)"):
        _ = node.last
    graph.run()
    assert node.last.outputs["output"] == 1
    fail = True
    graph.run(node, check=False)
    assert node.last.status == "failed"
    assert "ValueError: no" in node.last.error


def test_a_plan_and_a_status_are_tables_in_a_cell(graph: Graph) -> None:
    assert [step.node for step in graph.plan()] == ["double", "halves"]
    assert "double" in str(graph.plan())
    assert graph.plan()._repr_html_().count("<tr>") == 3
    graph.run()
    assert str(graph.plan()) == "nothing to run: all is fresh"
    assert "all is fresh" in graph.plan()._repr_html_()
    graph.inputs["double__x"] = 3
    assert "2 → 3" in str(graph.plan())
    html = graph.status()._repr_html_()
    assert "stale" in html
    assert "2 → 3" in html


def test_tables_show_text_as_text() -> None:
    def shown(x: str) -> str:
        return x

    node = FnNode(shown, inputs={"x": ui.Textbox(value="<b>bold</b>")}, outputs=["y"])
    graph = Graph("Escaped", [node], persist_key=False)
    graph.run()
    for table in (graph.results, graph.inputs):
        assert "<b>" not in table._repr_html_()
        assert "&lt;b&gt;" in table._repr_html_()


def test_a_part_is_one_widget_however_often_it_is_asked_for(graph: Graph) -> None:
    assert graph.form() is graph.form()
    assert graph.form() is not graph.form("double")
    assert graph.output(graph["double"].y) is graph.output(graph["double"].y)
    assert graph.run_button(label="Go") is not graph.run_button()


def test_a_part_is_told_of_its_own_nodes_alone(graph: Graph) -> None:
    def told(part: Any) -> list[str]:
        return [node["id"] for node in part.get_state()["snapshot"]["nodes"]]

    assert told(graph.form()) == ["double"], "which alone has a control"
    assert told(graph.output(graph["halves"].a)) == ["halves"]
    assert told(graph.history_view("double")) == ["double"]
    assert told(graph.run_button("double")) == ["double"]


def test_a_part_of_what_is_not_there_is_an_error(graph: Graph) -> None:
    with pytest.raises(UnknownPortError, match="no input 'halves__x'"):
        graph.form(graph["halves"].x)
    with pytest.raises(UnknownNodeError, match="Did you mean 'double'"):
        graph.history_view("duble")
