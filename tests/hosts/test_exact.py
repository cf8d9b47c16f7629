"""What people type and pick, what the card shows, what Python gets, and what a restart brings back.

One form in a real notebook has a control for every row of the table; all are filled in, read in
Python, read on the page, and both again in the next kernel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page

from tests.hosts import lab
from tests.hosts.server import Jupyter
from tests.waiting import wait_for

pytestmark = pytest.mark.own_page

Act = Literal["type", "choose", "pick", "tick", "slide"]


@dataclass(frozen=True)
class Row:
    """A control, what is done to it, what Python has then, and what the page shows."""

    component: str
    act: Act
    given: Any
    value: str
    shown: Any


TEXTS = [
    "a",
    " padded ",
    "two  spaces",
    "007",
    "1e3",
    "None",
    "null",
    "true",
    "nan",
    '"quoted"',
    "it's",
    "back\\slash",
    "{curly}",
    "%s",
    "<b>bold</b>",
    "<script>1</script>",
    "&amp;",
    "ümläut",
    "e\u0301 composed",
    "日本語",
    "שלום עולם",
    "مرحبا",
    "mixed שלום 12",
    "🦦",
    "👩‍🔬🏳️‍🌈",
    "a\u00a0b",
    "zero\u200bwidth",
    "\u202eturned",
    "tab\there",
    "$HOME",
    "$file",
    "…",
    "-",
    ".",
    "x" * 3_000,
    "0.1",
    "9007199254740993",
    "2026-01-31",
    "C:\\new\\table",
    "#00ff00",
]
LINES = ["a\nb", "\n", "a\n\n\nb", "  indented\n\tmore", "ends\n", "\nbegins", "שלום\nabc"]
# What is typed into a field of numbers, what Python has, and what the field shows.
NUMBERS = [
    ("1", "1", "1"),
    ("0", "0", "0"),
    ("-7", "-7", "-7"),
    ("42", "42", "42"),
    ("9007199254740991", "9007199254740991", "9007199254740991"),
    ("9007199254740993", "9007199254740993", "9007199254740993"),
    ("123456789012345678901234567890", "123456789012345678901234567890", None),
    ("1234567", "1234567", "1234567"),
    ("-9007199254740993", "-9007199254740993", "-9007199254740993"),
]
FLOATS = [
    ("0.1", "0.1", "0.1"),
    ("1.5", "1.5", "1.5"),
    ("-0.25", "-0.25", "-0.25"),
    ("3", "3.0", "3"),
    ("1e3", "1000.0", "1000"),
    ("1e-7", "1e-07", None),
    ("1234567.891", "1234567.891", "1234567.891"),
    ("0.30000000000000004", "0.30000000000000004", "0.30000000000000004"),
    ("1e300", "1e300", None),
    ("-0", "-0.0", None),
    ("12.345678901234567", "12.345678901234567", None),
]
# Choices of any object, by place: as Python writes them.
CHOICES = {
    "texts": ['"a"', '"b"', '" c "', '""', '"None"'],
    "numbers": ["1", "2", "10", "-1"],
    "kinds": ["1", "True", "1.0", '"1"'],
    "floats": ["0.1", "0.5", "1e-9", "float('inf')"],
    "pairs": ["(512, 512)", "(1024, 512)", "[512, 512]"],
    "enums": ["Size.SMALL", "Size.LARGE"],
    "nothing": ["None", '"none"', "0", "False"],
    "objects": ["Point(1, 2)", "Point(1, 3)", "frozenset({1})"],
    "large": ["2**53", "2**53 + 1", "2**64"],
    "dates": ["datetime.date(2026, 1, 31)", "datetime.timedelta(hours=1)"],
    "twins": ['("same", 1)', '("same", 2)', '("same", 3)'],
    "bytes": ['b"a"', 'b"\\xff"'],
}
SETUP = """
import dataclasses, datetime, enum, json, math
from daggr_nb import FnNode, Graph, InputNode, ui

class Size(enum.Enum):
    SMALL = 1
    LARGE = 2

