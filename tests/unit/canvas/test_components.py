"""What a component says of itself, so that the canvas need not guess by its name."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from daggr_nb import ui
from daggr_nb._canvas.displays.components import component_view, first_answer, first_value
from daggr_nb._canvas.displays.display import DISPLAYS
from daggr_nb.ui import for_annotation

SPEAKERS = [("The host", "host"), ("The guest", "guest")]


class Tone(enum.Enum):
    DRY = 1
    WARM = 2


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (ui.Textbox(), ""),
        (ui.Textbox(None), ""),
        (ui.TextArea("hm"), "hm"),
        (ui.Number(None, minimum=2), 2),
        (ui.Number(None), 0),
        (ui.Slider(3, 9), 3),
        (ui.Checkbox(), False),
        (ui.Dropdown(SPEAKERS), "host"),
        (ui.Dropdown(SPEAKERS, value=None), "host"),
        (ui.Dropdown([], value=None), None),
        (ui.Dropdown(["a"], value=None, multiselect=True), []),
        (for_annotation(Tone | None, None), "DRY"),
        (ui.CheckboxGroup(["a"]), []),
        (ui.Radio(SPEAKERS), "host"),
        (ui.Image(), None),
        (ui.Code(), None),
    ],
    ids=repr,
)
def test_a_new_item_starts_with_what_its_controls_can_show(
    component: ui.Component, value: Any
) -> None:
    assert first_value(component) == value
    view = component_view(ui.ItemList(field=component))
    assert view is not None
    assert [(field.name, field.value) for field in view.fields] == [("field", value)]


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (ui.Textbox(None), ""),
        (ui.Number(None, minimum=2), 2),
        (ui.Radio(SPEAKERS), None),
        (ui.Dropdown(SPEAKERS, value=None), None),
        (ui.Dropdown(SPEAKERS, value="guest"), "guest"),
    ],
    ids=repr,
)
def test_an_answer_starts_with_nothing_where_the_control_shows_that(
    component: ui.Component, value: Any
) -> None:
    assert first_answer(component) == value


def test_components_say_how_they_are_labelled_and_answered() -> None:
    def names(flag: str) -> set[str]:
        kinds = (getattr(ui, name) for name in ui.__all__)
        return {
            kind.__name__ for kind in kinds if isinstance(kind, type) and getattr(kind, flag, False)
        }

    assert names("labels_itself") == {"Checkbox", "Button"}
    assert names("obvious") == {"Textbox", "TextArea", "Dropdown"}
    assert names("single_file") == {"Image", "Audio", "Video", "File", "Model3D"}


def test_a_component_that_shows_its_value_has_a_display() -> None:
    kinds = {name: getattr(ui, name) for name in ui.__all__ if name[0].isupper()}
    previewed = {
        name for name, kind in kinds.items() if isinstance(kind, type) and kind.previewed
    } - {"Unknown"}
    assert previewed <= DISPLAYS.keys() <= kinds.keys()
