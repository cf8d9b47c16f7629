"""Nodes by calling a decorated function, and nodes that stand for their output."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from daggr_nb import Const, Context, FnNode, Graph, InputNode, Node, TemplateNode, node, ui
from daggr_nb.errors import GraphError, InvalidInputError, NodeFailed, OutputMismatch


@node
def words(text: str, sep: str | None = None) -> list[str]:
    """Split a text."""
    return text.split(sep)


@node
def count(words: list[str], at_least: int = 0) -> int:
    return sum(len(word) >= at_least for word in words)


class Ends(NamedTuple):
    start: str
    end: str


@dataclass
class Spread:
    low: int
    high: int


def run(last: Any) -> dict[str, Any]:
    """Run what leads to ``last``, and return the outputs of all nodes by name."""
    graph = Graph("Called", last, persist_key=False)
    graph.run()
    return {name: dict(ports) for name, ports in graph.results.items()}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(lambda: count(words("a bc")), None, id="values run at once: not a node"),
        pytest.param(lambda: count(words(ui.Textbox("a bc"))), 2, id="a component and a node"),
        pytest.param(lambda: count(words(Const("a bc")), 2), 1, id="a constant, by position"),
        pytest.param(lambda: count(words(Const("a-bc"), sep="-"), at_least=1), 2, id="by name"),
        pytest.param(lambda: count(words(Const("a b")).output), 2, id="its port"),
        pytest.param(
            lambda: count(at_least=ui.Slider(0, 3, 3), words=words(Const("abc d"))),
            1,
            id="in any order",
        ),
    ],
)
def test_a_call_with_what_is_of_a_graph_makes_a_node(
    make: Callable[[], Any], expected: Any
) -> None:
    if expected is None:
        assert make() == 2
    else:
        assert run(make())["count"] == {"output": expected}


def test_ports_are_in_the_order_of_the_parameters() -> None:
    assert list(count(at_least=ui.Slider(0, 3), words=words).inputs) == ["words", "at_least"]


def test_a_function_that_is_not_called_is_a_node_as_well() -> None:
    @node
    def load() -> str:
        return "one two"

    assert run(count(words(load)))["count"] == {"output": 2}


def test_every_call_is_a_node_of_its_own() -> None:
    one, two = words(Const("a")), words(Const("b c"))

    @node
    def both(one: list[str], two: list[str]) -> list[str]:
        return one + two

    results = run(both(one, two))
    assert results["both"] == {"output": ["a", "b", "c"]}
    assert list(results) == ["words", "words_1", "both"]


def test_options_of_the_decorator_hold_for_every_call() -> None:
    @node(outputs=ui.Markdown(), inputs={"mark": ui.Textbox("!")}, concurrent=True)
    def shout(text: str, mark: str = "?", times: int = 1) -> str:
        return text.upper() + mark * times

    called = shout(Const("hi"))
    assert list(called.inputs) == ["text", "mark"]
    assert isinstance(called.outputs["output"], ui.Markdown)
    assert called.limits == shout.limits
    assert run(called) == {"shout": {"output": "HI!"}}
    assert run(shout(Const("hi"), "-", times=2)) == {"shout": {"output": "HI--"}}


@pytest.mark.parametrize("plain", [("a b",), ("a b", None)])
def test_plain_values_run_the_function(plain: tuple[Any, ...]) -> None:
    assert words(*plain) == ["a", "b"]


def test_a_function_with_a_context_runs_as_well() -> None:
    @node
    def spell(ctx: Context, text: str, **options: int) -> list[str]:
        ctx.progress(1, 1)
        return list(text) * options.get("times", 1)

    @node
    def spell_all(ctx: Context, *texts: str) -> list[str]:
        return ["-".join(text) for text in texts]

    assert spell_all("ab", "cd") == ["a-b", "c-d"]
    assert spell("ab", times=2) == ["a", "b", "a", "b"]
    assert run(spell(Const("ab"))) == {"spell": {"output": ["a", "b"]}}
    assert run(spell(Const("a"), times=3)) == {"spell": {"output": ["a"] * 3}}


def test_a_decorated_function_can_be_called_by_another() -> None:
    @node
    def longest(text: str) -> str:
        return max(words(text), key=len)

    assert run(longest(Const("a bcd e"))) == {"longest": {"output": "bcd"}}
    assert FnNode(words, inputs={"text": ""}).test(text="a b") == {"output": ["a", "b"]}


def test_editors_see_the_function() -> None:
    assert str(inspect.signature(words)).startswith("(text: ")
    assert inspect.getdoc(words) == "Split a text."
    assert words.__name__ == "words"
    assert inspect.unwrap(words) is words.fn


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: words(ui.Textbox(), seb="-"), r"Did you mean 'sep'"),
        (lambda: words(sep=ui.Textbox()), r"needs a value for 'text'"),
        (lambda: words(ui.Textbox(), "-", "?"), r"too many positional arguments"),
        (lambda: count([words, words]), r"a list of ports.*parameter for each"),
        (lambda: node(lambda *parts: parts)(ui.Textbox()), r"\*parts.*a parameter for each"),
    ],
)
def test_a_call_that_cannot_be_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        call()


# -- several outputs


@node
def ends(words: list[str]) -> tuple[str, str]:
    return words[0], words[-1]


@node
def named_ends(words: list[str]) -> Ends:
    return Ends(words[0], words[-1])


@node(outputs=["end", "start"])
def listed_ends(words: list[str]) -> Ends:
    return Ends(words[0], words[-1])


@node
def spread(words: list[str]) -> Spread:
    return Spread(min(map(len, words)), max(map(len, words)))


@node(outputs=["low", "high"])
def spread_of_dict(words: list[str]) -> dict[str, int]:
    return {"high": 3, "low": 1}


@node
def spread_streamed(words: list[str]) -> Iterator[tuple[int, int]]:
    yield 0, 1
    yield 1, 3


@node
def joined(one: Any, two: Any) -> str:
    return f"{one}, {two}"


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (ends, "a, bcd"),
        (named_ends, "a, bcd"),
        (listed_ends, "bcd, a"),
        (spread, "1, 3"),
        (spread_of_dict, "1, 3"),
        (spread_streamed, "1, 3"),
    ],
)
def test_several_outputs_are_unpacked(make: Any, expected: str) -> None:
    one, two = make(words(Const("a bcd")))
    assert run(joined(one, two))["joined"] == {"output": expected}


def test_the_parts_of_what_is_annotated_have_names() -> None:
    pair = named_ends(words(Const("a bcd")))
    assert run(joined(pair.end, pair.start))["joined"] == {"output": "bcd, a"}
    assert list(pair.outputs) == ["start", "end"]
    assert pair.output_types == {"start": str, "end": str}
    first, second = ends(words(Const("a")))
    assert (first.name, second.name) == ("output_0", "output_1")


@pytest.mark.parametrize("make", [ends, named_ends, spread])
def test_a_value_that_nobody_takes_apart_stays_whole(make: Any) -> None:
    whole = run(make(words(Const("a bcd"))))[make.name]["output"]
    assert whole in (("a", "bcd"), Spread(1, 3))


def test_what_cannot_be_unpacked_says_what_to_write() -> None:
    with pytest.raises(GraphError, match=r'outputs=\["words", "counts"\].*tuple\[list, list\]'):
        _one, _two = words(ui.Textbox())
    pair = ends(words(Const("a")))
    Graph("Whole", pair, persist_key=False)
    with pytest.raises(GraphError, match=r"'ends' is in a graph.*Unpack it before"):
        _one, _two = pair


def test_an_error_output_is_not_unpacked() -> None:
    @node(on_error="route")
    def halves(x: int) -> tuple[int, int]:
        return x // 2, x - x // 2

    halved = halves(Const(5))
    low, high = halved
    assert run(joined(low, high))["joined"] == {"output": "2, 3"}
    assert list(halved.outputs) == ["output_0", "output_1", "error"]


def test_a_dict_with_other_names_is_no_value_for_several_outputs() -> None:
    @node(outputs=["low", "high"])
    def wrong() -> dict[str, int]:
        return {"low": 1, "hihg": 2}

    with pytest.raises(NodeFailed, match=r"low, high.*one dict with 'low', 'hihg'") as caught:
        run(wrong)
    assert isinstance(caught.value.__cause__, OutputMismatch)


def test_inputs_unpack() -> None:
    tone, length = InputNode("Form", {"tone": ui.Textbox("dry"), "length": ui.Slider(1, 9, 2)})
    assert run(joined(tone, length))["joined"] == {"output": "dry, 2"}


# -- a node stands for its one output


def test_a_node_with_one_output_stands_for_it() -> None:
    one = FnNode(lambda: ["a", "b"], "one", outputs=ui.JSON())
    upper = FnNode(str.upper, "upper", {"self": one.each})
    joining = FnNode(lambda parts: "".join(parts), "joining", {"parts": upper.all()})
    said = TemplateNode("{x}!", "said", {"x": joining}, outputs=ui.Textbox())
    graph = Graph("Stands", said, persist_key=False)
    assert graph.run(said)["said"] == {"text": "AB!"}
    assert said.value == "AB!"
    assert graph.output(said) is not None


def test_a_port_called_so_is_meant_first() -> None:
    one = FnNode(lambda: (1, 2), "one", outputs=["all", "each"])
    assert repr(one.all) == "one.all"
    assert repr(one.each) == "one.each"


def test_a_node_with_several_outputs_names_them() -> None:
    pair = FnNode(lambda: (1, 2), "pair", outputs=["a", "b"])
    with pytest.raises(GraphError, match=r"has 2 outputs.*pair\.a, pair\.b"):
        FnNode(len, inputs={"obj": pair})
    with pytest.raises(GraphError, match=r"pair\.a\.each, pair\.b\.each"):
        _ = pair.each
    with pytest.raises(GraphError, match=r"pair\.a\.all\(\), pair\.b\.all\(\)"):
        pair.all()


def test_an_edge_may_begin_at_a_node() -> None:
    one = FnNode(lambda: 3, "one")
    target = FnNode(abs, "target", {"x": 0})
    graph = Graph("Edges", [target], persist_key=False).edge(one, target.x)
    assert graph.run()["target"] == {"output": 3}


# -- the graph finds its nodes and its name


def test_a_graph_is_named_after_its_variable() -> None:
    letters = Graph(words(ui.Textbox()), persist_key=False)
    assert letters.name == "letters"
    assert [each.name for each in letters] == ["words"]


def test_a_graph_without_a_variable_is_named_after_that_of_its_node() -> None:
    split = words(ui.Textbox())
    assert [Graph(split, persist_key=False).name] == ["split"]
    assert [Graph(words(ui.Textbox()), persist_key=False).name] == ["words"]
    both = Graph([split, words(Const(""))], persist_key=False)
    assert (both.name, len(both)) == ("both", 2)


def test_the_last_node_of_a_graph_is_enough() -> None:
    def nodes(given: Any) -> list[str]:
        return [each.name for each in Graph("Last", given, persist_key=False)]

    last = count(words(ui.Textbox()))
    expected = ["words", "count"]
    assert (
        nodes(last) == nodes(last.output) == nodes([last]) == nodes([last, last.output]) == expected
    )


@pytest.mark.parametrize("wrong", [3, "words", [3], None])
def test_what_is_no_node_is_named(wrong: Any) -> None:
    with pytest.raises(GraphError, match=repr(wrong[0] if isinstance(wrong, list) else wrong)):
        Graph(wrong if wrong is None else "Wrong", wrong or ["None"])


def test_a_value_that_ran_is_no_node() -> None:
    with pytest.raises(GraphError, match=r"plain values.*Const"):
        Graph("Ran", [words("a b")])


def test_nodes_of_other_kinds_are_iterated_in_the_order_of_their_outputs() -> None:
    class Pair(Node):
        def code(self) -> Any:
            raise NotImplementedError

        def run(self, inputs: Any, context: Any) -> Any:
            raise NotImplementedError

    assert [port.name for port in Pair("pair", {}, {"b": None, "a": None})] == ["b", "a"]
