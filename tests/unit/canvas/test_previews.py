"""What a card shows of a value, and what a browser gets when it asks for the whole."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._canvas.displays.previews import content, preview
from daggr_nb._canvas.export.picture import picture, picture_html


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Rich:
    def _repr_html_(self) -> str:
        return "<b>rich</b>"


@pytest.mark.parametrize(
    ("value", "component", "mime", "summary"),
    [
        ("hello", None, "text/plain", "text"),
        ("x" * 200, None, "text/plain", "text, 200 characters"),
        ("# Title", ui.Markdown(), "text/markdown", "text"),
        ("<b>x</b>", ui.HTML(), "text/html", "text"),
        (5, ui.Markdown(), "application/json", "int"),
        (None, None, "application/json", "nothing"),
        ([1, 2], None, "application/json", "list of 2"),
        ({"a": 1}, None, "application/json", "dict of 1"),
        (["#ff0000", "#00ff00"], ui.Palette(), "application/x-daggr-colors", "2 colours"),
        ([["#ff0000"], ["#00ff00"]], ui.Palette(), "application/x-daggr-colors", "2 colours"),
        (["red"], ui.Palette(), "application/json", "list of 1"),
        (Rich(), None, "text/html", "Rich"),
        (Rich, None, "text/plain", "type"),
        (Shy(), None, "text/plain", "Shy"),
        ([Rich(), Rich()], None, "application/x-daggr-list", "2 × Rich"),
    ],
)
def test_previews(value: Any, component: Any, mime: str, summary: str) -> None:
    found = preview(value, component)
    assert (found.mime, found.summary) == (mime, summary)
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


@pytest.mark.parametrize("value", ["x" * 5_000_000, list(range(100_000)), {"k": "v" * 100_000}])
def test_large_values_are_cut_short_until_asked_for(value: Any) -> None:
    found = preview(value)
    assert not found.inline
    assert len(json.dumps(found.model_dump(mode="json"))) < 11_000
    mime, data = content(value)
    assert len(data) >= 100_000
    assert mime in ("text/plain", "application/json")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**60, str(2**60)),
        ((1, {"a": b"x"}), [1, {"a": "b'x'"}]),
        ({1: 2}, {"1": 2}),
    ],
)
def test_what_json_cannot_say_becomes_text(value: Any, plain: Any) -> None:
    assert as_json(value) == plain


def test_what_contains_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    json.dumps(as_json(endless))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_picture_reaches_the_browser(mode: str) -> None:
    image = pytest.importorskip("PIL.Image")
    value = image.new(mode, (300, 150))
    assert preview(value).summary == "Image 300 × 150"
    mime, data = content(value, 100)
    with image.open(io.BytesIO(data)) as shown:
        assert (mime, shown.format, shown.size) == ("image/png", "PNG", (100, 50))


def test_the_still_picture_shows_the_graph() -> None:
    image = pytest.importorskip("PIL.Image")
    make = FnNode(lambda: image.new("RGB", (40, 20), "red"), "make <it>", outputs=["photo"])
    use = FnNode(lambda photo: photo.size, "use", inputs={"photo": make.photo}, outputs=["size"])
    graph = Graph("Still & quiet", [use])
    before = picture(graph.session, graph.name)
    graph.run()
    after = picture(graph.session, graph.name)
    assert "make &lt;it&gt;" in before
    assert ("class='edge-stale'" in before, "class='edge-fresh'" in before) == (True, False)
    assert ("class='edge-stale'" in after, "class='edge-fresh'" in after) == (False, True)
    assert "data:image/png;base64," in after
    assert '<img src="data:image/svg+xml;base64,' in picture_html(graph.session, graph.name)
    import xml.etree.ElementTree as ElementTree

    ElementTree.fromstring(after)


def test_a_wide_still_picture_is_small_and_an_export_is_whole() -> None:
    node = FnNode(str.upper, "step 0", inputs={"self": ui.Textbox(value="a word to read")})
    for i in range(1, 70):  # of so many, nothing folds into rows
        node = FnNode(str.strip, f"step {i}", inputs={"self": node.output}, version=str(i))
    graph = Graph("Wide", [node], persist_key=False)
    whole, brief = (picture(graph.session, graph.name, brief=brief) for brief in (False, True))
    assert "a word to read" in whole
    assert "a word to read" not in brief
    assert all(f">step {i}<" in brief for i in range(70))
    assert len(picture_html(graph.session, graph.name)) < 70 * 700


LARGE = 2**53 + 1


def test_large_integers_keep_their_digits_and_are_no_text() -> None:
    found = preview([LARGE, {"a": -LARGE}, 2**53])
    assert found.data == [{"$int": str(LARGE)}, {"a": {"$int": str(-LARGE)}}, 2**53]
    assert json.loads(content([LARGE, {"a": -LARGE}])[1]) == [LARGE, {"a": -LARGE}]
    assert preview(LARGE).data == str(LARGE)
    assert preview(str(LARGE)).data == str(LARGE)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({1: "a", "1": "b"}, ["1", "'1'"]),
        ({"1": "a", 1: "b", 2: "c"}, ["'1'", "1", "2"]),
        ({True: "a", "True": "b"}, ["True", "'True'"]),
        ({None: "a", "None": "b"}, ["None", "'None'"]),
        ({1.5: "a", "1.5": "b"}, ["1.5", "'1.5'"]),
        ({(1, 2): "a", "(1, 2)": "b"}, ["(1, 2)", "'(1, 2)'"]),
        ({"a": "a", "b": "b"}, ["a", "b"]),
        ({1: "a", "1": "b", "'1'": "c"}, ["1", "'1'", "'1' (2)"]),
    ],
)
def test_keys_that_only_look_alike_stay_apart(value: Any, names: list[str]) -> None:
    assert list(as_json(value)) == names
    assert list(as_json(value).values()) == list(value.values())


def test_a_still_picture_shows_the_digits_of_large_integers() -> None:
    graph = Graph("Large", [FnNode(lambda: {"a": LARGE}, "it")], persist_key=False)
    graph.run()
    drawing = graph.canvas().still() or ""
    svg = base64.b64decode(drawing.partition("base64,")[2].partition('"')[0]).decode()
    assert str(LARGE) in svg
    assert "$int" not in svg
    assert str(LARGE) in graph.snapshot().html
