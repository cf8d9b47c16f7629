"""Widgets of ipywidgets as inputs: one value on both sides."""

from __future__ import annotations

import datetime
from typing import Any

import ipywidgets as widgets
import pytest
import traitlets

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb.errors import InputError
from daggr_nb.ui._widgets import alike, value_in
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
    assert repr(graph) == "<Graph 'Held': 1 node, 0 edges>"
    hold(graph.canvas())


# ---------------------------------------------------------------- both agree, or say why not

UTC = datetime.timezone.utc
NIGHT = datetime.datetime(2026, 1, 31, 9, 14)
SIZES = [("square", (512, 512)), ("wide", (1024, 512))]
LOOKS = [("int", 1), ("true", True), ("float", 1.0), ("text", "1")]
REFUSED = object()


AGREED: list[tuple[str, Any, Any, Any]] = [
    ("a slider", widgets.IntSlider(value=3, min=0, max=9), 5, 5),
    ("beyond its end", widgets.IntSlider(value=3, min=0, max=9), 11, REFUSED),
    ("a slider of floats", widgets.FloatSlider(value=0.5, min=0, max=2), 1, 1.0),
    ("a slider of powers", widgets.FloatLogSlider(value=10, min=0, max=3), 1000, 1000.0),
    ("a power beyond", widgets.FloatLogSlider(value=10, min=0, max=3), 1001, REFUSED),
    ("a power below", widgets.FloatLogSlider(value=10, min=0, max=3), 0.5, REFUSED),
    ("a number", widgets.IntText(5), 7.0, 7),
    ("no number", widgets.IntText(5), None, REFUSED),
    ("a float", widgets.FloatText(5), 7, 7.0),
    ("bounds", widgets.BoundedFloatText(0.5, min=0, max=1), 1, 1.0),
    ("beyond bounds", widgets.BoundedFloatText(0.5, min=0, max=1), 1.5, REFUSED),
    ("a text", widgets.Text("a"), "b", "b"),
    ("a text that is none", widgets.Text("a"), 5, REFUSED),
    ("an emptied text", widgets.Text("a"), None, ""),
    ("options", widgets.Dropdown(options=["a", "b"]), "b", "b"),
    ("no option", widgets.Dropdown(options=["a", "b"]), "c", REFUSED),
    ("tuples", widgets.Dropdown(options=SIZES), (1024, 512), (1024, 512)),
    ("tuples to slide", widgets.SelectionSlider(options=SIZES), (1024, 512), (1024, 512)),
    ("tuples in sight", widgets.ToggleButtons(options=SIZES), (1024, 512), (1024, 512)),
    ("bare pairs", widgets.Dropdown(options=[("a", 1), ("b", 2)]), 2, 2),
    ("True", widgets.Dropdown(options=LOOKS), True, True),
    ("1.0", widgets.RadioButtons(options=LOOKS), 1.0, 1.0),
    ("'1'", widgets.Select(options=LOOKS), "1", "1"),
    ("several", widgets.SelectMultiple(options=SIZES), [(512, 512)], [(512, 512)]),
    ("a range", widgets.IntRangeSlider(value=(2, 5), min=0, max=9), [3, 4], [3, 4]),
    ("a range beyond", widgets.IntRangeSlider(value=(2, 5), min=0, max=9), [3, 40], [3, 9]),
    (
        "a range of options",
        widgets.SelectionRangeSlider(options=["a", "b", "c"], index=(0, 1)),
        ["b", "c"],
        ["b", "c"],
    ),
    ("a day", widgets.DatePicker(value=NIGHT.date()), "2026-02-01", datetime.date(2026, 2, 1)),
    ("no day", widgets.DatePicker(value=NIGHT.date()), None, None),
    ("a day too late", widgets.DatePicker(max=NIGHT.date()), "2026-02-01", NIGHT.date()),
    (
        "a moment",
        widgets.NaiveDatetimePicker(value=NIGHT),
        "2026-02-01",
        datetime.datetime(2026, 2, 1),
    ),
    ("a zone", widgets.NaiveDatetimePicker(value=NIGHT), NIGHT.replace(tzinfo=UTC), REFUSED),
    (
        "a moment in a zone",
        widgets.DatetimePicker(value=NIGHT.replace(tzinfo=UTC)),
        datetime.datetime(2026, 2, 1, tzinfo=UTC),
        datetime.datetime(2026, 2, 1, tzinfo=UTC),
    ),
    ("here", widgets.DatetimePicker(), NIGHT, NIGHT.astimezone()),
    ("a colour", widgets.ColorPicker(value="red"), "#e06c00", "#e06c00"),
    ("a colour by name", widgets.ColorPicker(value="#000000"), "blue", "blue"),
    ("no colour", widgets.ColorPicker(value="red"), "reddish", REFUSED),
    ("tags", widgets.TagsInput(value=["a"]), ["a", "b"], ["a", "b"]),
    ("allowed tags", widgets.TagsInput(allowed_tags=["a", "b"]), ["b"], ["b"]),
    ("another tag", widgets.TagsInput(allowed_tags=["a", "b"]), ["c"], REFUSED),
]


@pytest.mark.parametrize(
    ("widget", "given", "got"), [row[1:] for row in AGREED], ids=[row[0] for row in AGREED]
)
def test_a_widget_and_the_graph_have_one_value_after_every_edit(
    widget: Any, given: Any, got: Any
) -> None:
    form = InputNode("form", ports={"x": widget})
    graph = Graph("Agreed", [FnNode(lambda x: x, "same", inputs={"x": form.x})], persist_key=False)
    control = form.outputs["x"]
    assert control is not None

    def agree() -> bool:
        return alike(value_in(control), graph.inputs["form__x"])

    before = graph.inputs["form__x"]
    assert agree(), (value_in(control), before)
    if got is REFUSED:
        with pytest.raises(InputError, match=r"form\.x: "):
            graph.inputs["form__x"] = given
        assert alike(graph.inputs["form__x"], before)
    else:
        graph.inputs["form__x"] = given
        assert alike(graph.inputs["form__x"], got), graph.inputs["form__x"]
    wait_for(agree)
    graph.undo()
    wait_for(agree)


def test_a_widget_whose_bounds_were_moved_decides(slider: widgets.IntSlider, graph: Graph) -> None:
    slider.max = 5
    graph.inputs["double__x"] = 11
    assert graph.inputs["double__x"] == 5
    wait_for(lambda: slider.value == 5)


def test_what_the_graph_refuses_the_widget_does_not_keep() -> None:
    widget = widgets.IntSlider(value=3, min=0, max=9)
    graph = Graph("Refused", [FnNode(double, inputs={"x": widget})], persist_key=False)
    widget.max = 20
    widget.value = 15  # beyond what the graph was built with
    assert (graph.inputs["double__x"], widget.value) == (3, 3)
