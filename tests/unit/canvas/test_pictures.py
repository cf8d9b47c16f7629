"""Still pictures: what every card of them shows, and how large they are."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pandas
import pytest

from daggr_nb import FnNode, Graph, NodeFailed, ui
from daggr_nb._canvas.displays.previews import content
from daggr_nb._canvas.export.lettering import width_of
from daggr_nb._canvas.export.picture import DARK, picture, picture_html
from tests.waiting import wait_for

image = pytest.importorskip("PIL.Image")

SVG = "{http://www.w3.org/2000/svg}"


def photograph(seed: int, size: tuple[int, int] = (1024, 768)) -> Any:
    """A picture with as much detail as a photograph."""
    draw = random.Random(seed)
    small = image.new("RGB", (48, 36))
    small.putdata([tuple(draw.randrange(256) for _ in range(3)) for _ in range(48 * 36)])
    return small.resize(size, image.Resampling.BICUBIC)


def graph_of(value: Any, component: ui.Component | None = None) -> Graph:
    graph = Graph("One", [FnNode(lambda: value, "made", outputs={"it": component})], store=None)
    graph.run()
    return graph


def drawn(graph: Graph) -> str:
    svg = picture(graph.session, graph.name)
    ElementTree.fromstring(svg)
    return svg


@pytest.mark.parametrize(
    ("value", "component", "shown"),
    [
        (7, None, [">7<"]),
        ("a *few* words", ui.Markdown(), [">a few words<"]),
        ("# Title\n\n- **one**", ui.Markdown(), [">Title<", ">• one<"]),
        (["#ff0000", "#00aa00"], ui.Palette(), ["fill='#ff0000'", "fill='#00aa00'"]),
        (["Ann", "Bo"], None, [">Ann<", ">Bo<"]),
        ({"cat": 0.75, "dog": 0.25}, ui.Label(), [">cat<", ">75%<"]),
        (pandas.DataFrame({"river": ["Ouse"], "km": [83]}), None, [">river<", ">Ouse<", ">83<"]),
        ([photograph(0), photograph(1)], ui.Gallery(), ["<image", "data:image/jpeg"]),
        (photograph(0), ui.Image(), ["<image", "data:image/jpeg"]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_card_shows_its_result(value: Any, component: Any, shown: list[str]) -> None:
    graph = graph_of(value, component)
    # On a busy machine the first look at a frame comes late, and says so meanwhile.
    wait_for(lambda: "takes long" in drawn(graph), False)
    svg = drawn(graph)
    assert [part for part in shown if part not in svg] == []


TEXTS = [
    "short",
    "word " * 40,
    "W" * 300,
    "一二三四五" * 30,
    "\x00<b>&",
    "i" * 500,
    "🦦" * 90,
    "\n\n",
]


@pytest.mark.parametrize("said", TEXTS)
def test_no_text_reaches_the_border_of_its_card(said: str) -> None:
    name = "a_node_with_a_name_that_is_rather_long_for_a_card"
    port = {"an input with a long name, too": ui.Textbox(said)}
    node = FnNode(lambda **all: said, name, inputs=port, outputs={"and such an output": None})
    graph = Graph("Long", [node], store=None)
    graph.run()
    (card,) = ElementTree.fromstring(drawn(graph)).findall(f"{SVG}svg")
    for line in card.iter(f"{SVG}text"):
        look, at = line.attrib["class"].split(), float(line.attrib["x"])
        wide = width_of(line.text or "", 13 if "name" in look else 11.5, "name" in look)
        assert wide <= (268 - 24 if "end" in look else 268 - 24 - at + 12), line.text


def broken() -> int:
    raise ValueError("no such otter: 'Bo'")


def test_a_failure_says_why_and_what_is_stale_says_so() -> None:
    first = FnNode(str.upper, "first", inputs={"self": ui.Textbox("ada")})
    graph = Graph("Two", [first, FnNode(broken)], store=None)
    with pytest.raises(NodeFailed):
        graph.run()
    assert "class='failed'" in drawn(graph)
    assert "no such otter" in drawn(graph)
    graph.inputs["first__self"] = "eva"
    assert ">stale<" in drawn(graph)


def test_a_picture_has_the_colours_of_both_themes_once() -> None:
    svg = drawn(graph_of(1))
    assert svg.count(DARK) == 1
    light, dark = (
        set(re.findall(r"\.([a-z-]+)\{(?:fill|stroke):#", part)) for part in svg.split(DARK)
    )
    assert light == dark


def test_six_photographs_fit_into_a_megabyte(tmp_path: Path) -> None:
    taken = FnNode(lambda: [*map(photograph, range(6))], "taken", outputs={"all": ui.Gallery()})
    shown = FnNode(
        lambda photo: photo.copy(), "shown", inputs={"photo": taken.all.each}, outputs={"one": None}
    )
    graph = Graph("Six", [shown], store=None)
    graph.run()
    assert len(picture_html(graph.session, graph.name)) < 400_000
    assert drawn(graph).count("<image") == 12
    assert graph.export(tmp_path / "six.html").stat().st_size < 1_000_000


def test_a_figure_is_drawn_without_touching_the_one_that_a_cell_may_draw() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(layout="constrained")
    axes = figure.subplots()
    axes.set_ylabel("a tall\nlabel\nof lines")
    before = axes.get_position().bounds
    mime, data = content(figure, 400)
    assert (mime, data[:4]) == ("image/png", b"\x89PNG")
    assert axes.get_position().bounds == before, "to draw a figure is to lay it out"
