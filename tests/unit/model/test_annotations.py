"""Which annotations fit together, and how somebody hears of those that do not."""

from __future__ import annotations

import collections
import decimal
import enum
import fractions
import functools
import pathlib
import typing
import warnings
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Annotated, Any, Literal, NewType, Optional, Protocol, TypedDict, TypeVar, Union

import pytest

from daggr_nb import ChoiceNode, Context, FnNode, Graph, InputNode, RouteNode, ui
from daggr_nb._canvas import views
from daggr_nb._model.annotations import element_of, fits, type_text
from daggr_nb._model.structure import build
from daggr_nb.errors import TypeMismatchWarning

T = TypeVar("T")
UserId = NewType("UserId", int)
Alias = list[int]


class Animal:
    pass


class Dog(Animal):
    pass


class Colour(enum.Enum):
    RED = 1


class Row(TypedDict):
    a: int


class Sized(Protocol):
    def size(self) -> int: ...


class Box(typing.Generic[T]):
    pass


class Strange(type):
    def __subclasscheck__(cls, other: type) -> bool:
        raise RuntimeError("not to be asked")


class Refusing(metaclass=Strange):
    pass


# ruff: noqa: UP006, UP007, UP045 - both spellings are written in notebooks
FIT = [
    (int, int),
    (int, float),
    (bool, int),
    (bool, float),
    (int, complex),
    (fractions.Fraction, float),
    (Dog, Animal),
    (Any, int),
    (int, Any),
    (object, int),
    (int, object),
    (T, int),
    (int, T),
    ("Missing", int),
    (int, "Missing"),
    (int, Optional[int]),
    (int, int | None),
    (None, int | None),
    (type(None), Optional[str]),
    (str | None, str),
    (int | str, str),
    (Union[int, str], Union[str, bytes]),
    (str, Union[int, str]),
    (str, Literal["a", "b"]),
    (Literal["a"], str),
    (Literal[1, "a"], str),
    (UserId, int),
    (int, UserId),
    (Annotated[int, "metres"], float),
    (list[int], list),
    (list, list[int]),
    (list[int], list[float]),
    (list[bool], Sequence[int]),
    (typing.List[int], list[int]),
    (list[int], typing.Sequence[int]),
    (list[int], Iterable[int]),
    (list[list[int]], list[Sequence[float]]),
    (set[int], Collection[int]),
    (tuple[int, str], tuple[int, str]),
    (tuple[int, ...], tuple[float, ...]),
    (tuple[int, int], tuple[int, ...]),
    (tuple[int, str], Iterable[str]),
    (tuple, tuple[int, str]),
    (str, Sequence[str]),
    (str, Iterable[str]),
    (dict[str, int], Mapping[str, float]),
    (dict, Mapping[str, int]),
    (collections.OrderedDict[str, int], dict[str, int]),
    (Row, dict[str, int]),
    (dict[str, int], Row),
    (dict[str, int], Iterable[str]),
    (Animal, Sized),
    (Callable[[int], str], Callable[..., Any]),
    (type[Dog], type[Animal]),
    (Box[int], Box[str]),
    (Box, Box[int]),
    (Colour, enum.Enum),
    (Literal[Colour.RED], Colour),
    (pathlib.PosixPath, pathlib.Path),
    (int, Refusing),
    (Annotated[int, {}], str),  # cannot be remembered, so nobody knows
]

UNFIT = [
    (str, int),
    (int, str),
    (float, int),
    (int, bool),
    (decimal.Decimal, float),
    (Animal, Dog),
    (str, pathlib.Path),
    (None, int),
    (None, str),
    (int, Optional[str]),
    (str | None, int),
    (str | None, int | None),
    (int | float, str),
    (Literal["a"], int),
    (UserId, str),
    (Annotated[int, "metres"], str),
    (list[int], str),
    (list[int], list[str]),
    (list[str], Sequence[int]),
    (list[int], tuple[int, ...]),
    (list[int], dict[str, int]),
    (list[list[int]], list[int]),
    (tuple[int, str], tuple[int, int]),
    (tuple[int, str], tuple[int, str, int]),
    (tuple[int, ...], tuple[str, ...]),
    (str, list[str]),
    (str, Iterable[int]),
    (int, Iterable[int]),
    (dict[str, int], Mapping[str, str]),
    (dict[int, int], dict[str, int]),
    (dict[str, int], list[str]),
    (Row, list),
    (Colour, int),
    (Box[int], Dog),
    (Callable[[int], int], int),
]


