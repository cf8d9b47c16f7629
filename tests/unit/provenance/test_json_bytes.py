"""Every text that Python can hold goes to disk and comes back (part of K16)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph
from daggr_nb._provenance.json_bytes import decode_json, encode_json
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
