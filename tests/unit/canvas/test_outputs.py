"""What outputs say of themselves: captions, peaks of sound, rows of arrays, plain tables."""

from __future__ import annotations

import io
import json
import wave
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daggr_nb import ui
from daggr_nb._canvas.displays.media.players import wav
from daggr_nb._canvas.displays.previews import look_at, preview


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("otter", ""),
        ("otter " * 100, "600 characters"),
        (3, ""),
        ([1, 2, 3], "3 items"),
        ({"a": 1}, "1 item"),
        (np.zeros((24, 4)), "24 × 4"),
        (Image.new("RGB", (6, 4)), "6 × 4"),
        ([Image.new("RGB", (6, 4))] * 2, "2 pictures"),
        (None, "nothing"),
        (object(), ""),
    ],
)
def test_a_caption_tells_the_size_and_leaves_out_the_type(value: object, size: str) -> None:
    assert preview(value).size == size


def loudness(value: object, count: int = 4) -> Any:
    look = look_at(value, ui.Audio())
    assert look.rows is not None
    return look.rows(0, count)


RAMP = np.repeat([0.25, -0.5, 1.0, 0.0], 100)


@pytest.mark.parametrize(
    "samples",
    [
        RAMP,
        np.stack([RAMP, RAMP / 2], axis=1),
        (RAMP * 32767).astype("<i2"),
        (RAMP * 127 + 128).astype("u1"),
    ],
    ids=["floats", "stereo", "16 bits", "8 bits"],
)
def test_the_peaks_of_a_sound_are_those_of_its_samples(samples: np.ndarray) -> None:
    found = loudness((200, samples))
    assert found["peaks"] == pytest.approx([0.25, 0.5, 1.0, 0.0], abs=0.01)
    assert found["seconds"] == 2.0


def test_the_peaks_of_a_file_are_read_where_python_can() -> None:
    assert loudness(wav(200, RAMP))["peaks"] == pytest.approx([0.25, 0.5, 1.0, 0.0], abs=0.01)
    assert loudness(b"ID3 and what follows") == {"peaks": [], "seconds": None}
    with io.BytesIO() as buffer:
        with wave.open(buffer, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(3)  # numpy has no integers of 24 bits
            out.setframerate(8000)
            out.writeframes(bytes(30))
        assert loudness(buffer.getvalue()) == {"peaks": [], "seconds": None}


def test_a_sound_has_no_more_peaks_than_samples() -> None:
    assert len(loudness((8000, np.ones(3)), 96)["peaks"]) == 3


def values_of(array: np.ndarray) -> str:
    shown = preview(array)
    assert shown.kind == "array"
    return shown.data["values"]


def test_an_array_of_several_axes_is_shown_in_rows() -> None:
    assert values_of(np.arange(4)) == "0, 1, 2, 3"
    assert values_of(np.array([[1, 20], [300, 4]])) == "  1   20\n300    4"
    tall = values_of(np.zeros((2, 100, 100)))
    assert tall.count("\n") == 8
    assert tall.endswith("…")
    assert all(line.endswith("…") for line in tall.split("\n"))
    assert values_of(np.zeros((0, 3))) == ""


@pytest.mark.parametrize(
    ("value", "names", "rows"),
    [
        ([{"a": 1, "b": 2}, {"b": 3, "c": 4}], ["a", "b", "c"], [[1, 2, None], [None, 3, 4]]),
        ({"a": [1, 2], "b": [3, 4]}, ["a", "b"], [[1, 3], [2, 4]]),
    ],
)
def test_a_table_takes_dicts_of_rows_and_of_columns(
    value: object, names: list[str], rows: list[list[object]]
) -> None:
    shown = preview(value, ui.Dataframe())
    assert shown.kind == "table"
    assert [column["name"] for column in shown.data["columns"]] == names
    plain = [[None if isinstance(c, dict) else c for c in row] for row in shown.data["rows"]]
    assert plain == rows
    _, text = look_at(value, ui.Dataframe()).content(None)
    assert text.decode().startswith(",".join(names) + "\n")


def test_a_label_takes_pairs() -> None:
    shown = preview([("seal", 0.1), ("otter", 0.9)], ui.Label())
    assert json.loads(shown.model_dump_json())["data"]["parts"] == [["otter", 0.9], ["seal", 0.1]]


@pytest.mark.parametrize(("setting", "waits"), [("", False), ("0", False), ("1", True)])
def test_what_is_heavy_waits_for_a_press_where_people_say_so(
    monkeypatch: pytest.MonkeyPatch, setting: str, waits: bool
) -> None:
    monkeypatch.setenv("DAGGR_NB_ON_PRESS", setting)
    shown = preview((200, RAMP), ui.Audio())
    assert shown.kind == "audio"
    assert shown.on_press is waits