@pytest.mark.parametrize(("seen", "expected"), FIT)
def test_what_fits(seen: Any, expected: Any) -> None:
    assert fits(seen, expected)


@pytest.mark.parametrize(("seen", "expected"), UNFIT)
def test_what_does_not_fit(seen: Any, expected: Any) -> None:
    assert not fits(seen, expected)


def test_arrays_and_frames_go_by_their_class() -> None:
    numpy = pytest.importorskip("numpy")
    from numpy.typing import NDArray

    assert fits(NDArray[numpy.float64], numpy.ndarray)
    assert fits(NDArray[numpy.float64], NDArray[numpy.int8])
    assert not fits(NDArray[numpy.float64], list[float])
    assert fits(numpy.float32, float)
    assert fits(numpy.int64, int)
    assert not fits(numpy.float64, int)
    pandas = pytest.importorskip("pandas")
    assert fits(pandas.DataFrame, pandas.DataFrame)
    assert not fits(pandas.DataFrame, pandas.Series)


def test_a_class_defined_again_is_the_same_class() -> None:
    def cell() -> type:
        class Thing:
            pass

        return Thing

    assert fits(cell(), cell())
    assert fits(list[cell()], list[cell()])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("seen", "element"),
    [
        (list[int], int),
        (Sequence[str], str),
        (Iterable[float], float),
        (set[int], int),
        (tuple[int, ...], int),
        (tuple[int, str], int | str),
        (list[int] | None, int),
        (list[int] | tuple[str, ...], int | str),
        (list, Any),
        (tuple, Any),
        (object, Any),
        (Any, Any),
        (Animal, Any),
        (str, None),
        (bytes, None),
        (int, None),
        (dict[str, int], None),
        (Row, None),
        (None, None),
        ("Missing", Any),
    ],
)
def test_what_one_item_gets(seen: Any, element: Any) -> None:
    assert element_of(seen) == element


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None.__class__, "None"),
        (str | None, "str | None"),
        (Optional[str], "Optional[str]"),
        (list[int], "list[int]"),
        (Sequence[int], "Sequence[int]"),
        (Animal, "Animal"),
    ],
)
def test_types_are_named_as_people_write_them(annotation: Any, text: str) -> None:
    assert type_text(annotation) in (text, text.replace("Optional[str]", "str | None"))


# ---------------------------------------------------------------- along edges


def takes(annotation: Any) -> Callable[..., Any]:
    def take(x: Any) -> None:
        return None

    take.__annotations__ = {"x": annotation, "return": None}
    return take


def gives(annotation: Any) -> Callable[..., Any]:
    def give() -> Any:
        return None

    give.__annotations__ = {"return": annotation}
    return give


def generates(annotation: Any, asynchronous: bool = False) -> Callable[..., Any]:
    def give() -> Any:
        yield None

    async def agive() -> Any:
        yield None

    fn = agive if asynchronous else give
    fn.__annotations__ = {"return": annotation}
    return fn


def awaits(annotation: Any) -> Callable[..., Any]:
    async def give() -> Any:
        return None

    give.__annotations__ = {"return": annotation}
    return give


def told(feed: Any, annotation: Any = str) -> list[str]:
    """What is said of one edge: expected and seen."""
    node = FnNode(takes(annotation), "take", inputs={"x": feed})
    return [f"{m.expected} / {m.actual}" for m in build([node]).mismatches]


def port(fn: Any, **options: Any) -> Any:
    return FnNode(fn, "give", **options).ports[next(iter(options.get("outputs", ["output"])))]


@pytest.mark.parametrize(
    ("fn", "seen"),
    [
        (gives(int), "int"),
        (generates(Iterator[int]), "int"),
        (generates(Iterable[int]), "int"),
        (generates(Generator[int, None, str]), "int"),
        (generates(AsyncIterator[int], asynchronous=True), "int"),
        (awaits(int), "int"),
        (gives(Awaitable[int]), "int"),
        (gives(Coroutine[Any, Any, int]), "int"),
        (gives(Generator[int, None, None]), "int"),
        (functools.partial(lambda x: x, 1), None),
        (functools.partial(gives(int)), "int"),
        (gives(Iterator[int]), None),
        (generates(Iterator), None),
        (gives("Missing[int"), None),
        (dict, None),
        (Animal, "Animal"),
        (lambda: 1, None),
    ],
)
def test_what_counts_of_a_return_annotation(fn: Any, seen: str | None) -> None:
    assert told(port(fn)) == ([f"str / {seen}"] if seen else [])


