"""Widgets of ipywidgets as inputs: one value on both sides."""

from __future__ import annotations

import datetime
from typing import Any

import ipywidgets as widgets
import pytest
import traitlets

from daggr_nb import FnNode, Graph, InputNode, ui
from tests.waiting import wait_for


def double(x: int) -> int:
    return 2 * x


@pytest.fixture
def slider() -> widgets.IntSlider:
    return widgets.IntSlider(value=3, min=0, max=20, description="How many")


@pytest.fixture
def graph(slider: widgets.IntSlider) -> Graph:
    return Graph("Linked", [FnNode(double, inputs={"x": slider}, outputs=["y"])])


def test_a_widget_is_a_control_whose_counterpart_the_canvas_shows(graph: Graph) -> None:
    control = graph["double"].inputs["x"].component
    assert isinstance(control, ui.Slider)
    assert (control.minimum, control.maximum, control.label) == (0, 20, "How many")
    assert graph.run() == {"double": {"y": 6}}


def test_a_move_of_the_widget_is_an_edit_of_the_input(
    graph: Graph, slider: widgets.IntSlider
) -> None:
    graph.run()
    slider.value = 8
    assert graph.inputs["double__x"] == 8
    assert graph.status()["double"].freshness == "stale"
    assert graph.run() == {"double": {"y": 16}}


def test_an_edit_of_the_input_moves_the_widget(graph: Graph, slider: widgets.IntSlider) -> None:
    graph.inputs["double__x"] = 11
    wait_for(lambda: slider.value == 11)
    graph.undo()
    wait_for(lambda: slider.value == 3)


def test_a_restore_moves_the_widget(graph: Graph, slider: widgets.IntSlider) -> None:
    for value in (4, 9):
        graph.run(inputs={"double__x": value})
    graph.select(graph.history("double")[1])
    wait_for(lambda: slider.value == 4)


def test_a_new_widget_in_an_edited_cell_gets_the_value_that_was_set(
    graph: Graph, slider: widgets.IntSlider
) -> None:
    graph.run()
    slider.value = 7
    again = widgets.IntSlider(value=3, min=0, max=20)
    graph = Graph("Linked", [FnNode(double, inputs={"x": again}, outputs=["y"])])
    assert again.value == 7
    slider.value = 1  # the former one has nothing to say any more
    assert graph.inputs["double__x"] == 7
    again.value = 12
    assert graph.inputs["double__x"] == 12


def test_widgets_can_be_linked_to_each_other_through_one_input(
    graph: Graph, slider: widgets.IntSlider
) -> None:
    """``traitlets.link`` goes from widget to widget, and so to the input."""
    other = widgets.IntText(value=0)
    traitlets.link((slider, "value"), (other, "value"))
    other.value = 14
    assert graph.inputs["double__x"] == 14
    graph.inputs["double__x"] = 2
    wait_for(lambda: other.value == 2)


@pytest.mark.parametrize(
    ("widget", "kind", "value", "other"),
    [
        (widgets.FloatSlider(value=0.5, min=0, max=1, step=0.1), ui.Slider, 0.5, 0.7),
        (widgets.BoundedIntText(value=5, min=0, max=9), ui.Number, 5, 6),
        (widgets.Text("a"), ui.Textbox, "a", "b"),
        (widgets.Textarea("a\nb"), ui.TextArea, "a\nb", "c"),
        (widgets.Checkbox(value=True), ui.Checkbox, True, False),
        (widgets.Dropdown(options=["a", "b"]), ui.Dropdown, "a", "b"),
        (widgets.Dropdown(options={"One": 1, "Two": 2}), ui.Dropdown, 1, 2),
        (widgets.RadioButtons(options=[("One", 1), ("Two", 2)]), ui.Radio, 1, 2),
        (
            widgets.SelectMultiple(options=["a", "b", "c"], value=("a",)),
            ui.CheckboxGroup,
            ["a"],
            ["b"],
        ),
        (
            widgets.DatePicker(value=datetime.date(2026, 1, 31)),
            ui.DateTime,
            datetime.date(2026, 1, 31),
            datetime.date(2026, 2, 1),
        ),
        (widgets.IntRangeSlider(value=(2, 5), min=0, max=9), ui.Unknown, (2, 5), (3, 4)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, widgets.Widget) else "",
)
def test_every_kind_of_widget_goes_both_ways(
    widget: Any, kind: type, value: Any, other: Any
) -> None:
    form = InputNode("form", ports={"x": widget})
    graph = Graph("Kinds", [FnNode(lambda x: x, "same", inputs={"x": form.x})], persist_key=False)
    assert type(form.outputs["x"]) is kind
    alike = (list(value), list(other)) if isinstance(value, tuple) else (value, other)
    assert graph.inputs["form__x"] in (value, alike[0])
    graph.inputs["form__x"] = alike[1]
    wait_for(lambda: widget.value in (other, tuple(other) if isinstance(other, list) else other))
    widget.value = tuple(value) if isinstance(value, list) else value
    assert graph.inputs["form__x"] == alike[0]


def test_a_form_shows_a_widget_once_that_feeds_two_nodes(slider: widgets.IntSlider) -> None:
    nodes = [FnNode(double, name, inputs={"x": slider}) for name in ("first", "second")]
    graph = Graph("Shared", nodes)

    def shown(*targets: str) -> list[str]:
        told = graph.form(*targets).get_state()["snapshot"]["nodes"]
        return [f"{node['id']}.{row['name']}" for node in told for row in node["inputs"]]

    assert shown() == ["first.x"]
    assert shown("second") == ["second.x"]
    assert shown("first", "second") == ["first.x"]
    slider.value = 8
    assert (graph.inputs["first__x"], graph.inputs["second__x"]) == (8, 8)


@pytest.mark.parametrize(
    "hold",
    [
        lambda graph: widgets.VBox([graph]),
        lambda graph: widgets.HBox(children=(graph,)),
        lambda graph: widgets.Tab([graph]),
        lambda graph: widgets.AppLayout(center=graph),
    ],
)
def test_a_container_of_a_graph_points_to_its_canvas(hold: Any) -> None:
    graph = Graph("Held", [FnNode(lambda: 1, "it")], persist_key=False)
    with pytest.raises(traitlets.TraitError, match=r"whose widget is graph\.canvas\(\)"):
        hold(graph)
    assert repr(graph) == "<Graph 'Held': 1 nodes, 0 edges>"
    hold(graph.canvas())
