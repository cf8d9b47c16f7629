"""What can be the function of a node, what feeds it, and what becomes of what it returns."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal, Optional

import pytest

from daggr_nb import Context, FnNode, Graph, InputNode, RunContext, ui
from daggr_nb._model.feed import Control, Drawn, Fixed, Unfed
from daggr_nb._model.reports import Report
from daggr_nb.errors import GraphError, InvalidInputError, OutputMismatch, RunCancelled


class Run(RunContext):
    """The context of a run that stops after ``after`` values."""

    def __init__(self, after: int | None = None) -> None:
        self.after = after
        self.produced: list[Any] = []

    @property
    def cancelled(self) -> bool:
        return self.after is not None and len(self.produced) >= self.after

    def report(self, report: Report) -> None:
        self.produced.append(tuple(vars(report).values()))

    def when_stopped(self, callback: Callable[[], object]) -> None:
        """Nobody stops it in the middle."""


def run(node: FnNode, **inputs: Any) -> Any:
    return node.run(inputs, Run())


# ---------------------------------------------------------------- functions


def plain(a: int, b: int = 2) -> Any:
    return (a, b)


def by_position(a: int = 1, b: int = 2, /, c: int = 3) -> Any:
    return (a, b, c)


def by_keyword(*, a: int, b: int = 2) -> Any:
    return (a, b)


def open_ended(a: int, **rest: int) -> Any:
    return (a, rest)


def several(a: int, *rest: int) -> Any:
    return (a, rest)


def watched(a: int, ctx: Context) -> Any:
    ctx.log("hello")
    return (a, isinstance(ctx, Context))


def perhaps_watched(a: int, ctx: Optional[Context] = None) -> Any:  # noqa: UP045 - as people write it
    return (a, ctx is not None)


class Scale:
    by: int = 3

    def __init__(self, a: int = 1) -> None:
        self.a = a

    def __call__(self, b: int) -> Any:
        return (self.a, b)

    def method(self, b: int) -> Any:
        return (self.a, b)

    @classmethod
    def make(cls, b: int) -> Any:
        return (cls.__name__, b)

    @staticmethod
    def half(b: int) -> Any:
        return b / 2


async def later(a: int) -> Any:
    return a + 1


def stepwise(a: int) -> Iterator[int]:
    yield a
    yield a + 1


async def later_stepwise(a: int) -> AsyncIterator[int]:
    yield a
    yield a + 1


CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], Any]] = {
    "plain": (plain, {"a": 1}, (1, 2)),
    "positional only": (by_position, {"a": 5, "b": 6}, (5, 6, 3)),
    "positional only, the second": (by_position, {"b": 6}, (1, 6, 3)),
    "positional only, none": (by_position, {"c": 6}, (1, 2, 6)),
    "keyword only": (by_keyword, {"a": 1, "b": 5}, (1, 5)),
    "any keyword": (open_ended, {"a": 1, "x": 2}, (1, {"x": 2})),
    "any position": (several, {"a": 1}, (1, ())),
    "context": (watched, {"a": 1}, (1, True)),
    "optional context": (perhaps_watched, {"a": 1}, (1, True)),
    "lambda": (lambda a: a, {"a": 1}, 1),
    "partial": (functools.partial(plain, b=5), {"a": 1}, (1, 5)),
    "partial by position": (functools.partial(plain, 7), {"b": 1}, (7, 1)),
    "object": (Scale(4), {"b": 1}, (4, 1)),
    "bound method": (Scale(4).method, {"b": 1}, (4, 1)),
    "class method": (Scale.make, {"b": 1}, ("Scale", 1)),
    "static method": (Scale.half, {"b": 1}, 0.5),
    "cached": (functools.cache(plain), {"a": 1}, (1, 2)),
    "C function": (len, {"obj": "abc"}, 3),
    "C method": (", ".join, {"iterable": ["a", "b"]}, "a, b"),
    "type": (str, {"object": 5}, "5"),
    "async": (later, {"a": 1}, 2),
    "generator": (stepwise, {"a": 1}, 2),
    "async generator": (later_stepwise, {"a": 1}, 2),
    "partial of async": (functools.partial(later, 1), {}, 2),
    "generator expression": (lambda a: (x for x in a), {"a": [1, 2]}, [1, 2]),
}


@pytest.mark.parametrize("what", CALLS)
def test_anything_that_can_be_called_is_called_with_its_inputs(what: str) -> None:
    fn, inputs, expected = CALLS[what]
    node = FnNode(fn, inputs=inputs)
    assert run(node, **inputs) == {"output": expected}


def test_a_class_makes_instances() -> None:
    made = run(FnNode(Scale, inputs={"a": 5}), a=5)["output"]
    assert (type(made), made.a) == (Scale, 5)


@pytest.mark.parametrize("fn", [stepwise, later_stepwise])
def test_a_stream_tells_each_value_and_stops_between_two(fn: Any) -> None:
    told = Run()
    FnNode(fn, inputs={"a": 1}).run({"a": 1}, told)
    assert told.produced == [("output", 1), ("output", 2)]
    with pytest.raises(RunCancelled):
        FnNode(fn, inputs={"a": 1}).run({"a": 1}, Run(after=1))


NAMES: dict[str, tuple[Any, str]] = {
    "function": (plain, "plain"),
    "partial": (functools.partial(plain, 1), "plain"),
    "lambda": (lambda: 1, "lambda"),
    "object": (Scale(), "Scale"),
    "method": (Scale().method, "method"),
    "C function": (len, "len"),
    "class": (Scale, "Scale"),
}


@pytest.mark.parametrize("what", NAMES)
def test_default_names(what: str) -> None:
    fn, name = NAMES[what]
    assert FnNode(fn, inputs=dict.fromkeys(inspect.signature(fn).parameters)).name == name


# ---------------------------------------------------------------- misuse

FORM = InputNode("Form", {"name": ui.Textbox(), "run": ui.Textbox(), "far": ui.Textbox()})
MISUSE: list[tuple[Callable[[], Any], type[GraphError], str]] = [
    (lambda: FnNode(5), GraphError, "expected a function, got int 5"),  # type: ignore[arg-type]
    (lambda: FnNode(plain, inputs={"aa": 1}), InvalidInputError, "no parameter 'aa'"),
    (lambda: FnNode(several, inputs={"a": 1, "rest": 1}), InvalidInputError, "no parameter 'rest'"),
    (
        lambda: FnNode(lambda title: 1, "n", inputs={"titel": 1}),
        InvalidInputError,
        "function of 'n' takes no parameter 'titel'. Did you mean 'title'",
    ),
    (lambda: FnNode(plain, inputs={"b": 1}), InvalidInputError, "needs a value for 'a'"),
    (lambda: FnNode(open_ended, inputs={"x": 1}), InvalidInputError, "needs a value for 'a'"),
    (lambda: FnNode(by_keyword, inputs={}), InvalidInputError, "needs a value for 'a'"),
    (lambda: FnNode(plain, inputs=["a"]), InvalidInputError, "inputs= as a dict"),  # type: ignore[arg-type]
    (lambda: FnNode(open_ended, inputs={"a": 1, 5: 1}), InvalidInputError, "no parameter 5"),  # type: ignore[dict-item]
    (lambda: FnNode(watched, inputs={"a": 1, "ctx": 1}), InvalidInputError, "from the run"),
    (
        lambda: FnNode(plain, max_concurrent=0),
        GraphError,
        "max_concurrent expected a number from 1",
    ),
    (lambda: FnNode(plain, outputs="text"), GraphError, "a dict or a list of names, got 'text'"),
    (lambda: FnNode(plain, outputs=5), GraphError, "a dict or a list of names, got 5"),  # type: ignore[arg-type]
    (lambda: FnNode(plain, outputs=["a", "a"]), GraphError, "names that differ"),
    (lambda: FnNode(plain, outputs=[""]), GraphError, "not empty"),
    (lambda: FnNode(plain, outputs=[1]), GraphError, "names that differ"),  # type: ignore[list-item]
    (lambda: FnNode(plain, outputs={"a": "Textbox"}), GraphError, "such as ui.Markdown"),
    (lambda: FnNode(plain, on_error="riase"), GraphError, "Did you mean 'raise'"),  # type: ignore[arg-type]
    (lambda: FnNode(plain, timeout=0), GraphError, "seconds above 0"),
    (
        lambda: FnNode(plain, inputs={"a": FORM}),
        GraphError,
        "one of its ports: Form.name, Form.run",
    ),
    (lambda: FnNode(plain, inputs={"a": FORM.name}), GraphError, "write node.ports['name']"),
    (lambda: FnNode(plain, inputs={"a": FORM.run}), GraphError, "write node.ports['run']"),
    (lambda: FnNode(plain, inputs={"a": FORM.far.all}), GraphError, "write Form.far.all()"),
    (lambda: FnNode(plain, inputs={"a": ui.Slider}), GraphError, "write Slider(...)"),
    (lambda: InputNode("Form"), InvalidInputError, "with at least one component"),
    (lambda: InputNode("Form", {}), InvalidInputError, "with at least one component"),
    (lambda: InputNode("Form", [ui.Textbox()]), InvalidInputError, "ports={name: component}"),  # type: ignore[arg-type]
    (lambda: InputNode("Form", {"a": "text"}), InvalidInputError, "port 'a' expected a component"),  # type: ignore[dict-item]
    (lambda: InputNode("Form", {"a": ui.Textbox}), InvalidInputError, "expected a component"),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("do", "kind", "said"), MISUSE)
def test_misuse_is_told_when_the_node_is_made(
    do: Callable[[], Any], kind: type[GraphError], said: str
) -> None:
    with pytest.raises(kind, match=re.escape(said)) as caught:
        do()
    assert type(caught.value) is kind


def test_a_function_that_takes_other_inputs_cannot_take_the_place_of_one() -> None:
    node = FnNode(plain, inputs={"a": 1})
    with pytest.raises(InvalidInputError, match="no parameter 'a'"):
        node.rebind(lambda b: b)
    assert node.fn is plain
    node.rebind(lambda a, c=1: (c, a))
    assert run(node, a=5)["output"] == (1, 5)


def test_a_signature_follows_its_function() -> None:
    def fn(a: int, b: int = 1) -> int:
        return a + b

    assert FnNode(fn, inputs={"a": 1}).optional == {"b"}
    fn.__defaults__ = (1, 2)
    assert FnNode(fn, inputs={}).optional == {"a", "b"}


# ---------------------------------------------------------------- inputs from a signature


def annotated(
    text: str,
    n: int,
    x: float,
    flag: bool,
    tone: Literal["dry", "warm"],
    anything: Any,
    bare,  # type: ignore[no-untyped-def]
    text_or_none: str = None,  # type: ignore[assignment]  # noqa: RUF013
    optional: Optional[int] = None,  # noqa: UP045 - as people write it
    words: str = "hi",
    count: int = 0,
    ratio: float = 1,
    on: bool = True,
    mood: Literal["dry", "warm"] = "warm",
    odd: int = "three",  # type: ignore[assignment]
    items: list = [],  # type: ignore[type-arg]  # noqa: B006
) -> None: ...


def test_controls_follow_annotations_and_never_change_a_default() -> None:
    feeds = FnNode(annotated).inputs
    shown = {
        port: (feed.component.type, feed.component.initial) if isinstance(feed, Control) else feed
        for port, feed in feeds.items()
    }
    assert shown["text"] == ("Textbox", "")
    assert shown["n"] == ("Number", 0)
    assert shown["x"] == ("Number", 0.0)
    assert shown["flag"] == ("Checkbox", False)
    assert shown["tone"] == ("Dropdown", "dry")
    assert isinstance(shown["anything"], Unfed)
    assert isinstance(shown["bare"], Unfed)
    assert shown["words"] == ("Textbox", "hi")
    assert shown["count"] == ("Number", 0)
    assert shown["on"] == ("Checkbox", True)
    assert shown["mood"] == ("Dropdown", "warm")
    defaults = {p: f.value for p, f in feeds.items() if isinstance(f, Fixed)}
    assert defaults == {"text_or_none": None, "odd": "three", "items": []}
    assert shown["optional"] == ("Number", None)
    ratio = shown["ratio"]
    assert isinstance(ratio, tuple)
    assert (ratio, type(ratio[1])) == (("Number", 1), int)


def test_the_annotations_of_classes_objects_and_partials_count() -> None:
    for fn, port in ((Scale, "a"), (Scale(), "b"), (functools.partial(plain, b=1), "a")):
        feed = FnNode(fn).inputs[port]
        assert isinstance(feed, Control)
        assert feed.component.type == "Number"


def test_annotations_that_cannot_be_resolved_are_no_error() -> None:
    def fn(a: NoSuchName, ctx: Context) -> Any:  # type: ignore[name-defined]  # noqa: F821
        return ctx

    node = FnNode(fn, inputs={"a": 1})
    assert isinstance(run(node, a=1)["output"], Context)


def test_what_feeds_an_input() -> None:
    feeds = FnNode(
        open_ended, inputs={"a": ui.Number(1), "b": 5, "c": lambda: 1, "d": None, "e": [1]}
    ).inputs
    assert [type(f) for f in feeds.values()] == [Control, Fixed, Drawn, Fixed, Fixed]


def test_a_node_with_a_port_called_name_is_called_by_its_own() -> None:
    form = InputNode("Form", {"name": ui.Textbox("Ada")})
    greet = FnNode(str.upper, "greet", inputs={"self": form.ports["name"]})
    graph = Graph("Named", [greet])
    assert graph.run()["greet"]["output"] == "ADA"
    assert graph.inputs["Form__name"] == "Ada"
    assert [form.name, str(form.ports["name"])] == ["Form", "Form.name"]
    assert "Form" in graph.status()


# ---------------------------------------------------------------- outputs

RETURNED: list[tuple[Any, Any, Any]] = [
    (None, 5, {"output": 5}),
    (None, None, {"output": None}),
    (None, (1, 2), {"output": (1, 2)}),
    (None, [], {"output": []}),
    (["a"], [1, 2], {"a": [1, 2]}),
    (["a", "b"], (1, 2), {"a": 1, "b": 2}),
    (["a", "b"], [1, None], {"a": 1, "b": None}),
    ({"a": None, "b": ui.Markdown()}, (1, 2), {"a": 1, "b": 2}),
    ([], 5, {}),
    (["a", "b"], (1, 2, 3), "expected a tuple of 2, but its function returned 3 values"),
    (["a", "b"], 5, "returned one int"),
    (["a", "b"], "xy", "returned one str"),
    (["a", "b"], None, "returned one NoneType"),
    (["a", "b"], {"b": 2, "a": 1}, {"a": 1, "b": 2}),
    (["a", "b"], {"a": 1, "c": 2}, "returned one dict with 'a', 'c'"),
]


@pytest.mark.parametrize(("outputs", "returned", "expected"), RETURNED)
def test_what_is_returned_goes_to_ports(outputs: Any, returned: Any, expected: Any) -> None:
    node = FnNode(lambda: returned, "n", inputs={}, outputs=outputs)
    if isinstance(expected, dict):
        assert run(node) == expected
    else:
        with pytest.raises(OutputMismatch, match=expected) as caught:
            run(node)
        assert caught.value.node == "n"


def test_hooks_stand_before_and_after() -> None:
    node = FnNode(
        plain,
        inputs={"a": 1},
        preprocess=lambda inputs: {**inputs, "b": 10},
        postprocess=lambda a, b: [a, b],
    )
    assert run(node, a=1) == {"output": [1, 10]}
    one = FnNode(lambda: [1, 2], inputs={}, postprocess=lambda value: value[0])
    assert run(one) == {"output": 1}