def test_several_ports_take_a_tuple_by_position() -> None:
    node = FnNode(gives(tuple[str, int]), "give", outputs=["a", "b"])
    assert told(node.a) == []
    assert told(node.b) == ["str / int"]
    alike = FnNode(gives(tuple[int, ...]), "give", outputs=["a", "b", "c"])
    assert told(alike.c) == ["str / int"]
    for unknown in (tuple, tuple[int, int, int], list[int], int):
        assert told(FnNode(gives(unknown), "give", outputs=["a", "b"]).a) == []
    whole = FnNode(gives(tuple[int, int]), "give", outputs=["pair"])
    assert told(whole.pair) == ["str / tuple[int, int]"]


def test_hooks_hide_what_the_function_says() -> None:
    assert told(port(gives(int), postprocess=str)) == []
    taker = FnNode(
        takes(str), "take", inputs={"x": port(gives(int))}, preprocess=lambda inputs: inputs
    )
    assert build([taker]).mismatches == []


def test_a_failure_port_and_routes_say_nothing() -> None:
    risky = FnNode(gives(int), "risky", on_error="route")
    assert told(risky.output) == ["str / int"]
    assert told(risky.error) == []
    assert told(RouteNode(gives(int), ["a", "b"]).a) == []


@pytest.mark.parametrize(
    ("wire", "annotation", "expected"),
    [
        (lambda p: p.each, str, ["str / int"]),
        (lambda p: p.each, int, []),
        (lambda p: p.each["key"], str, []),
        (lambda p: p, int, ["int / list[int]"]),
        (lambda p: p, Sequence[float], []),
    ],
)
def test_scatter_hands_over_elements(wire: Any, annotation: Any, expected: list[str]) -> None:
    assert told(wire(port(gives(list[int]))), annotation) == expected


def test_scattering_one_value_is_said_to_be_a_mistake() -> None:
    (said,) = build([FnNode(takes(str), "take", inputs={"x": port(gives(str)).each})]).mismatches
    assert str(said) == (
        "take.x expects a list or another iterable, because of .each, but give.output gives str. "
        "Leave .each out, or return a list."
    )


def scattered(fn: Any, **options: Any) -> Any:
    source = FnNode(lambda: [1], "source")
    return FnNode(fn, "each", inputs={"x": source.output.each}, **options).output


def test_gather_makes_lists() -> None:
    def length(x: Any) -> int:
        return len(x)

    def unsaid(x: Any):  # type: ignore[no-untyped-def]
        return x

    assert told(scattered(length).all(), list[int]) == []
    assert told(scattered(length).all(), list[str]) == ["list[str] / list[int]"]
    assert told(scattered(length).all(), int) == ["int / list[int]"]
    assert told(scattered(unsaid).all(), int) == ["int / list"]
    assert told(scattered(length).all().each, str) == ["str / int"]
    assert told(scattered(length, on_item_error="drop").all(), list[str]) != []
    assert told(scattered(length, on_item_error="keep_none").all(), list[str]) == []
    assert told(scattered(length, on_item_error="keep_error").all(), list[str]) == []


def test_what_goes_on_item_by_item_says_how_to_go_into_the_items() -> None:
    def letters(x: Any) -> list[str]:
        return list(x)

    words = FnNode(lambda: ["ab"], "words")
    split = FnNode(letters, "split", inputs={"x": words.output.each})
    code = FnNode(takes(str), "code", inputs={"x": split.output.each})
    (mismatch,) = build([code]).mismatches
    assert "expects str, but split.output gives list[str]" in str(mismatch)
    assert "split.output.each.each" in str(mismatch)


def test_depth_is_respected_when_scatters_nest() -> None:
    def letters(x: Any) -> list[str]:
        return list(x)

    def code(x: str) -> int:
        return ord(x)

    words = FnNode(lambda: ["ab"], "words")
    split = FnNode(letters, "split", inputs={"x": words.output.each})
    inner = FnNode(code, "code", inputs={"x": split.output.each.each})
    once = FnNode(takes(list[str]), "once", inputs={"x": inner.output.all()})
    said = [str(m.edge.id) + m.actual for m in build([once]).mismatches]
    assert said == ["code.output->once.xlist[int]"]


