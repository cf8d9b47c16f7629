"""Generators that yield pieces, and those that yield the value so far."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from daggr_nb import Const, Delta, FnNode, Graph, TemplateNode, node
from daggr_nb.errors import GraphError, NodeFailed, StreamWarning


def words() -> Iterator[str]:
    yield from ("one", " two", " three")


def annotated() -> Iterator[Delta]:
    yield from ("one", " two", " three")


async def awaited() -> AsyncIterator[Delta]:
    for piece in ("one", " two", " three"):
        yield piece


def with_none() -> Iterator[str | None]:
    yield from (None, "one two", None, " three", None)


def lists() -> Iterator[list[int]]:
    yield from ([1], [2, 3])


def two_ports() -> Iterator[tuple[str, list[int]]]:
    yield "one", [1]
    yield " two", [2]


def nothing() -> Iterator[str]:
    yield from ()


def run(fn: Callable[..., Any], **options: Any) -> tuple[Any, str]:
    """Return the outputs of a node, and the text that its chunks add up to."""
    streaming = FnNode(fn, "streaming", **options)
    graph = Graph("Pieces", [streaming], persist_key=False)
    run = graph.submit()
    chunks = [event for event in run.events() if event.type == "node.chunk"]
    return run.result()["streaming"], "".join(str(chunk.delta) for chunk in chunks)


@pytest.mark.parametrize(
    ("fn", "options"),
    [
        (words, {"stream": "append"}),
        (annotated, {}),
        (awaited, {}),
        (with_none, {"stream": "append"}),
    ],
)
def test_pieces_add_up_and_are_said_one_by_one(
    fn: Callable[..., Any], options: dict[str, Any]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(fn, **options) == ({"output": "one two three"}, "one two three")


@pytest.mark.parametrize(
    ("fn", "outputs", "expected"),
    [
        (lists, None, {"output": [1, 2, 3]}),
        (two_ports, ["text", "numbers"], {"text": "one two", "numbers": [1, 2]}),
        (nothing, None, {"output": None}),
    ],
)
def test_pieces_of_other_values_add_up(
    fn: Callable[..., Any], outputs: Any, expected: dict[str, Any]
) -> None:
    values, _ = run(fn, outputs=outputs, stream="append")
    assert values == expected


def test_pieces_that_cannot_be_added_are_named() -> None:
    def numbers_and_texts() -> Iterator[Any]:
        yield 1
        yield "two"

    with pytest.raises(NodeFailed, match=r"pieces that can be joined.*yielded 1 and others"):
        run(numbers_and_texts, stream="append")


def test_a_hook_gets_the_whole() -> None:
    assert run(words, stream="append", postprocess=str.upper)[0] == {"output": "ONE TWO THREE"}


def test_a_template_says_pieces_as_they_come() -> None:
    said = TemplateNode("[{x}]", "said", {"x": node(stream="append")(words)})
    assert Graph("Said", said, persist_key=False).run()["said"] == {"text": "[one two three]"}


def test_texts_that_do_not_continue_are_warned_of_once() -> None:
    graph = Graph("Warned", FnNode(words), persist_key=False)
    with pytest.warns(StreamWarning, match=r"'words': it yielded 'one' and then ' two'.*append"):
        assert graph.run()["words"] == {"output": " three"}
    assert 'stream="append"' in graph.history("words")[0].logs
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph.run(force=True)


@pytest.mark.parametrize(
    "values",
    [["a", "ab", "abc"], ["a", "a"], [1, 2], ["", "a"], ["a"], [["a"], ["b"]], ["a", None, "b"]],
)
def test_values_so_far_are_nothing_to_warn_of(values: list[Any]) -> None:
    def so_far() -> Iterator[Any]:
        yield from values

    graph = Graph("So far", FnNode(so_far), persist_key=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert graph.run()["so_far"] == {"output": values[-1]}


def test_who_says_replace_is_not_warned() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = Graph("Replaced", FnNode(words, stream="replace"), persist_key=False)
        assert graph.run()["words"] == {"output": " three"}


def test_what_was_assumed_is_part_of_a_result() -> None:
    graph = Graph("Assumed", FnNode(words, "words", stream="replace"))
    graph.run()
    graph = Graph("Assumed", FnNode(words, "words", stream="append"))
    assert graph.status()["words"].freshness == "stale"
    assert graph.run()["words"] == {"output": "one two three"}
    graph.close()


def test_another_word_for_it_is_refused() -> None:
    with pytest.raises(GraphError, match="'append' or 'replace', got 'concat'"):
        FnNode(words, stream="concat")  # type: ignore[arg-type]


def test_a_called_node_keeps_what_its_decorator_says() -> None:
    @node(stream="append")
    def spell(word: str) -> Iterator[str]:
        yield from word

    called = spell(Const("abc"))
    assert Graph("Spelt", called, persist_key=False).run()["spell"] == {"output": "abc"}
