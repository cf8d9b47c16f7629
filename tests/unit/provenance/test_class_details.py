"""Of a class everything counts that its objects show: order, what is missing, notes of fields."""

from __future__ import annotations

from typing import Any

import pytest

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import fingerprint

BEFORE = """
import dataclasses, enum

class Level(enum.Enum):
    LOW = 1
    HIGH = 2

    @classmethod
    def _missing_(cls, value):
        return cls.LOW

class Mode(enum.Flag, boundary=enum.STRICT):
    A = 1
    B = 2

class Auto(enum.Enum):
    def _generate_next_value_(name, start, count, last):
        return name.lower()

    X = enum.auto()

@dataclasses.dataclass
class Row:
    n: int = dataclasses.field(default=0, metadata={"unit": "m"})
    tags: list = dataclasses.field(default_factory=list, metadata={"sep": ","})
    name: str = dataclasses.field(default="", repr=True)

def f():
    return Level, Mode, Auto, Row
"""

EDITS = {
    "order of members": ("    LOW = 1\n    HIGH = 2", "    HIGH = 2\n    LOW = 1"),
    "what a missing member is": ("return cls.LOW", "return cls.HIGH"),
    "boundary of flags": ("enum.STRICT", "enum.KEEP"),
    "an alias": ("    HIGH = 2", "    HIGH = 2\n    TOP = 2"),
    "how values are made": ("name.lower()", "name.upper()"),
    "note of a field": ('"unit": "m"', '"unit": "s"'),
    "note of a field with a factory": ('"sep": ","', '"sep": ";"'),
    "option of a field": ("repr=True", "repr=False"),
}


def of(source: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, "<cell>", "exec"), namespace)
    return fingerprint(Code("function", {"fn": namespace["f"]})).digest


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_a_class_counts(what: str) -> None:
    old, new = EDITS[what]
    assert old in BEFORE
    assert of(BEFORE.replace(old, new)) != of(BEFORE)


def test_the_same_classes_defined_again_count_the_same() -> None:
    assert of(BEFORE) == of(BEFORE)