@pytest.mark.parametrize(
    ("component", "annotation", "expected"),
    [
        (ui.Textbox(), int, ["int / str"]),
        (ui.Textbox(), str, []),
        (ui.Number(), int, []),
        (ui.Number(), float, []),
        (ui.Number(), str, ["str / float | int"]),
        (ui.Number(precision=0), int, []),
        (ui.Slider(), str, ["str / float | int"]),
        (ui.Checkbox(), int, []),
        (ui.Checkbox(), str, ["str / bool"]),
        (ui.ColorPicker(), int, ["int / str"]),
        (ui.Dropdown(["a"]), int, []),
    ],
)
def test_a_control_says_what_it_gives(
    component: ui.Component, annotation: Any, expected: list[str]
) -> None:
    assert told(InputNode("Form", {"x": component}).x, annotation) == expected


def test_variants_count_where_they_agree() -> None:
    both = ChoiceNode([FnNode(gives(int), "a"), FnNode(gives(int), "b")], "either")
    assert told(both.output) == ["str / int"]
    one = ChoiceNode([FnNode(gives(int), "a"), FnNode(gives(str), "b")], "either")
    assert told(one.output) == []
    taking = ChoiceNode(
        [
            FnNode(takes(str), "a", inputs={"x": port(gives(int))}),
            FnNode(takes(int), "b", inputs={"x": FnNode(gives(int), "other").output}),
        ]
    )
    assert [m.edge.target_port for m in build([taking]).mismatches] == ["a.x"]


def test_the_context_is_no_input() -> None:
    def take(x: int, ctx: Context) -> int:
        return x

    assert build([FnNode(take, inputs={"x": port(gives(int))})]).mismatches == []


# ---------------------------------------------------------------- who is told


def count() -> int:
    return 3


def shout(text: str) -> str:
    return text.upper()


def test_the_graph_warns_once_per_edge_at_the_line_that_built_it() -> None:
    node = FnNode(shout, inputs={"text": FnNode(count).output})
    with pytest.warns(TypeMismatchWarning) as caught:
        graph = Graph("Warned", [node], persist_key=False)
    assert [str(w.message) for w in caught] == [
        "shout.text expects str, but count.output gives int. Convert it on the way, or correct "
        "the annotation that is wrong."
    ]
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph.add(FnNode(count, "another"))
    with pytest.warns(TypeMismatchWarning, match="second.text expects str"):
        graph.add(FnNode(shout, "second", inputs={"text": graph["count"].output}))


def test_an_edge_drawn_later_warns_too() -> None:
    graph = Graph("Later", [FnNode(shout), FnNode(count)], persist_key=False)
    with pytest.warns(TypeMismatchWarning, match="shout.text expects str") as caught:
        graph.edge(graph["count"].output, graph["shout"].text)
    assert caught[0].filename == __file__


def test_nothing_is_refused() -> None:
    def half(x: int) -> float:
        return x / 2

    def double(x: int) -> float:
        return x * 2

    with pytest.warns(TypeMismatchWarning, match="expects int, but half.output gives float"):
        graph = Graph("Runs", [FnNode(double, inputs={"x": FnNode(half, inputs={"x": 3}).output})])
    assert graph.run() == {"double": {"output": 3.0}}


def test_the_card_says_so_until_the_code_is_mended() -> None:
    source = FnNode(count)
    node = FnNode(shout, inputs={"text": source.output})
    with pytest.warns(TypeMismatchWarning):
        graph = Graph("Card", [node], persist_key=False)
    name = graph.session.current.structure.name_of(node)
    assert views.node_state(graph.session.current, name).remarks == [
        "text expects str, but count.output gives int"
    ]
    assert (
        views.node_state(
            graph.session.current, graph.session.current.structure.name_of(source)
        ).remarks
        == []
    )
    source.rebind(lambda: "three")
    assert views.node_state(graph.session.current, name).remarks == []


def test_two_classes_of_one_name_are_told_apart() -> None:
    first, second = type("Image", (), {}), type("Image", (), {})
    first.__module__, second.__module__ = "one", "two"
    assert told(port(gives(first)), second) == ["two.Image / one.Image"]
