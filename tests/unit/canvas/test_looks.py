"""How values look under each component, and what a view may ask for of them."""

from __future__ import annotations

import io
import json
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from daggr_nb import digest, ui
from daggr_nb._canvas.displays.previews import content, control_preview, look_at, preview

PHOTO = Image.new("RGB", (300, 200), "teal")


def png_of(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class Figure:
    """Stands for a figure of Matplotlib, which is not in the development environment."""

    axes = ()
    saved = 0

    def get_size_inches(self) -> tuple[float, float]:
        return 4.0, 3.0

    def savefig(self, out: Any, **options: Any) -> None:
        Figure.saved += 1
        out.write(png_of(PHOTO))


class Plotly:
    """Stands for a figure of Plotly."""

    def to_plotly_json(self) -> dict[str, Any]:
        return {"data": []}

    def to_json(self) -> str:
        return '{"data": []}'


class Latex:
    def _repr_latex_(self) -> str:
        return "$x^2$"


class Bundle:
    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": "x", "text/markdown": "*x*"}


CHAT = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ["Ho"]}]
CASES: list[tuple[Any, ui.Component | None, str, str]] = [
    (PHOTO, ui.Image(), "image/png", "Image 300 × 200"),
    (png_of(PHOTO), ui.Image(), "image/png", "Image 300 × 200"),
    (png_of(PHOTO), None, "image/png", "Image 300 × 200"),
    (np.zeros((20, 30, 3), "uint8"), ui.Image(), "image/png", "Image 30 × 20"),
    (np.zeros((20, 30)), ui.Image(), "image/png", "Image 30 × 20"),
    (np.zeros((20, 30, 1), bool), ui.Image(), "image/png", "Image 30 × 20"),
    ("<svg xmlns='x'></svg>", ui.Image(), "image/svg+xml", "drawing"),
    ("nowhere.png", ui.Image(), "application/x-daggr-lost", "not there"),
    ("https://x.org/a.png", ui.Image(), "application/x-daggr-lost", "not there"),
    ((8000, np.zeros(16000, "int16")), ui.Audio(), "audio/wav", "0:02"),
    (b"RIFF....WAVE", ui.Audio(), "audio/wav", "12 bytes"),
    (b"\x1aE\xdf\xa3", ui.Video(), "video/webm", "4 bytes"),
    (b"\x00\x01", None, "application/x-daggr-files", "bytes, 2 bytes"),
    ([PHOTO, (PHOTO, "two")], ui.Gallery(), "application/x-daggr-gallery", "2 pictures"),
    ((PHOTO, PHOTO), ui.ImageSlider(), "application/x-daggr-compare", "before and after"),
    ({"a": 0.9, "b": 0.1}, ui.Label(), "application/x-daggr-label", "2 classes"),
    ("otter", ui.Label(), "application/x-daggr-label", "label"),
    (
        {"label": "a", "confidences": [{"label": "a", "confidence": 1}]},
        ui.Label(),
        "application/x-daggr-label",
        "1 class",
    ),
    ([("Ann", "who"), (".", None)], ui.HighlightedText(), "application/x-daggr-marked", "1 kind"),
    (CHAT, ui.Chatbot(), "application/x-daggr-chat", "2 messages"),
    ([("Hi", "Ho"), ("Bye", None)], ui.Chatbot(), "application/x-daggr-chat", "3 messages"),
    ("Ann: Hi", ui.Dialogue(), "application/x-daggr-chat", "1 message"),
    ("x = 1", ui.Code(), "text/x-code", "text"),
    (Figure(), ui.Plot(), "image/png", "Figure 600 × 450"),
    (Figure(), None, "image/png", "Figure 600 × 450"),
    (Plotly(), ui.Plot(), "application/vnd.plotly.v1+json", "Plotly figure"),
    (pd.DataFrame({"a": [1]}), None, "application/x-daggr-table", "1 × 1"),
    ([[1, 2], [3]], ui.Dataframe(), "application/x-daggr-table", "2 × 2"),
    ({"headers": ["a"], "data": [[1]]}, ui.Dataframe(), "application/x-daggr-table", "1 × 1"),
    (np.arange(6).reshape(2, 3), None, "application/x-daggr-array", "ndarray 2 × 3"),
    (np.array(5.0), None, "application/x-daggr-array", "ndarray a single value"),
    (Latex(), None, "text/latex", "Latex"),
    (Bundle(), None, "text/markdown", "Bundle"),
    (float("nan"), None, "text/plain", "float"),
    (Path("nowhere"), None, "application/x-daggr-lost", "not there"),
]