@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int
"""
READ = "print(json.dumps({name: repr(graph.inputs[f'form__{name}']) for name in ports}))"


def rows() -> Iterator[Row]:
    for component in ('ui.Textbox("")', 'ui.Textbox("before", placeholder="p")', 'ui.Code("")'):
        for text in TEXTS:
            yield Row(component, "type", text, repr(text), text)
    for component in ('ui.Textbox("", lines=3)', "ui.TextArea()"):
        for text in (*LINES, *TEXTS[::4]):
            yield Row(component, "type", text, repr(text), text)
    for typed, value, shown in NUMBERS:
        yield Row("ui.Number(5)", "type", typed, value, shown)
        yield Row("ui.Number(5, step=1)", "type", typed, value, shown)
    for typed, value, shown in FLOATS:
        yield Row("ui.Number(5.0)", "type", typed, value, shown)
        yield Row("ui.Number(step=0.001)", "type", typed, value, shown)
    yield Row("ui.Number(5, minimum=0, maximum=9)", "type", "11", "9", "9")
    yield Row("ui.Number(5.0, minimum=0.5)", "type", "0", "0.5", "0.5")
    yield Row("ui.Number(5.0, precision=2)", "type", "1.234", "1.23", "1.23")
    yield Row("ui.Number(5)", "type", "", "None", "")
    for position in ("0", "3", "9"):
        yield Row("ui.Slider(0, 9, 5)", "slide", position, position, position)
    for position, value in (("0", "0.0"), ("0.3", "0.3"), ("1", "1.0"), ("0.7", "0.7")):
        yield Row("ui.Slider(0, 1, 0.5, step=0.1)", "slide", position, value, position)
        yield Row("ui.Slider(0.0, 1.0, 0.5)", "slide", position, value, position)
    for given in (True, False):
        yield Row(f"ui.Checkbox({not given})", "tick", [given], repr(given), [given])
    for values in CHOICES.values():
        listed = f"[{', '.join(values)}]"
        paired = f"[(f'label {{i}}', value) for i, value in enumerate({listed})]"
        twins = values[0].startswith('("same"')
        for place, value in enumerate(values):
            kept = value.partition(", ")[2].rstrip(")") if twins else value
            for choices in (listed,) if twins else (listed, paired):
                yield Row(f"ui.Dropdown({choices})", "choose", place, kept, place)
                yield Row(f"ui.Radio({choices})", "pick", place, kept, place)
        ticks = [place % 2 == 0 for place in range(len(values))]
        if not twins:
            some = ", ".join(value for value, on in zip(values, ticks, strict=True) if on)
            yield Row(f"ui.CheckboxGroup({listed})", "tick", ticks, f"[{some}]", ticks)
    for color in ("#00ff00", "#123abc"):
        yield Row("ui.ColorPicker()", "type", color, repr(color), color)


TABLE = {f"p{index}": row for index, row in enumerate(rows())}


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 300


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.everywhere)])
def test_what_is_typed_and_picked_is_what_python_has_and_a_restart_brings_back(
    page: Page, jupyter: Jupyter, step: int
) -> None:
    table = dict(list(TABLE.items())[::step])
    ports = ",\n".join(f"    {name!r}: {row.component}" for name, row in table.items())
    define = f"ports = {{\n{ports}\n}}\nform = InputNode('form', ports=ports)"
    show = "graph = Graph('Exact', nodes=[form])\ngraph.form()"
    lab.write_notebook(jupyter, "exact.ipynb", SETUP.strip(), define, show)
    lab.open_notebook(page, jupyter, "exact.ipynb")
    lab.run_all(page)
    lab.wait_for_all(page)
    fields = {name: field_of(page, name) for name in table}
    for name, row in table.items():
        act(fields[name], row)
    wanted = {name: f"repr({row.value})" for name, row in table.items()}
    source = ", ".join(f"{name!r}: {each}" for name, each in wanted.items())
    expected = json.loads(lab.execute(page, f"print(json.dumps({{{source}}}))"))

    def wrong() -> dict[str, Any]:
        found = json.loads(lab.execute(page, READ))
        return {
            f"{TABLE[name].component} {TABLE[name].given!r}": (found[name], value)
            for name, value in expected.items()
            if found[name] != value
        }

    try:
        wait_for(lambda: not wrong(), 20)
    except AssertionError:
        assert wrong() == {}
    assert misshown(fields) == {}
    lab.restart_kernel(page)
    lab.run_all(page)
    lab.wait_for_all(page)
    assert wrong() == {}
    assert misshown({name: field_of(page, name) for name in table}) == {}


def field_of(page: Page, name: str) -> Locator:
    return page.locator(f'.daggr-alone [data-port="out:{name}"]')


def act(field: Locator, row: Row) -> None:
    """Do what a person does, quicker."""
    if row.act == "type":
        control = field.locator("input, textarea").first
        control.fill(row.given)
        control.blur()
    elif row.act == "choose":
        options = field.locator("option:not([value='-1'])")
        index = options.nth(row.given).evaluate("option => option.index")
        field.locator("select").select_option(index=index)  # a value may look like another's label
    elif row.act == "slide":
        field.locator("input").evaluate(
            """(slider, value) => {
                slider.value = value;
                for (const type of ['input', 'change'])
                    slider.dispatchEvent(new Event(type, { bubbles: true }));
            }""",
            row.given,
        )
    elif row.act == "pick":
        field.locator("input").nth(row.given).check()
    else:
        for box, on in zip(field.locator("input").all(), row.given, strict=True):
            box.set_checked(on)


LOOK = """field => {
    const select = field.querySelector('select');
    if (select) return [...select.options].filter(each => each.value !== '-1')
        .findIndex(each => each.selected);
    const boxes = [...field.querySelectorAll('[type=checkbox]')];
    if (boxes.length) return boxes.map(each => each.checked);
    const dots = [...field.querySelectorAll('[type=radio]')];
    if (dots.length) return dots.findIndex(each => each.checked);
    return field.querySelector('input, textarea').value;
}"""


def misshown(fields: dict[str, Locator]) -> dict[str, Any]:
    shown = {name: field.evaluate(LOOK) for name, field in fields.items()}
    return {
        f"{TABLE[name].component} {TABLE[name].given!r}": found
        for name, found in shown.items()
        if TABLE[name].shown is not None and found != TABLE[name].shown
    }
