"""Files, tables, moments, gr.* objects and annotations as components."""

from __future__ import annotations

import datetime
import enum
import json
import pathlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pandas as pd
import pytest
from annotated_types import Ge, Interval, Le
from PIL import Image

from daggr_nb import FnNode, Graph, InputNode, ItemList, ui
from daggr_nb.errors import GraphError, InputError

REFUSED = object()
NIGHT = datetime.datetime(2026, 1, 31, 9, 14)
CASES: list[tuple[ui.Component, Any, Any]] = [
    (ui.Textbox(None), None, None),
    (ui.Textbox(max_length=3), "abc", "abc"),
    (ui.Textbox(max_length=3), "abcd", REFUSED),
    (ui.Code(), 5, REFUSED),
    (ui.CheckboxGroup(["a", "b"]), ["b"], ["b"]),
    (ui.CheckboxGroup(["a", "b"]), None, []),
    (ui.CheckboxGroup(["a", "b"]), "a", REFUSED),
    (ui.Dropdown(["a"], allow_custom_value=True), "c", "c"),
    (ui.Dropdown(["a"], allow_custom_value=True, multiselect=True), ["a", "c"], ["a", "c"]),
    (ui.Dropdown(["a", "b"], multiselect=True, max_choices=1), ["a", "b"], REFUSED),
    (ui.Button(), 3, 3),
    (ui.Button(), None, 0),
    (ui.Button(), -1, REFUSED),
    (ui.DateTime(), "2026-01-31 09:14", NIGHT),
    (ui.DateTime(), "2026-01-31T09:14", NIGHT),
    (ui.DateTime(include_time=False), NIGHT, NIGHT.date()),
    (ui.DateTime(), NIGHT.timestamp(), NIGHT),
    (ui.DateTime(), "soon", REFUSED),
    (ui.DateTime(), True, REFUSED),
    (ui.Image(), Path("a.png"), Path("a.png")),
    (ui.Image(), Path("a.csv"), REFUSED),
    (ui.Image(), 5, REFUSED),
    (ui.Audio(), Path("a.wav"), Path("a.wav")),
    (ui.Audio(), Path("a.png"), REFUSED),
    (ui.Video(), Path("a.webm"), Path("a.webm")),
    (ui.Model3D(), Path("a.glb"), Path("a.glb")),
    (ui.Model3D(), Path("a.png"), REFUSED),
    (ui.File(file_types=[".csv"]), Path("A.CSV"), Path("A.CSV")),
    (ui.File(file_types=["image"]), Path("a.png"), Path("a.png")),
    (ui.File(file_types=[".csv"]), Path("a.png"), REFUSED),
    (ui.File(file_count="multiple"), Path("a"), [Path("a")]),
    (ui.Gallery(), [Path("a.png"), (Path("b.png"), "B")], [Path("a.png"), (Path("b.png"), "B")]),
    (ui.Gallery(), "a.png", REFUSED),
    (ui.ImageSlider(), [Path("a.png")], (Path("a.png"), None)),
    (ui.ImageSlider(), [Path("a.png")] * 3, REFUSED),
    (ui.Dialogue(), "Ann: Hi", [{"speaker": "Ann", "text": "Hi"}]),
    (ui.Dialogue(speakers=["Ann"]), [{"speaker": "Bo", "text": "Hi"}], REFUSED),
    (ui.Dialogue(), 5, REFUSED),
]


@pytest.mark.parametrize(("component", "value", "expected"), CASES)
def test_accept(component: ui.Component, value: Any, expected: Any) -> None:
    if expected is REFUSED:
        with pytest.raises(InputError, match=f"^{component.type} expected "):
            component.accept(value)
    else:
        found = component.accept(value)
        assert (found, type(found)) == (expected, type(expected))


def test_a_type_that_gradio_does_not_know_is_refused() -> None:
    assert ui.Textbox(type="password").props["type"] == "password"
    assert ui.Image(type="pil").form == "pil"
    with pytest.raises(InputError, match=r"Image expected type= as one of .*got 'png'"):
        ui.Image(type="png")


def test_a_text_that_names_a_file_becomes_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert ui.Image(str(tmp_path / "a.png")).initial == tmp_path / "a.png"
    assert ui.Image("nowhere.png").initial == "nowhere.png"


# ---------------------------------------------------------------- tables


