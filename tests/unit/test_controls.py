"""Every control and the values that people give it: what Python gets, and what a restart brings.

A row is a component, what its control on the canvas sends, and what Python gets of it. What the
canvas shows of that, sent back as it is, is the same value: its digest says so.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import queue
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, digest, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb.errors import InputError

REFUSED = object()


def pick(*labels: str) -> Callable[[ui.Component], Any]:
    """What a control sends when choices of these labels are picked; ``wide#2`` is the second."""

    def sent(component: ui.Component) -> Any:
        keys = [_key(component, label) for label in labels]
        return keys if getattr(component, "several", False) else keys[0]

    return sent


def _key(component: ui.Component, label: str) -> Any:
    name, _, number = label.partition("#")
    keys = [key for each, key in on_wire(component.props)["choices"] if each == name]
    return keys[int(number or 1) - 1]


def on_wire(value: Any) -> Any:
    """As JSON, which is what a browser has, and which has one kind of number."""
    return json.loads(json.dumps(value), parse_float=lambda text: _number(float(text)))


def _number(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


class Canvas:
    """Stands in for a browser: shows one control, and sends what people do to it."""

    def __init__(self, component: ui.Component, name: str = "Controls") -> None:
        form = InputNode("form", ports={"x": component})
        self.component = component
        self.graph = Graph(name, [FnNode(lambda x: x, "same", inputs={"x": form.x})])
        self.rejected: list[str] = []
        self.data: Any = None
        self._arrived: queue.Queue[dict[str, Any]] = queue.Queue()
        self.bridge = Bridge(self.graph.session, name, lambda m, _: self._arrived.put(m))

    def send(self, value: Any) -> None:
        place = {"node": "form", "port": "x"}
        self.bridge.receive({"kind": "set_input", "id": "c", **place, "value": value})
        self.look()

    def look(self) -> None:
        """Ask for all there is, which comes once what was sent before is done."""
        self.bridge.receive({"kind": "sync", "id": "s", "rev": -1})
        while (message := self._arrived.get(timeout=20))["kind"] != "snapshot":
            if message["kind"] == "command_rejected":
                self.rejected.append(message["error"])
        nodes = {node["id"]: node for node in message["nodes"]}
        self.data = on_wire(nodes["form"]["values"]["x"]["data"])

    @property
    def shown(self) -> Any:
        self.look()
        return self.data

    @property
    def value(self) -> Any:
        return self.graph.inputs["form__x"]

    def restarted(self) -> Canvas:
        self.graph.session.close()
        return Canvas(self.component)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and digest(one) == digest(other)


class Row(NamedTuple):
    component: ui.Component
    sent: Any
    got: Any


class Size(enum.Enum):
    SMALL = (512, 512)
    WIDE = (1024, 512)


class Tone(str, enum.Enum):
    dry = "warm"
    warm = "dry"


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    layers: int = 2


@dataclasses.dataclass(eq=False)
class Anything:
    """Has no equality: only itself, or what the store brings back of it."""

    name: str


MODELS = [Model("a"), Model("b", 3)]
YEARS = list(pd.Series([2024, 2025]).unique())
SIZES = [("square", (512, 512)), ("wide", (1024, 512))]
ARRAYS = [("zeros", np.zeros(3)), ("ones", np.ones(3))]
FRAMES = [("one", pd.DataFrame({"a": [1]})), ("two", pd.DataFrame({"a": [1, 2]}))]
ANY = [Anything("a"), Anything("b")]
NAN = float("nan")
TWINS = [("same", 1), ("same", 2), ("other", 3)]
LOOKS = [("int", 1), ("true", True), ("float", 1.0), ("text", "1")]

CHOICES = {
    "texts": Row(ui.Dropdown(["a", "b"]), pick("b"), "b"),
    "whole numbers": Row(ui.Dropdown([1, 2]), pick("2"), 2),
    "floats": Row(ui.Dropdown([0.5, 2.0]), pick("2.0"), 2.0),
    "numpy numbers": Row(ui.Dropdown(YEARS, label="Year"), pick("2025"), YEARS[1]),
    "numpy floats": Row(ui.Dropdown([np.float32(0.1), np.float32(2)]), pick("2.0"), np.float32(2)),
    "tuples": Row(ui.Dropdown(SIZES), pick("wide"), (1024, 512)),
    "bare tuples": Row(ui.Dropdown([(512, 512), (1024, 512)]), pick("(1024, 512)"), (1024, 512)),
    "lists": Row(ui.Dropdown([("a", [1]), ("b", [1, 2])]), pick("b"), [1, 2]),
    "dicts": Row(ui.Radio([("a", {"n": 1}), ("b", {"n": 2})]), pick("b"), {"n": 2}),
    "a dict like a key": Row(
        ui.Radio([("a", {"$choice": 1}), ("b", {"$choice": 0})]), pick("b"), {"$choice": 0}
    ),
    "sets": Row(ui.Radio([("a", frozenset({1})), ("b", frozenset())]), pick("b"), frozenset()),
    "bytes": Row(ui.Radio([("a", b"a"), ("b", b"\xff")]), pick("b"), b"\xff"),
    "functions": Row(ui.Dropdown([("mean", np.mean), ("max", np.max)]), pick("max"), np.max),
    "types": Row(ui.Dropdown([("int", int), ("float", float)]), pick("float"), float),
    "members": Row(ui.Dropdown([(m.name, m) for m in Size]), pick("WIDE"), Size.WIDE),
    "members alone": Row(ui.Radio([*Size]), pick("Size.WIDE"), Size.WIDE),
    "members that are texts": Row(
        ui.Dropdown([(m.name, m) for m in Tone]), pick("warm"), Tone.warm
    ),
    "an annotation": Row(ui.for_annotation(Size, None), "WIDE", Size.WIDE),  # type: ignore[arg-type]
    "an annotation of texts": Row(ui.for_annotation(Tone, None), "warm", Tone.warm),  # type: ignore[arg-type]
    "dataclasses": Row(ui.Dropdown([(m.name, m) for m in MODELS]), pick("b"), MODELS[1]),
    "objects": Row(ui.Dropdown([(a.name, a) for a in ANY]), pick("b"), ANY[1]),
    "arrays": Row(ui.Dropdown(ARRAYS), pick("ones"), np.ones(3)),
    "frames": Row(ui.Radio(FRAMES), pick("two"), FRAMES[1][1]),
    "moments": Row(
        ui.Dropdown([*pd.date_range("2026-01-01", periods=2)]),
        pick("2026-01-02 00:00:00"),
        pd.Timestamp("2026-01-02"),
    ),
    "decimals": Row(ui.Dropdown([Decimal("0.1"), Decimal("2")]), pick("2"), Decimal("2")),
    "fractions": Row(ui.Radio([Fraction(1, 3), 1]), pick("1/3"), Fraction(1, 3)),
    "complex": Row(ui.Radio([1j, 2j]), pick("2j"), 2j),
    "nothing": Row(ui.Dropdown([("none", None), ("one", 1)], value=1), pick("none"), None),
    "NaN": Row(ui.Dropdown([("nan", NAN), ("one", 1.0)], value=1.0), pick("nan"), NAN),
    "infinity": Row(ui.Dropdown([("inf", math.inf), ("one", 1.0)]), pick("inf"), math.inf),
    "large numbers": Row(ui.Dropdown([2**60, 2**60 + 1]), pick(str(2**60 + 1)), 2**60 + 1),
    "one label, the first": Row(ui.Dropdown(TWINS, value=3), pick("same"), 1),
    "one label, the second": Row(ui.Radio(TWINS), pick("same#2"), 2),
    "one label, both": Row(ui.CheckboxGroup(TWINS), pick("same", "same#2"), [1, 2]),
    "one look: 1": Row(ui.Dropdown(LOOKS, value="1"), pick("int"), 1),
    "one look: True": Row(ui.Dropdown(LOOKS), pick("true"), True),
    "one look: 1.0": Row(ui.Radio(LOOKS), pick("float"), 1.0),
    "one look: '1'": Row(ui.Radio(LOOKS), pick("text"), "1"),
    "yes or no": Row(ui.Dropdown([("yes", True), ("no", False)]), pick("no"), False),
    "several tuples": Row(
        ui.Dropdown(SIZES, multiselect=True), pick("square", "wide"), [(512, 512), (1024, 512)]
    ),
    "several objects": Row(ui.CheckboxGroup([(a.name, a) for a in ANY]), pick("b"), [ANY[1]]),
    "none of several": Row(ui.CheckboxGroup(SIZES, value=[(512, 512)]), [], []),
    "a text of one's own": Row(ui.Dropdown(SIZES, allow_custom_value=True), "huge", "huge"),
    "texts of one's own": Row(
        ui.Dropdown(["a"], multiselect=True, allow_custom_value=True), ["a", "z"], ["a", "z"]
    ),
    "a choice among texts of one's own": Row(
        ui.Dropdown(SIZES, allow_custom_value=True), pick("wide"), (1024, 512)
    ),
    "taken away": Row(ui.Dropdown(SIZES), None, None),
    "the form before: a text": Row(ui.Radio(["a", "b"]), "b", "b"),
    "the form before: a number": Row(ui.Dropdown(YEARS), 2025, YEARS[1]),
    "a place without a label": Row(ui.Dropdown(SIZES), {"$choice": 1}, (1024, 512)),
    "a place that is none": Row(ui.Dropdown(SIZES), {"$choice": 2}, REFUSED),
    "a place before the first": Row(ui.Dropdown(SIZES), {"$choice": -1}, REFUSED),
    "a place that is no number": Row(ui.Dropdown(SIZES), {"$choice": True}, REFUSED),
    "a place of another label": Row(ui.Dropdown(SIZES), {"$choice": 1, "label": "tall"}, REFUSED),
    "a choice that is gone": Row(ui.Dropdown(SIZES), {"$choice": None, "label": "x"}, REFUSED),
    "no choice": Row(ui.Dropdown(SIZES), "huge", REFUSED),
}

TABLE = CHOICES


@pytest.mark.parametrize(("component", "sent", "got"), TABLE.values(), ids=TABLE.keys())
def test_what_is_given_is_what_python_gets_now_and_after_a_restart(
    component: ui.Component, sent: Any, got: Any
) -> None:
    canvas = Canvas(component)
    before = canvas.value
    canvas.send(sent(component) if callable(sent) else sent)
    if got is REFUSED:
        assert len(canvas.rejected) == 1
        assert same(canvas.value, before)
        return
    assert canvas.rejected == []
    assert same(canvas.value, got), canvas.value
    shown = canvas.shown
    canvas.send(shown)  # unchanged
    assert canvas.rejected == []
    assert same(canvas.value, got), (shown, canvas.value)
    after = canvas.restarted()
    assert same(after.value, got), after.value
    assert after.shown == shown


# ---------------------------------------------------------------- choices


def test_python_gives_choices_by_identity_first() -> None:
    twins = [Anything("a"), Anything("a")]
    node = ui.Dropdown([("one", twins[0]), ("two", twins[1])])
    assert node.accept(twins[1]) is twins[1]
    assert [node.index_of(each) for each in twins] == [0, 1]
    made = [lambda x, n=n: x + n for n in (1, 2)]
    former = [lambda x, n=n: x + n for n in (1, 2)]  # of the cell as it ran before
    functions = ui.Radio([("one", made[0]), ("two", made[1])])
    assert [functions.index_of(each) for each in (*made, former[1])] == [0, 1, 1]
    looks = ui.Radio(LOOKS)
    assert [looks.index_of(each) for _, each in LOOKS] == [0, 1, 2, 3]
    assert ui.Dropdown(YEARS, value=2025).initial is YEARS[1]


def test_a_value_that_is_no_choice_any_more_is_shown_and_does_not_become_another() -> None:
    gone = ui.Dropdown(SIZES, value=(1, 1))
    assert gone.plain(gone.initial) == {"$choice": None, "label": "(1, 1)"}
    with pytest.raises(InputError, match=r"expected one of \(512, 512\)"):
        gone.edited((1, 1), gone.plain((1, 1)))


def test_choices_are_known_in_item_lists_and_answers() -> None:
    rows = ItemList(size=ui.Dropdown(SIZES), note=ui.Textbox())
    made = rows.accept([{"size": (512, 512), "note": "a"}])
    wide = pick("wide")(rows.schema["size"])
    assert rows.edited(made, [{"#": 0, "size": wide}]) == [{"size": (1024, 512), "note": "a"}]
