"""Every control and the values that people give it: what Python gets, and what a restart brings.

A row is a component, what its control on the canvas sends, and what Python gets of it. What the
canvas shows of that, sent back as it is, is the same value: its digest says so.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import queue
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from annotated_types import Interval
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph, InputNode, InteractionNode, ItemList, digest, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.displays.display import control_value
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
    "an enumeration": Row(ui.Dropdown(Size), pick("Size.WIDE"), Size.WIDE),  # type: ignore[arg-type]
    "a range": Row(ui.Dropdown(range(3)), pick("2"), 2),
    "an array": Row(ui.Radio(np.array([0.5, 2.0])), pick("2.0"), np.float64(2)),  # type: ignore[arg-type]
    "a series": Row(ui.Dropdown(pd.Series(["a", "b"])), pick("b"), "b"),  # type: ignore[arg-type]
    "what is there once": Row(ui.Dropdown(n for n in "ab"), pick("b"), "b"),  # type: ignore[arg-type]
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

NUMBERS = {
    "a whole number": Row(ui.Number(), 5, 5),
    "decimals": Row(ui.Number(), 1.5, 1.5),
    "an emptied field": Row(ui.Number(5), None, None),
    "more than 2**53": Row(ui.Number(), str(2**53 + 1), 2**53 + 1),
    "less than -2**53": Row(ui.Number(), str(-(2**70) - 1), -(2**70) - 1),
    "a whole number of many digits": Row(ui.Number(precision=0), "9" * 40, int("9" * 40)),
    "many digits where others are decimals": Row(ui.Number(0.5), str(2**53 + 1), 2**53 + 1),
    "a float by its default": Row(ui.Number(0.5), 1, 1.0),
    "a float by its step": Row(ui.Number(5, step=0.5), 2, 2.0),
    "a float by a bound": Row(ui.Number(5, minimum=0.0), 2, 2.0),
    "a float by its upper bound": Row(ui.Number(5, maximum=9.5), 2, 2.0),
    "a float by its precision": Row(ui.Number(5, precision=2), 2, 2.0),
    "an int by its precision": Row(ui.Number(5, precision=0), 2, 2),
    "an annotated int": Row(ui.for_annotation(int, None), 2, 2),  # type: ignore[arg-type]
    "an annotated float": Row(ui.for_annotation(float, 0.5), 2, 2.0),  # type: ignore[arg-type]
    "an optional float": Row(ui.for_annotation(float | None, 1.5), 2, 2.0),  # type: ignore[arg-type]
    "an annotated range": Row(
        ui.for_annotation(Annotated[float, Interval(ge=0, le=2)], 0.5), 2, 2.0
    ),  # type: ignore[arg-type]
    "an annotated range of ints": Row(
        ui.for_annotation(Annotated[int, Interval(ge=0, le=9)], 3), 2, 2
    ),  # type: ignore[arg-type]
    "what was there, a float": Row(ui.Number(2.0), 2, 2.0),
    "rounded": Row(ui.Number(precision=1), 0.25, 0.2),
    "negative zero": Row(ui.Number(0.5), "-0", -0.0),
    "the smallest": Row(ui.Number(), 5e-324, 5e-324),
    "the largest": Row(ui.Number(), 1.7976931348623157e308, 1.7976931348623157e308),
    "many decimals": Row(ui.Number(), 0.1 + 0.2, 0.1 + 0.2),
    "too large": Row(ui.Number(), "1e400", REFUSED),
    "not a number": Row(ui.Number(), "nan", REFUSED),
    "a word": Row(ui.Number(), "many", REFUSED),
    "a truth": Row(ui.Number(), True, REFUSED),
    "a list": Row(ui.Number(), [1], REFUSED),
    "beyond a bound": Row(ui.Number(maximum=9), 10, REFUSED),
    "digits beyond a bound": Row(ui.Number(maximum=9), str(2**60), REFUSED),
    "infinity as a whole number": Row(ui.Number(precision=0), "inf", REFUSED),
    "slider: whole": Row(ui.Slider(0, 10), 3, 3),
    "slider: whole, between steps": Row(ui.Slider(0, 10), 2.5, 2.5),
    "slider: floats": Row(ui.Slider(0.0, 2.0, 1.5, step=0.5), 1, 1.0),
    "slider: its default": Row(ui.Slider(0.0, 2.0, 1, step=0.5), 1, 1.0),
    "slider: back at 0": Row(ui.Slider(0.0, 2.0, 1.5), 0, 0.0),
    "slider: a step of floats": Row(ui.Slider(0, 10, step=0.5), 3, 3.0),
    "slider: a short range": Row(ui.Slider(0, 1), 1, 1.0),
    "slider: a float to begin with": Row(ui.Slider(0, 100, 2.5), 3, 3.0),
    "slider: numpy bounds": Row(ui.Slider(np.int64(0), np.int64(9)), 3, 3),
    "slider: beyond its end": Row(ui.Slider(0, 10), 11, REFUSED),
    "slider: nothing": Row(ui.Slider(0, 10), None, REFUSED),
    "slider: a text": Row(ui.Slider(0, 10), "x", REFUSED),
    "button": Row(ui.Button(), 3, 3),
    "button: backwards": Row(ui.Button(), -1, REFUSED),
    "button: half": Row(ui.Button(), 0.5, REFUSED),
}

TEXTS = {
    "a text": Row(ui.Textbox(), "otters", "otters"),
    "nothing": Row(ui.Textbox("x"), "", ""),
    "a text that may be none": Row(ui.Textbox(None), "x", "x"),
    "spaces": Row(ui.Textbox(), "  a  ", "  a  "),
    "a number": Row(ui.Textbox(), "5", "5"),
    "the word null": Row(ui.Textbox(), "null", "null"),
    "lines": Row(ui.TextArea(), "a\nb\n", "a\nb\n"),
    "other ends of lines": Row(ui.TextArea(), "a\r\nb", "a\r\nb"),
    "letters of the world": Row(ui.Textbox(), "naïve 中文 עברית 🦦", "naïve 中文 עברית 🦦"),
    "quotes and a null": Row(ui.Textbox(), "\"'\\\x00<", "\"'\\\x00<"),
    "200 kB": Row(ui.TextArea(), "a" * 200_000, "a" * 200_000),
    "an object": Row(ui.Textbox(), {"a": 1}, REFUSED),
    "a number as such": Row(ui.Textbox(), 5, REFUSED),
    "a truth": Row(ui.Textbox(), True, REFUSED),
    "too long": Row(ui.Textbox(max_length=3), "abcd", REFUSED),
    "code": Row(ui.Code(language="python"), "x = 1\n", "x = 1\n"),
    "no code": Row(ui.Code("x"), None, None),
    "code that is a number": Row(ui.Code(), 1, REFUSED),
    "json": Row(ui.JSON(), {"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
    "json: digits": Row(ui.JSON(), {"$json": f'{{"a": {2**60 + 1}}}'}, {"a": 2**60 + 1}),
    "json: a float": Row(ui.JSON({"a": 1.0}), {"$json": "[1.0, 1, 0.5]"}, [1.0, 1, 0.5]),
    "json: none yet": Row(ui.JSON(), {"$json": "[1,"}, REFUSED),
    "json: no text": Row(ui.JSON(), {"$json": 5}, REFUSED),
    "json: a key like ours": Row(ui.JSON(), {"$json": "{}", "b": 1}, {"$json": "{}", "b": 1}),
    "json: a list": Row(ui.JSON(), [], []),
    "json: a text": Row(ui.JSON(), "x", "x"),
    "json: nothing": Row(ui.JSON({"a": 1}), None, None),
    "yes": Row(ui.Checkbox(), True, True),
    "no": Row(ui.Checkbox(True), False, False),
    "neither": Row(ui.Checkbox(), None, REFUSED),
    "one as a truth": Row(ui.Checkbox(), 1, REFUSED),
    "a colour": Row(ui.ColorPicker(), "#E06C00", "#e06c00"),
    "no colour": Row(ui.ColorPicker(), "red", REFUSED),
    "who says what": Row(
        ui.Dialogue(speakers=["Ann", "Bo"]),
        [{"speaker": "Bo", "text": "Hi"}],
        [{"speaker": "Bo", "text": "Hi"}],
    ),
    "somebody else": Row(ui.Dialogue(speakers=["Ann"]), [{"speaker": "Bo", "text": "Hi"}], REFUSED),
    "messages": Row(
        ui.Chatbot(),
        [{"role": "user", "content": "Hi"}],
        [{"role": "user", "content": "Hi"}],
    ),
}

NIGHT = datetime.datetime(2026, 1, 31, 9, 14)
OSLO = zoneinfo.ZoneInfo("Europe/Oslo")
MOMENTS = {
    "a moment": Row(ui.DateTime(), "2026-01-31T09:14", NIGHT),
    "seconds": Row(ui.DateTime(), "2026-01-31T09:14:05", NIGHT.replace(second=5)),
    "no moment": Row(ui.DateTime(NIGHT), None, None),
    "an emptied field": Row(ui.DateTime(NIGHT), "", None),
    "a day": Row(ui.DateTime(include_time=False), "2026-01-31", NIGHT.date()),
    "in UTC": Row(
        ui.DateTime(NIGHT.replace(tzinfo=datetime.timezone.utc)),
        "2026-07-01T10:00",
        datetime.datetime(2026, 7, 1, 10, tzinfo=datetime.timezone.utc),
    ),
    "in a zone, in summer": Row(
        ui.DateTime(NIGHT.replace(tzinfo=OSLO)),
        "2026-07-01T10:00",
        datetime.datetime(2026, 7, 1, 10, tzinfo=OSLO),
    ),
    "at a fixed offset": Row(
        ui.DateTime("2026-01-31T09:14+05:30"),
        "2026-01-31T10:00",
        datetime.datetime.fromisoformat("2026-01-31T10:00+05:30"),
    ),
    "another zone, named": Row(
        ui.DateTime(NIGHT.replace(tzinfo=OSLO)),
        "2026-07-01T10:00+00:00",
        datetime.datetime(2026, 7, 1, 10, tzinfo=datetime.timezone.utc),
    ),
    "microseconds that are not shown": Row(
        ui.DateTime(NIGHT.replace(microsecond=123456)),
        "2026-01-31T09:14:00",
        NIGHT.replace(microsecond=123456),
    ),
    "a word": Row(ui.DateTime(), "soon", REFUSED),
    "a day that is none": Row(ui.DateTime(), "2026-02-30", REFUSED),
    "a truth": Row(ui.DateTime(), True, REFUSED),
}

PEOPLE = pd.DataFrame({"name": ["Ann", "Bo"], "n": [1, 2**60 + 1]}, index=["a", "b"])


def edits(*steps: list[Any]) -> dict[str, Any]:
    return {"$edits": [*steps]}


def people(name: list[Any], n: list[Any], labels: list[str], dtype: str = "int64") -> Any:
    columns = {"name": pd.Series(name, dtype="str"), "n": pd.Series(n, dtype=dtype)}
    return pd.DataFrame(columns).set_axis(labels)


TABLES = {
    "a cell": Row(
        ui.Dataframe(PEOPLE),
        edits(["set", 0, 1, "7"]),
        people(["Ann", "Bo"], [7, 2**60 + 1], ["a", "b"]),
    ),
    "digits": Row(
        ui.Dataframe(PEOPLE),
        edits(["set", 0, 1, str(2**53 + 1)]),
        people(["Ann", "Bo"], [2**53 + 1, 2**60 + 1], ["a", "b"]),
    ),
    "a missing number": Row(
        ui.Dataframe(PEOPLE),
        edits(["set", 0, 1, None]),
        people(["Ann", "Bo"], [None, 2**60 + 1], ["a", "b"], "Int64"),
    ),
    "a missing text": Row(
        ui.Dataframe(PEOPLE),
        edits(["set", 0, 0, None]),
        people([None, "Bo"], [1, 2**60 + 1], ["a", "b"]),
    ),
    "an empty text": Row(
        ui.Dataframe(PEOPLE),
        edits(["set", 0, 0, ""]),
        people(["", "Bo"], [1, 2**60 + 1], ["a", "b"]),
    ),
    "a row less": Row(
        ui.Dataframe(PEOPLE), edits(["remove", 0]), people(["Bo"], [2**60 + 1], ["b"])
    ),
    "a row more": Row(
        ui.Dataframe(PEOPLE),
        edits(["add", 1], ["set", 1, 0, "Cy"], ["set", 1, 1, "3"]),
        people(["Ann", "Cy", "Bo"], [1, 3, 2**60 + 1], ["a", "", "b"]),
    ),
    "a block": Row(
        ui.Dataframe(PEOPLE),
        edits(["fill", 1, 0, [["Cy", "3"], ["Di", "4"]]]),
        people(["Ann", "Cy", "Di"], [1, 3, 4], ["a", "b", ""]),
    ),
    "a word among numbers": Row(ui.Dataframe(PEOPLE), edits(["set", 0, 1, "x"]), REFUSED),
    "a row that is not there": Row(ui.Dataframe(PEOPLE), edits(["remove", 2]), REFUSED),
    "no table": Row(ui.Dataframe(PEOPLE), None, None),
}

TABLE = {
    f"{kind}: {name}": row
    for kind, rows in {
        "choices": CHOICES,
        "numbers": NUMBERS,
        "texts": TEXTS,
        "moments": MOMENTS,
        "tables": TABLES,
    }.items()
    for name, row in rows.items()
}


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
    if not component.previewed:
        canvas.send(shown)  # unchanged
        assert canvas.rejected == []
        assert same(canvas.value, got), (shown, canvas.value)
    after = canvas.restarted()
    assert same(after.value, got), after.value
    assert after.shown == shown


def test_there_is_a_row_for_every_control() -> None:
    kinds = {type(row.component).__name__ for row in TABLE.values()}
    files = {"Audio", "File", "Gallery", "Image", "ImageSlider", "Model3D", "Video"}
    shown_only = {"HTML", "HighlightedText", "Label", "Markdown", "Palette", "Plot", "Unknown"}
    names = {name for name in ui.__all__ if name[0].isupper()} - {"Component", "ItemList", "PLACE"}
    assert names - files - shown_only <= kinds


# ---------------------------------------------------------------- as a property

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.binary(max_size=4)
)
PARTS = st.tuples(PLAIN, PLAIN) | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(), PLAIN)
VALUES = PLAIN | PARTS | st.tuples(PARTS, PLAIN)


@st.composite
def valued(draw: st.DrawFn) -> tuple[ui.Component, Any]:
    """A component with a value that it takes."""
    choices = draw(st.lists(VALUES, min_size=1, max_size=5))
    pairs = [(draw(st.sampled_from(["same", "other"])), value) for value in choices]
    chosen = draw(st.sampled_from(choices))
    number = draw(st.integers() | st.floats(allow_nan=False))
    years = datetime.datetime(1, 1, 3), datetime.datetime(9999, 12, 29)
    moment = draw(st.datetimes(*years, timezones=st.none() | st.timezones()))
    text = draw(st.text())
    return draw(
        st.sampled_from(
            [
                (ui.Dropdown(pairs), chosen),
                (ui.Radio(pairs), chosen),
                (ui.CheckboxGroup(pairs), [chosen]),
                (ui.Dropdown(pairs, multiselect=True), [chosen]),
                (ui.Number(), number),
                (ui.Number(0.5), float(number) if abs(number) < 2**53 else number),
                (ui.Slider(-(2**53), 2**53, step=0.5), min(max(float(number), -9.0), 9.0)),
                (ui.DateTime(), moment),
                (ui.DateTime(include_time=False), moment.date()),
                (ui.Textbox(), text),
                (ui.Code(), text),
                (ui.JSON(), {text: [number, True, None], "list": [[], {}, text]}),
                (ui.Checkbox(), draw(st.booleans())),
            ]
        )
    )


@given(valued())
def test_what_is_shown_and_accepted_unchanged_comes_back_equal(
    case: tuple[ui.Component, Any],
) -> None:
    component, given_value = case
    value = component.accept(given_value)
    shown = on_wire(control_value(value, component))
    again = component.edited(value, shown)
    assert same(again, value), (shown, again)


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
    ask = InteractionNode("ask", inputs={"about": "it"}, outputs={"size": ui.Radio(SIZES)})
    assert ask.accept(wide, {"about": "it"}) == (1024, 512)


def test_exports_have_the_labels_of_choices() -> None:
    form = {"size": ui.Dropdown(SIZES, label="Size"), "many": ui.CheckboxGroup(SIZES, value=[])}
    nodes = [FnNode(lambda size, many: 1, "draw", inputs=form)]
    graph = Graph("Exports", nodes, persist_key=False)
    graph.set_inputs({"draw__size": (1024, 512), "draw__many": [(512, 512)]})
    page = graph.snapshot().html
    assert "wide" in page
    assert "square" in page
    assert "$choice" not in page