def test_a_table_is_made_of_whatever_holds_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n")
    for value in (
        pd.DataFrame({"a": [1], "b": ["x"]}),
        {"a": [1], "b": ["x"]},
        {"headers": ["a", "b"], "data": [[1, "x"]]},
        tmp_path / "t.csv",
        str(tmp_path / "t.csv"),
    ):
        frame = ui.Dataframe().accept(value)
        assert frame.to_dict("list") == {"a": [1], "b": ["x"]}
    assert list(ui.Dataframe([[1, 2]], headers=["x", "y"]).initial.columns) == ["x", "y"]
    assert list(ui.Dataframe(headers=["x"]).initial.columns) == ["x"]
    with pytest.raises(InputError, match="Dataframe expected a table"):
        ui.Dataframe().accept(5)
    with pytest.raises(InputError, match="Dataframe expected a table"):
        ui.Dataframe().accept(tmp_path / "nowhere.csv")


def test_edits_of_a_table_keep_the_kinds_of_its_columns() -> None:
    table = ui.Dataframe()
    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, 1.5], "on": [True, False], "s": ["a", "b"]})

    def edited(*steps: list[Any]) -> Any:
        return table.edited(frame, {"$edits": list(steps)})

    changed = edited(["set", 0, 0, "5"], ["set", 1, 1, "2.25"], ["set", 0, 2, "false"])
    assert changed.to_dict("list") == {
        "n": [5, 2],
        "x": [0.5, 2.25],
        "on": [False, False],
        "s": ["a", "b"],
    }
    assert changed.dtypes.to_list() == frame.dtypes.to_list()
    assert edited(["set", 0, 0, "1.5"])["n"].to_list() == [1.5, 2.0]
    assert edited(["remove", 0])["n"].to_list() == [2]
    longer = edited(["add", 1], ["set", 1, 0, "7"], ["set", 1, 3, "new"])
    assert longer["n"].to_list() == [1, 7, 2]
    assert longer["s"].to_list() == ["a", "new", "b"]
    assert edited(["set", 0, 0, None])["n"].isna().to_list() == [True, False]
    assert frame["n"].to_list() == [1, 2]
    with pytest.raises(InputError, match="expected a number in column 'n', got str 'many'"):
        edited(["set", 0, 0, "many"])


# ---------------------------------------------------------------- gr.*


class Block:
    """Stands for what gradio's components have in common."""

    def __init__(self, **config: Any) -> None:
        self.config = config

    def get_config(self) -> dict[str, Any]:
        return {"visible": True, "elem_id": None, "show_label": True, **self.config}


def gr(name: str, *bases: str, **config: Any) -> Any:
    """An object as gradio 6.31 has it: a class of its modules, with the recorded configuration."""
    kind: type = Block
    for each in (*reversed(bases), name):
        kind = type(each, (kind,), {"__module__": f"gradio.components.{each.lower()}"})
    return kind(**config)


PAIRS = [["a", "a"], ["B", 2]]
GR: list[tuple[Any, dict[str, Any], str, Any, dict[str, Any]]] = [
    ("Textbox", {"value": None, "lines": 2, "type": "password"}, "Textbox", "", {"lines": 2}),
    ("TextArea", {"value": "x", "lines": 7, "type": "text"}, "TextArea", "x", {"lines": 7}),
    ("Number", {"value": None, "precision": 0, "step": 1}, "Number", None, {"precision": 0}),
    ("Slider", {"minimum": 1, "maximum": 9, "value": 3, "step": 1}, "Slider", 3, {"step": 1}),
    ("Checkbox", {"value": True}, "Checkbox", True, {}),
    ("CheckboxGroup", {"choices": PAIRS, "value": [2]}, "CheckboxGroup", [2], {"choices": PAIRS}),
    ("Radio", {"choices": PAIRS, "value": 2, "type": "value"}, "Radio", 2, {"choices": PAIRS}),
    (
        "Dropdown",
        {"choices": PAIRS, "value": [], "multiselect": True, "allow_custom_value": True},
        "Dropdown",
        [],
        {"multiselect": True, "allow_custom_value": True},
    ),
    ("ColorPicker", {"value": "#ff0000"}, "ColorPicker", "#ff0000", {}),
    ("Image", {"value": None, "type": "numpy"}, "Image", None, {}),
    ("Gallery", {"value": [], "type": "filepath"}, "Gallery", None, {"multiple": True}),
    (
        "File",
        {"value": None, "file_count": "multiple", "file_types": [".csv"]},
        "File",
        None,
        {"multiple": True, "accepts": [".csv"]},
    ),
    ("Code", {"value": "x=1", "language": "python"}, "Code", "x=1", {"language": "python"}),
    ("JSON", {"value": {"a": 1}, "open": True}, "JSON", {"a": 1}, {"open": True}),
    (
        "HighlightedText",
        {"value": [{"token": "a", "class_or_confidence": "b"}]},
        "HighlightedText",
        [("a", "b")],
        {},
    ),
    ("Button", {"value": "Go", "variant": "primary"}, "Button", 0, {"caption": "Go"}),
    ("DateTime", {"value": None, "include_time": False}, "DateTime", None, {"include_time": False}),
    ("Timer", {"value": 1, "active": True}, "Unknown", 1, {"of": "gr.Timer"}),
]


