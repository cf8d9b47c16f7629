"""Every text that Python can hold goes to disk and comes back (part of K16)."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph
from daggr_nb._json import decode_json, encode_json
from daggr_nb.errors import GraphError

HALF = "\ud83d"
ANY_TEXT = st.text(st.characters(codec=None, categories=None, exclude_categories=()))
ANY_DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)


@given(ANY_DATA)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize("data", [b"", b"{", b"[1,", b"nul", b'"\\ud83', b"\xff", b"\xed\xa0"])
def test_what_makes_no_sense_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_json(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'["\\ud800",' + b"[" * 100_000,
        b'"]]]", ' * 50 + b'["\\"]' * 401,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_what_is_nested_deep_takes_no_room_from_the_collector(data: bytes) -> None:
    """What the collector ends in the middle of it has the whole stack, nearly, to end in."""
    room: list[bool] = []

    def deep(levels: int) -> bool:
        return not levels or deep(levels - 1)

    def collected(phase: str, info: dict[str, int]) -> None:
        room.append(deep(400))  # a failure in here would be no error, but a warning

    thresholds = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1)
    try:
        for given in (data, data.decode()):
            with pytest.raises(ValueError, match=r"\S"):
                decode_json(given)
            room.append(deep(400))
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(collected)
    assert all(room)


@pytest.mark.parametrize("levels", [1, 150, 199, 201, 390])
def test_levels_that_are_read_come_back(levels: int) -> None:
    value = decode_json(b"[" * levels + b'"x"' + b"]" * levels)
    for _ in range(levels):
        (value,) = value
    assert value == "x"


def prints() -> str:
    print(f"so far: {HALF}")  # noqa: T201 - it is what is recorded
    return "done"


def returns() -> str:
    return HALF


def nested() -> dict[str, list[str]]:
    return {HALF: ["a", HALF + "b"]}


def joined() -> str:
    return HALF + "\ude00"


def raises() -> None:
    raise ValueError(f"not {HALF}")


@pytest.mark.parametrize("fn", [prints, returns, nested, joined], ids=lambda fn: fn.__name__)
def test_a_record_with_half_an_emoji_is_there_in_the_next_kernel(fn: Any) -> None:
    first = Graph("Emoji", [FnNode(fn, "a")])
    value = first.run()["a"]["output"]
    logs = first.history("a")[0].logs
    first.close()
    again = Graph("Emoji", [FnNode(fn, "a")])
    assert again.status()["a"].freshness == "fresh"
    assert again.run()["a"]["output"] == value
    assert again.history("a")[0].logs == logs


def test_errors_inputs_and_names_may_have_it_too() -> None:
    failing = Graph("Failing", [FnNode(raises, "a")])
    failing.run(check=False)
    failing.close()
    assert HALF in (Graph("Failing", [FnNode(raises, "a")]).history("a")[0].error or "")

    def graph() -> Graph:
        node = FnNode(lambda **words: sorted(words.values()), "n", inputs={HALF: HALF})
        return Graph("Named", [node])

    first = graph()
    first.run()
    first.close()
    assert [status.freshness for status in graph().status().values()] == ["fresh"]


def test_a_node_is_not_called_so() -> None:
    with pytest.raises(GraphError, match="half characters"):
        FnNode(returns, HALF)
