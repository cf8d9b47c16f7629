"""Files reach a function in the form that its parameter is annotated with."""

from __future__ import annotations

import datetime
import wave
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._nodes.calls.coerce import coerce
from daggr_nb.errors import InputError


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    Image.new("RGB", (4, 3), "red").save(tmp_path / "a.png")
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(np.array([[1, -1], [2, -2], [3, -3]], "<i2").tobytes())
    (tmp_path / "a.csv").write_text("name,n\nAnn,3\n")
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    return {path.suffix[1:]: path for path in tmp_path.iterdir()}


def test_a_file_is_a_path_unless_something_else_is_asked_for(files: dict[str, Path]) -> None:
    path = files["png"]
    for annotation in (None, Any, Path, int, "Unknown", dict[str, int]):
        assert coerce(path, annotation, None) is path
    assert coerce(path, str, None) == str(path)
    assert coerce(path, bytes, None) == path.read_bytes()
    assert coerce(path, "bytes | None", None) == path.read_bytes()


@pytest.mark.parametrize(
    "annotation",
    [Image.Image, Image.Image | None, "Image.Image", Annotated[Image.Image, "a photo"]],
)
def test_a_picture(files: dict[str, Path], annotation: Any) -> None:
    assert coerce(files["png"], annotation, None).size == (4, 3)


def test_a_text_is_a_path_where_one_is_asked_for() -> None:
    def suffix(path: Path | None) -> str:
        return path.suffix if path else ""

    loaded = FnNode(suffix, inputs={"path": ui.File()})
    graph = Graph("Paths", [loaded], persist_key=False)
    assert graph.run()["suffix"]["output"] == ""
    graph.inputs["suffix__path"] = "nowhere/notes.txt"
    assert graph.run()["suffix"]["output"] == ".txt"


def test_an_array_of_a_picture_and_samples_of_a_sound(files: dict[str, Path]) -> None:
    pixels = coerce(files["png"], np.ndarray, None)
    assert (pixels.shape, pixels.dtype, pixels[0, 0].tolist()) == ((3, 4, 3), "uint8", [255, 0, 0])
    rate, samples = coerce(files["wav"], tuple[int, np.ndarray], None)
    assert (rate, samples.tolist()) == (8000, [[1, -1], [2, -2], [3, -3]])
    assert coerce(files["wav"], np.ndarray, None).shape == (3, 2)


def test_a_table_and_lists(files: dict[str, Path]) -> None:
    assert coerce(files["csv"], pd.DataFrame, None).to_dict("list") == {"name": ["Ann"], "n": [3]}
    both = coerce([files["png"], (files["png"], "caption")], list[Image.Image], None)
    assert [both[0].size, both[1][0].size, both[1][1]] == [(4, 3), (4, 3), "caption"]
    values = ["a", "b"]
    assert coerce(values, list[str], None) is values


def test_what_cannot_be_read_says_what_to_do(files: dict[str, Path]) -> None:
    with pytest.raises(InputError, match=r"A picture was expected .* 'a.csv' is none"):
        coerce(files["csv"], Image.Image, None)
    with pytest.raises(InputError, match=r"ends with \.csv"):
        coerce(files["png"], pd.DataFrame, None)
    with pytest.raises(InputError, match="soundfile"):
        coerce(files["mp3"], tuple[int, np.ndarray], None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name\nJosé\n".encode("latin-1"), r"'a.csv' was expected in UTF-8.*encoding="),
        (b"", "A table was expected in 'a.csv', and it is none: No columns"),
        (b'a,b\n1,2\n"3,4,5\n', "A table was expected in 'a.csv', and it is none: "),
    ],
)
def test_a_file_that_is_no_table_says_why(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        coerce(path, pd.DataFrame, None)


def test_without_an_annotation_the_components_type_counts(files: dict[str, Path]) -> None:
    assert coerce(files["png"], None, ui.Image(type="pil")).size == (4, 3)
    assert coerce(files["png"], None, ui.Image(type="numpy")).shape == (3, 4, 3)
    assert coerce(files["wav"], None, ui.Audio(type="numpy"))[0] == 8000
    assert coerce(files["csv"], None, ui.File(type="binary")) == files["csv"].read_bytes()
    assert coerce(files["png"], Path, ui.Image(type="pil")) is files["png"]
    assert coerce("b", None, ui.Dropdown(["a", "b"], type="index")) == 1
    assert coerce(["b"], None, ui.CheckboxGroup(["a", "b"], type="index")) == [1]


def test_moments_tables_and_dialogues() -> None:
    moment = datetime.datetime(2026, 1, 31, 9, 14)
    assert coerce(moment, str, None) == "2026-01-31 09:14:00"
    assert coerce(moment, float, None) == moment.timestamp()
    assert coerce(moment, datetime.date, None) == datetime.date(2026, 1, 31)
    assert coerce(moment, None, ui.DateTime(type="timestamp")) == moment.timestamp()
    frame = pd.DataFrame({"a": [1, 2]})
    assert coerce(frame, np.ndarray, None).tolist() == [[1], [2]]
    assert coerce(frame, None, ui.Dataframe(type="array")) == [[1], [2]]
    lines = [{"speaker": "Ann", "text": "Hi"}, {"speaker": "Bo", "text": "Ho"}]
    assert coerce(lines, str, None) == "Ann: Hi\nBo: Ho"


def size_of(photo: Image.Image) -> tuple[int, int]:
    return photo.size


def where(photo):  # type: ignore[no-untyped-def]
    return photo


def test_in_a_graph_also_from_a_card_of_inputs(files: dict[str, Path]) -> None:
    form = InputNode("Form", {"photo": ui.Image(files["png"])})
    near = FnNode(size_of, "near", inputs={"photo": ui.Image(str(files["png"]))})
    far = FnNode(size_of, "far", inputs={"photo": form.photo})
    plain = FnNode(where, "plain", inputs={"photo": form.photo})
    done = Graph("Delivery", [near, far, plain], persist_key=False).run()
    assert (done["near"]["output"], done["far"]["output"]) == ((4, 3), (4, 3))
    assert done["plain"]["output"] == files["png"]