@pytest.mark.parametrize(("name", "config", "kind", "initial", "props"), GR)
def test_what_gradio_configured(
    name: str, config: dict[str, Any], kind: str, initial: Any, props: dict[str, Any]
) -> None:
    found = ui.component_of(gr(name, label="Mine", info="why", **config))
    assert found is not None
    assert (found.type, found.label, found.info, found.initial) == (kind, "Mine", "why", initial)
    assert found.props == {**found.props, **props}
    json.dumps(found.props)


def test_a_file_and_a_form_of_gradio() -> None:
    image = ui.component_of(gr("Image", value={"path": "/tmp/x.webp", "url": None}, type="pil"))
    assert image is not None
    assert (image.initial, image.form) == (pathlib.Path("/tmp/x.webp"), "pil")
    table = ui.component_of(
        gr("Dataframe", value={"headers": ["a"], "data": [[1]], "metadata": None}, type="numpy")
    )
    assert table is not None
    assert (table.initial.to_dict("list"), table.form) == ({"a": [1]}, "numpy")


def test_a_subclass_is_taken_for_what_it_extends() -> None:
    found = ui.component_of(gr("FancyBox", "Textbox", value="x", show_label=False, label="L"))
    assert found is not None
    assert (found.type, found.initial, found.label) == ("Textbox", "x", None)


def test_gradio_objects_stand_wherever_components_do() -> None:
    def add(n: float, m: float) -> float:
        return n + m

    form = InputNode("Form", {"n": gr("Number", value=3)})
    node = FnNode(
        add,
        inputs={"n": form.n, "m": gr("Slider", minimum=0, maximum=9, value=4)},
        outputs={"sum": gr("Number", value=None)},
    )
    assert Graph("Sum", [node], persist_key=False).run()["add"] == {"sum": 7}
    assert ItemList(text=gr("Textbox", value="…")).accept([{}]) == [{"text": "…"}]
    with pytest.raises(GraphError, match="expected a component"):
        FnNode(add, outputs={"sum": Block()})


# ---------------------------------------------------------------- annotations


class Tone(enum.Enum):
    DRY = 1
    WARM = 2


@pytest.mark.parametrize(
    ("annotation", "default", "kind", "initial"),
    [
        (Literal["a", "b"], None, "Dropdown", "a"),
        (Literal["a", "b"], "b", "Dropdown", "b"),
        (Literal["a"] | None, None, "Dropdown", None),
        (Tone, None, "Dropdown", Tone.DRY),
        (Tone, Tone.WARM, "Dropdown", Tone.WARM),
        (Annotated[int, Ge(1), Le(9)], None, "Slider", 1),
        (Annotated[float, Interval(ge=0, le=1)], 0.5, "Slider", 0.5),
        (Annotated[int, Ge(1)], 4, "Number", 4),
        (Annotated[str, "a word"], None, "Textbox", ""),
        (Optional[str], None, "Textbox", None),  # noqa: UP045 - as people write it
        (bool | None, None, "Dropdown", None),
        (int | None, 5, "Number", 5),
        (Path, None, "File", None),
        (Path | None, None, "File", None),
        (Image.Image, None, "Image", None),
        (pd.DataFrame, None, "Dataframe", None),
        (datetime.datetime, NIGHT, "DateTime", NIGHT),
        (datetime.date, NIGHT.date(), "DateTime", NIGHT.date()),
    ],
)
def test_the_control_of_an_annotation(
    annotation: Any, default: Any, kind: str, initial: Any
) -> None:
    found = ui.for_annotation(annotation, default)
    assert found is not None
    assert (found.type, found.initial) == (kind, initial)
    json.dumps(found.props)
    assert found.accept(found.plain(initial)) == initial


@pytest.mark.parametrize("annotation", [None, Any, "str", int | str, list[int], dict, Block])
def test_other_annotations_have_no_control(annotation: Any) -> None:
    assert ui.for_annotation(annotation, None) is None


@pytest.mark.parametrize(
    ("types", "what"),
    [
        (None, "a file"),
        ([], "a file"),
        (["file"], "a file"),
        ([".csv"], "a .csv file"),
        ([".csv", ".tsv"], "a .csv or .tsv file"),
        ([".csv", "image", ".txt"], "a .csv, image or .txt file"),
        (["image"], "an image file"),
    ],
)
def test_a_file_says_which_it_takes(types: list[str] | None, what: str) -> None:
    component = ui.File(file_types=types)
    assert component.props["what"] == what
    if component.accepts:
        with pytest.raises(InputError, match=re.escape(f"expected {what}, got str 'a.zip'")):
            component.accept(pathlib.Path("a.zip"))
