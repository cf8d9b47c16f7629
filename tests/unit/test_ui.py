"""What each control accepts, what it makes of it, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from daggr_nb import ui
from daggr_nb.errors import InputError

REFUSED = object()

LINES = ui.ItemList(who=ui.Dropdown(["a", "b"]), text=ui.Textbox("…"))

ACCEPT: list[tuple[ui.Component, Any, Any]] = [
    (ui.Textbox(), "a", "a"),
    (LINES, [], []),
    (LINES, ({"who": "b"},), [{"who": "b", "text": "…"}]),
    (LINES, [{"who": "a", "text": "x", "more": 1}], [{"who": "a", "text": "x", "more": 1}]),
    (LINES, {"who": "a"}, REFUSED),
    (LINES, ["a"], REFUSED),
    (ui.Textbox(), None, ""),
    (ui.Textbox(), 5, REFUSED),
    (ui.TextArea(), "a\nb", "a\nb"),
    (ui.Number(), 5, 5),
    (ui.Number(), 2.5, 2.5),
    (ui.Number(), None, None),
    (ui.Number(), True, REFUSED),
    (ui.Number(), "5", REFUSED),
    (ui.Number(), float("nan"), REFUSED),
    (ui.Number(), np.int64(5), 5),
    (ui.Number(), np.float32(0.5), 0.5),
    (ui.Number(precision=0), 2.6, 3),
    (ui.Number(precision=0), float("inf"), REFUSED),
    (ui.Number(precision=1), 2.66, 2.7),
    (ui.Number(minimum=0, maximum=3), 3, 3),
    (ui.Number(minimum=0, maximum=3), 4, REFUSED),
    (ui.Number(minimum=0), -1, REFUSED),
    (ui.Slider(1, 10), 3, 3),
    (ui.Slider(1, 10), 3.0, 3),
    (ui.Slider(1, 10), 11, REFUSED),
    (ui.Slider(1, 10), None, REFUSED),
    (ui.Slider(0, 1), 0.25, 0.25),
    (ui.Slider(0.0, 1.0), 1, 1),
    (ui.Checkbox(), True, True),
    (ui.Checkbox(), 1, REFUSED),
    (ui.Checkbox(), None, REFUSED),
    (ui.Dropdown(["a", "b"]), "b", "b"),
    (ui.Dropdown(["a", "b"]), "c", REFUSED),
    (ui.Dropdown(["a", "b"]), None, None),
    (ui.Dropdown([("One", 1), ("Two", 2)]), 2, 2),
    (ui.Dropdown([("One", 1), ("Two", 2)]), "Two", REFUSED),
    (ui.Dropdown([1, True]), True, True),
    (ui.Dropdown(["a", "b"], multiselect=True), ["b"], ["b"]),
    (ui.Dropdown(["a", "b"], multiselect=True), ("a", "b"), ["a", "b"]),
    (ui.Dropdown(["a", "b"], multiselect=True), None, []),
    (ui.Dropdown(["a", "b"], multiselect=True), "a", REFUSED),
    (ui.Dropdown(["a", "b"], multiselect=True), ["c"], REFUSED),
    (ui.Radio(["a"]), "a", "a"),
    (ui.Radio(["a"]), None, None),
    (ui.Radio(["a"]), "b", REFUSED),
    (ui.ColorPicker(), "#E06C00", "#e06c00"),
    (ui.ColorPicker(), "e06c00", "#e06c00"),
    (ui.ColorPicker(), "red", REFUSED),
    (ui.ColorPicker(), "#fff", REFUSED),
    (ui.ColorPicker(), None, REFUSED),
    (ui.Image(), "anything", "anything"),
    (ui.JSON(), {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("component", "value", "expected"), ACCEPT)
def test_accept(component: ui.Component, value: Any, expected: Any) -> None:
    if expected is REFUSED:
        with pytest.raises(InputError, match=f"^{component.type} expected "):
            component.accept(value)
    else:
        found = component.accept(value)
        assert (found, type(found)) == (expected, type(expected))


ALL = [
    kind for kind in vars(ui).values() if isinstance(kind, type) and issubclass(kind, ui.Component)
]


LABELLED = [k for k in ALL if not k.__name__.startswith("_") and k is not ui.ItemList]


@pytest.mark.parametrize("kind", LABELLED)
def test_every_component_starts_with_a_value_it_accepts_and_is_plain_data(kind: Any) -> None:
    component = kind(label="Label")
    assert component.label == "Label"
    assert component.type == kind.__name__
    json.dumps(component.props)
    component.accept(component.initial)
    component.accept(component.example_value())


@pytest.mark.parametrize(
    "make",
    [
        lambda: ui.Slider(10, 1),
        lambda: ui.Slider(1, 10, 11),
        lambda: ui.Slider("a", "b"),  # type: ignore[arg-type]
        lambda: ui.Slider(float("nan"), 1),
    ],
)
def test_a_slider_that_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(InputError, match="Slider expected"):
        make()


@pytest.mark.parametrize(
    ("slider", "step"),
    [
        (ui.Slider(1, 10), 1),
        (ui.Slider(0, 1), 0.01),
        (ui.Slider(0, 2.5), 0.01),
        (ui.Slider(0, 100, 2.5), 1.0),
        (ui.Slider(0, 10, step=0.5), 0.5),
        (ui.Slider(5, 5), None),
    ],
)
def test_the_step_of_a_slider(slider: ui.Slider, step: float | None) -> None:
    assert slider.props["step"] == step


def test_an_error_names_the_label() -> None:
    with pytest.raises(InputError, match="Slider 'Tone' expected a number from 0 to 3, got int"):
        ui.Slider(0, 3, label="Tone").accept(4)


def test_every_public_name_is_at_hand() -> None:
    assert [name for name in ui.__all__ if not callable(getattr(ui, name, None))] == []
    assert set(ui.__all__) == set(dir(ui))


def test_an_error_shows_what_was_seen() -> None:
    for seen, shown in (("four", "got str 'four'"), (4.5, "got float 4.5"), (None, "got None")):
        with pytest.raises(InputError, match=f"{shown}.$"):
            ui.Slider(0, 3).accept(seen)
