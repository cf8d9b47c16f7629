"""Data that is as it was is not digested again, and none that changed counts as what it was."""

from __future__ import annotations

import dataclasses
import pathlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import Fingerprint, Memo, fingerprint
from daggr_nb._provenance.code.large_values import CachedDigest, LargeValueCache
from daggr_nb._provenance.digest.witness import Witness

MANY = 10_000


@dataclasses.dataclass
class Row:
    id: int
    tags: list[str]


def rows() -> list[dict[str, Any]]:
    return [{"id": i, "tags": ["a", str(i)]} for i in range(MANY)]


def objects() -> list[Row]:
    return [Row(i, ["a"]) for i in range(MANY)]


def table() -> dict[str, Any]:
    return {str(i): (i, float(i)) for i in range(MANY)}


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [str(i) for i in range(MANY)]}, dtype=object)


def inside() -> dict[str, Any]:
    return {"rows": rows(), "done": False}


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "item deep inside": (rows, lambda value: value[MANY // 2]["tags"].append("b")),
    "value deep inside": (rows, lambda value: value[MANY // 2].update(id=-1)),
    "type of a value": (rows, lambda value: value[1].update(id=True)),
    "one more": (rows, lambda value: value.append({})),
    "one less": (rows, lambda value: value.pop()),
    "order": (rows, lambda value: value.reverse()),
    "last": (rows, lambda value: value[-1].clear()),
    "attribute": (objects, lambda value: setattr(value[MANY // 2], "id", -1)),
    "new attribute": (objects, lambda value: setattr(value[5], "more", 1)),
    "object in the place of a dict": (rows, lambda value: value.__setitem__(5, Row(5, []))),
    "value of a key": (table, lambda value: value.update({"77": (0, 0.0)})),
    "order of keys": (table, lambda value: value.update({"0": value.pop("0")})),
    "cell": (frame, lambda value: value.__setitem__("a", "x")),
    "one level down": (inside, lambda value: value["rows"][77].update(id=-1)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_witness_sees_every_change_and_nothing_else(what: str) -> None:
    make, change = CHANGES[what]
    value = make()
    witness = Witness.of(value)
    assert witness is not None
    assert witness.holds(value)
    assert witness.holds(make())
    change(value)
    assert witness.holds(value) is False


@pytest.mark.parametrize(
    "value",
    [
        [pathlib.Path("x")],
        [lambda: 1, threading.Lock()],
        type("Hooked", (), {"__daggr_digest__": 1})(),
    ],
    ids=["content elsewhere", "cannot be pickled", "own digest"],
)
def test_what_a_pickle_does_not_tell_all_about_has_no_witness(value: Any) -> None:
    assert Witness.of(value) is None


def test_a_witness_out_of_time_says_so() -> None:
    value = rows()
    witness = Witness.of(value)
    assert witness is not None
    assert witness.holds(value, until=0.0) is None


def test_a_class_of_the_same_name_is_another_one() -> None:
    first, second = type("Doc", (), {}), type("Doc", (), {})
    witness = Witness.of([first])
    assert witness is not None
    assert witness.holds([second]) is False


# ---------------------------------------------------------------- passes over code


class Passes:
    """Fingerprints a function again and again, and counts what had to be digested."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._code = Code("function", {"fn": function})
        self._entries: dict[int, CachedDigest] = {}

    def __call__(self, seconds: float | None = None) -> tuple[Fingerprint, int]:
        memo = Memo(LargeValueCache(self._entries, seconds))
        found = fingerprint(self._code, memo)
        taken = [e for key, e in memo.large.entries.items() if self._entries.get(key) is not e]
        self._entries = memo.large.entries
        return found, len(taken)


def test_data_is_digested_once_until_it_changes() -> None:
    data = rows()
    look = Passes(lambda: data)
    first, taken = look()
    assert taken == 1
    for _ in range(3):
        assert look() == (first, 0)
    data[MANY // 2]["id"] = -1
    second, taken = look()
    assert (second.digest != first.digest, taken) == (True, 1)


@pytest.mark.parametrize("what", CHANGES)
def test_a_pass_without_limit_never_misses_a_change(what: str) -> None:
    make, change = CHANGES[what]
    data = make()
    look = Passes(lambda: data)
    first, _ = look()
    assert look(0.0)[0].digest == first.digest
    change(data)
    look(0.0)  # there was no time to look
    assert look()[0].digest != first.digest


def test_without_time_the_size_and_the_ends_tell() -> None:
    data = rows()
    look = Passes(lambda: data)
    first, _ = look()
    data.append({})
    changed, taken = look(0.0)
    assert (changed.digest != first.digest, taken) == (True, 0)
    data.pop()
    assert look(0.0)[0].digest == first.digest
    data[-1]["id"] = -1
    assert look(0.0)[0].digest != first.digest


def test_two_nodes_share_what_they_capture() -> None:
    data = rows()
    memo = Memo(LargeValueCache())
    for function in (lambda: data, lambda: len(data)):
        fingerprint(Code("function", {"fn": function}), memo)
    assert len(memo.large.entries) == 1


def test_arrays_that_are_quick_to_digest_are_digested() -> None:
    data = np.zeros(1000)
    look = Passes(lambda: data)
    first, _ = look()
    data[500] = 1
    assert look(1.0)[0].digest != first.digest
