"""What is called, and how: wrappers, positions, and objects that are values (K17)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph
from daggr_nb.errors import GraphError


@functools.singledispatch
def show(x: Any, mark: str = ".") -> str:
    return f"{x}{mark}"


@show.register
def _(x: int, mark: str = ".") -> str:
    return f"int {x}{mark}"


def by_position(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapper(*args: Any) -> Any:
        return fn(*args)

    return wrapper


def first_by_position(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapper(first: Any, /, *args: Any) -> Any:
        return fn(first, *args)

    return wrapper


def by_keyword(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapper(**kwargs: Any) -> Any:
        return fn(**kwargs)

    return wrapper


def plain(x: int, mark: str = ".") -> str:
    return f"int {x}{mark}"


def only(x: int, mark: str = ".", /) -> str:
    return f"int {x}{mark}"


FORMS: dict[str, Callable[..., Any]] = {
    "singledispatch": show,
    "wrapper of positions": by_position(plain),
    "wrapper of a first position": first_by_position(plain),
    "wrapper of keywords": by_keyword(plain),
    "positions only": only,
    "cache": functools.lru_cache(plain),
    "partial": functools.partial(plain),
    "wrapped twice": by_position(functools.lru_cache(by_position(plain))),
}


@pytest.mark.parametrize("fn", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("inputs", [{"x": 1}, {"x": 1, "mark": "!"}], ids=["one", "both"])
def test_every_form_of_function_is_called_as_it_wants(
    fn: Callable[..., Any], inputs: dict[str, Any]
) -> None:
    graph = Graph("Forms", [FnNode(fn, "show", inputs=inputs)], persist_key=False)
    assert graph.run()["show"]["output"] == f"int 1{inputs.get('mark', '.')}"


class Tokenizer:
    def __call__(self, text: str = "a b") -> list[str]:
        return text.split()


@pytest.mark.parametrize(
    "value",
    [Tokenizer(), operator.itemgetter(0), operator.attrgetter("real"), operator.methodcaller("x")],
    ids=lambda value: type(value).__name__,
)
def test_an_object_that_can_be_called_is_a_value(value: Any) -> None:
    node = FnNode(lambda tool: type(tool).__name__, "use", inputs={"tool": value})
    assert Graph("Tools", [node], persist_key=False).run()["use"]["output"] == type(value).__name__


class Draws:
    def method(self) -> int:
        return 4

    @staticmethod
    def static() -> int:
        return 4

    @classmethod
    def of_class(cls) -> int:
        return 4


@functools.lru_cache
def cached() -> int:
    return 4


@pytest.mark.parametrize(
    ("draw", "value"),
    [
        (lambda: 4, 4),
        (cached, 4),
        (functools.partial(int, "4"), 4),
        (Draws().method, 4),
        (Draws.static, 4),
        (Draws.of_class, 4),
        (dict, {}),
        ("4".strip, "4"),
    ],
    ids=["lambda", "cache", "partial", "method", "static", "class method", "class", "C method"],
)
def test_a_function_in_whatever_form_is_drawn(draw: Any, value: Any) -> None:
    node = FnNode(lambda x: x, "use", inputs={"x": draw})
    assert Graph("Draws", [node], persist_key=False).run()["use"]["output"] == value


def test_a_node_is_called_otherwise_until_a_graph_holds_it() -> None:
    node = FnNode(plain, inputs={"x": 1})
    node.name = "first"
    graph = Graph("Named", [node], persist_key=False)
    assert list(graph.nodes) == ["first"]
    with pytest.raises(GraphError, match="is in a graph"):
        node.name = "second"
    with pytest.raises(GraphError, match="not empty"):
        FnNode(plain, inputs={"x": 1}).name = " "
