"""Names and keys: two graphs never share what is recorded because of how they are called (K13)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph, ui
from daggr_nb._model.structure import build, graph_key
from daggr_nb.errors import GraphError

PAIRS = [
    ("Анализ 1", "Прогноз 1"),
    ("画像生成パイプライン一", "画像生成パイプライン二"),
    ("A/B", "A-B"),
    ("C++", "C"),
    ("50 %", "50 €"),
    ("Größe", "Große"),
    ("Paper (v1)", "Paper v1"),
    ("naïve", "na ve"),
    ("🦦", "🦫"),
    ("étude" * 30, "étude" * 29 + "etude"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_names_that_differ_have_keys_that_differ(one: str, other: str) -> None:
    assert graph_key(one) != graph_key(other)


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=2, unique=True))
def test_what_a_key_leaves_out_is_case_blanks_and_hyphens_alone(names: list[str]) -> None:
    one, other = names
    if graph_key(one) == graph_key(other):
        plain = [" ".join(n.lower().replace("-", " ").replace("_", " ").split()) for n in names]
        import unicodedata

        forms = [unicodedata.normalize("NFC", name.strip()) for name in names]
        assert plain[0] == plain[1] or forms[0] == forms[1]


@given(st.text(min_size=1).filter(str.strip))
def test_a_key_is_the_name_of_a_folder(name: str) -> None:
    key = graph_key(name)
    assert 0 < len(key) <= 80
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize(("one", "other"), PAIRS[:4])
def test_two_graphs_keep_their_own_inputs_and_results(one: str, other: str) -> None:
    def graph(name: str, sign: int) -> Graph:
        node = FnNode(lambda n: sign * n, "a", inputs={"n": ui.Slider(1, 9, 3)}, version=str(sign))
        return Graph(name, nodes=[node])

    first = graph(one, 1)
    first.inputs["a__n"] = 5
    first.run()
    second = graph(other, -1)
    assert second.inputs["a__n"] == 3
    second.run()
    assert first.run()["a"]["output"] == 5


def make(a: int = 1) -> int:
    return a


def test_another_graph_under_the_key_of_a_live_one_is_an_error() -> None:
    kept = Graph("First", [FnNode(make, "one")], persist_key="shared")
    kept.run()
    with pytest.raises(GraphError, match="persist_key"):
        Graph("Second", [FnNode(make, "two")], persist_key="shared")
    renamed = Graph("Better name", [FnNode(make, "one")], persist_key="shared")
    assert renamed.status()["one"].freshness == "fresh"


@pytest.mark.parametrize(
    ("one", "other"),
    [("a__b", "a"), ("a.b", "a"), ("x__y__z", "x"), ("deep.er.name", "deep.er")],
)
def test_ids_that_could_be_two_things_are_refused(one: str, other: str) -> None:
    rest = one.removeprefix(other).lstrip("_.")
    separator = "__" if "__" in one else "."
    ambiguous = FnNode(make, one, inputs={"a": 1}, outputs=["c"])
    ports = {f"{rest}{separator}c": None, f"{rest}{separator}a": None}
    with pytest.raises(GraphError, match="could be a port of"):
        build([ambiguous, FnNode(make, other, inputs={"a": 1}, outputs=ports)]) if (
            separator == "."
        ) else build([ambiguous, with_input(other, f"{rest}__a")])


def with_input(name: str, port: str) -> FnNode:
    def fn(**values: int) -> int:
        return sum(values.values())

    return FnNode(fn, name, inputs={port: 1})


@pytest.mark.parametrize("name", ["crop[0]", "crop[3.0]", "a b[12]"])
def test_a_node_is_not_called_like_an_item(name: str) -> None:
    with pytest.raises(GraphError, match="item of"):
        build([FnNode(make, name)])


@pytest.mark.parametrize("name", ["crop[x]", "crop [first]", "[0] crop", "a_b", "a.b"])
def test_other_names_are_as_good_as_ever(name: str) -> None:
    assert list(itertools.islice(build([FnNode(make, name)]).nodes, 1)) == [name]