@pytest.mark.parametrize(("value", "component", "mime", "summary"), CASES)
def test_looks(value: Any, component: Any, mime: str, summary: str) -> None:
    found = preview(value, component, "d")
    assert (found.mime, found.summary) == (mime, summary)
    assert len(json.dumps(found.model_dump(mode="json"), allow_nan=False)) < 3_000
    assert content(value, 100, component)[1]


ODD: list[Any] = [None, 5, "text", {"a": object()}, [1, None], object(), b"", [], {}, float("nan")]
KINDS = [getattr(ui, name) for name in ui.__all__ if name[0].isupper() and name != "ItemList"]


@pytest.mark.parametrize("kind", [k for k in KINDS if isinstance(k, type)])
def test_no_value_is_too_odd_for_a_component(kind: Any) -> None:
    for value in ODD:
        found = preview(value, kind())
        json.dumps(found.model_dump(mode="json"), allow_nan=False)
        assert found.summary
        content(value, None, kind())
        json.dumps(control_preview(value, kind(), "d").model_dump(mode="json"), allow_nan=False)


def test_nothing_is_drawn_before_somebody_looks() -> None:
    before = Figure.saved
    look = look_at(Figure(), ui.Plot())
    assert Figure.saved == before
    assert look.content(400)[0] == "image/png"
    assert Figure.saved == before + 1


def test_a_figure_that_several_views_draw_at_once_stays_as_it_is() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(figsize=(5, 3))
    figure.subplots().plot(range(50))
    look = look_at(figure, ui.Plot())
    drawn = look.content(400)
    digests = {digest(figure)}

    def draw(turn: int) -> tuple[str, bytes]:
        digests.add(digest(figure))
        return look.content(400)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(draw, range(12))) == {drawn}
    assert len(digests) == 1
    assert tuple(figure.get_size_inches()) == (5, 3)


def test_a_file_shows_what_is_in_it_and_goes_down_whole(tmp_path: Path) -> None:
    PHOTO.save(tmp_path / "a.jpg")
    found = look_at(tmp_path / "a.jpg")
    assert (found.preview.mime, found.preview.summary) == ("image/jpeg", "Image 300 × 200")
    mime, small = found.content(30)
    with Image.open(io.BytesIO(small)) as shown:
        assert (mime, shown.size) == ("image/png", (30, 20))
    assert found.whole is not None
    assert found.whole() == ("image/jpeg", (tmp_path / "a.jpg").read_bytes())
    (tmp_path / "a.zip").write_bytes(b"PK")
    listed = preview([tmp_path / "a.zip"], ui.File(file_count="multiple"))
    assert listed.data == [{"name": "a.zip", "size": 2, "mime": "application/zip"}]


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "float32"])
def test_samples_become_a_wav_file(kind: str) -> None:
    samples = np.array([[0, 0], [1, 1]]).astype(kind)
    mime, data = content((8000, samples), None, ui.Audio())
    with wave.open(io.BytesIO(data)) as sound:
        assert (mime, sound.getframerate(), sound.getnchannels()) == ("audio/wav", 8000, 2)
        assert sound.getnframes() == 2


def test_a_long_table_comes_a_page_at_a_time() -> None:
    frame = pd.DataFrame({"n": range(100_000), "x": [float("nan"), 0.5] * 50_000})
    look = look_at(frame)
    assert len(json.dumps(look.preview.data)) < 3_000
    assert look.preview.count == 100_000
    assert look.rows is not None
    page = look.rows(99_998, 100_100)
    assert page == {
        "start": 99_998,
        "index": ["99998", "99999"],
        "rows": [[99_998, {"is": "NaN"}], [99_999, 0.5]],
    }


def test_what_is_no_value_is_told_apart_in_a_table() -> None:
    cells: list[Any] = [None, float("inf"), pd.NaT, pd.NA, "None", True, 2**60, object]
    look = look_at(pd.DataFrame({"v": pd.Series(cells, dtype=object)}))
    assert look.rows is not None
    shown = [row[0] for row in look.rows(0, 9)["rows"]]
    told = [{"is": "None"}, {"is": "∞"}, {"is": "NaT"}, {"is": "missing"}]
    assert shown[:-1] == [*told, "None", True, str(2**60)]


def test_a_control_of_files_shows_a_preview_and_knows_its_value_by_digest(tmp_path: Path) -> None:
    shown = control_preview([PHOTO], ui.Gallery(), "abc").data
    assert isinstance(shown, dict)
    assert (shown["digest"], shown["items"][0]["digest"]) == ("abc", "abc-0")
    assert control_preview(None, ui.Image()).data is None
    assert control_preview("x", ui.Textbox()).data == "x"
