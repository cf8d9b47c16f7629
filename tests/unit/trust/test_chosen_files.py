"""What a visitor enters chooses no file, whatever functions make of it; files of runs are shown."""

from __future__ import annotations

import base64
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, ui
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told

TOKEN = b"the-private-text"


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the server, beside a folder whose files the author shows."""
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "otter.csv").write_text("animal,n\nthe-otters,1\n")
    path = tmp_path / "private.csv"
    path.write_text("name,n\nthe-private-text,1\n")
    made_long_ago(path)
    made_long_ago(tmp_path / "shown" / "otter.csv")
    monkeypatch.chdir(tmp_path)
    return path


def made_long_ago(path: Path) -> None:
    os.utime(path, (1e9, 1e9))


def bytes_shown(view: View, node: str, port: str = "value") -> bytes:
    """All that can be had of an output."""
    got = b""
    for how in ({}, {"whole": True}, {"path": [0]}, {"path": [0], "whole": True}):
        view.fetched = []
        told(view, "fetch", node=node, port=port, **how)
        got += b"".join(bytes(buffer) for buffer in view.fetched)
    return got


def error_of(view: View, node: str) -> str:
    nodes = {card["id"]: card for card in view.bridge.snapshot()["nodes"]}
    error = nodes[node]["state"]["error"]
    return str(error["message"]) if error else ""


def enter(visitor: Visitor, text: Any, node: str = "it", port: str = "text") -> None:
    assert refused(visitor, "set_input", node=node, port=port, value=text) == ""
    run(visitor)


CHANGES: dict[str, tuple[Callable[[Path], str], Callable[[str], Any]]] = {
    "joined": (lambda p: f"../{p.name}", lambda text: Path("shown") / text),
    "suffixed": (lambda p: str(p.with_suffix("")), lambda text: Path(f"{text}.csv")),
    "stripped": (lambda p: f"  {p} ", lambda text: Path(text.strip())),
    "lowered": (lambda p: p.name.upper(), lambda text: Path(text.lower())),
    "unquoted": (lambda p: quote(str(p), safe=""), lambda text: Path(unquote(text))),
    "decoded": (
        lambda p: base64.b64encode(str(p).encode()).decode(),
        lambda text: Path(base64.b64decode(text).decode()),
    ),
    "found": (lambda p: "*vate.csv", lambda text: next(Path().glob(text))),
    "a text": (lambda p: f" {p}", lambda text: text.strip()),
    "in a list": (lambda p: f" {p}", lambda text: [Path(text.strip())]),
    "in a dict": (lambda p: f" {p}", lambda text: {"file": Path(text.strip())}),
}
SHOWS: list[Callable[[], ui.Component]] = [
    ui.File,
    ui.Image,
    ui.Audio,
    ui.Video,
    ui.Model3D,
    ui.Gallery,
    ui.ImageSlider,
    ui.Dataframe,
    ui.JSON,
    ui.Component,
]


@pytest.mark.parametrize("change", CHANGES)
def test_t02_a_name_that_is_made_of_a_visitors_text_opens_nothing(
    change: str, private: Path, tmp_path: Path
) -> None:
    make_text, function = CHANGES[change]
    node = FnNode(
        lambda text: function(text),
        "it",
        inputs={"text": ui.Textbox("?")},
        outputs={"value": ui.File()},
    )
    visitor = Visitor(Graph("Changed", [node], store=tmp_path / "store"))
    enter(visitor, make_text(private))
    assert TOKEN not in bytes_shown(visitor, "it")
    assert "which a visitor has typed" in error_of(visitor, "it")


@pytest.mark.parametrize("kind", SHOWS)
def test_t02_nor_through_several_steps_whatever_shows_it(
    kind: Callable[[], ui.Component], private: Path, tmp_path: Path
) -> None:
    form = InputNode("form", {"text": ui.Textbox("otters")})
    first = FnNode(lambda text: text.strip(), "first", inputs={"text": form.text})
    second = FnNode(lambda words: {"name": words}, "second", inputs={"words": first.output})
    it = FnNode(
        lambda found: Path(found["name"]),
        "it",
        inputs={"found": second.output},
        outputs={"value": kind()},
    )
    visitor = Visitor(Graph("Steps", [it], store=tmp_path / "store"))
    enter(visitor, f" {private}", "form")
    assert TOKEN not in bytes_shown(visitor, "it")
    assert "which a visitor has typed" in error_of(visitor, "it")


def test_t02_nor_item_by_item(private: Path, tmp_path: Path) -> None:
    form = InputNode("form", {"rows": ItemList(name=ui.Textbox())})
    it = FnNode(
        lambda name: Path(name.strip()),
        "it",
        inputs={"name": form.rows.each["name"]},
        outputs={"value": ui.File()},
    )
    visitor = Visitor(Graph("Items", [it], store=tmp_path / "store"))
    enter(visitor, [{"name": "none"}, {"name": f"{private} "}], "form", "rows")
    assert TOKEN not in bytes_shown(visitor, "it")
    assert "which a visitor has typed" in error_of(visitor, "it")


def test_t02_no_text_of_a_visitor_becomes_a_path_that_is_asked_for(
    private: Path, tmp_path: Path
) -> None:
    def read(path: Path) -> str:
        return path.read_text()

    def maybe(path: Path | None) -> str:
        return path.read_text() if path else ""

    nodes = [FnNode(f, inputs={"path": ui.Textbox()}, outputs=["value"]) for f in (read, maybe)]
    graph = Graph("Paths", nodes, store=tmp_path / "store")
    visitor = Visitor(graph)
    for name in ("read", "maybe"):
        enter(visitor, str(private), name, "path")
        assert "expected a file, and got the text" in error_of(visitor, name)
        assert TOKEN not in bytes_shown(visitor, name)
    assert "the-private" in graph.run("read", inputs={"read__path": str(private)})["read"]["value"]


def test_t02_what_the_author_once_made_of_the_same_text_is_not_handed_out(
    private: Path, tmp_path: Path
) -> None:
    inputs, outputs = {"text": ui.Textbox()}, {"value": ui.File()}
    node = FnNode(lambda text: Path(text.strip()), "it", inputs=inputs, outputs=outputs)
    graph = Graph("Author", [node], store=tmp_path / "store")
    graph.run(inputs={"it__text": f" {private}"})
    graph.run(inputs={"it__text": "none"})
    visitor = Visitor(graph)
    enter(visitor, f" {private}")
    assert TOKEN not in bytes_shown(visitor, "it")
    assert "which a visitor has typed" in error_of(visitor, "it")
    assert TOKEN in bytes_shown(View(graph), "it") or graph.run(inputs={"it__text": f" {private}"})


def test_t02_no_database_is_new(private: Path, tmp_path: Path) -> None:
    node = FnNode(
        lambda text: Path(text), "it", inputs={"text": ui.Textbox()}, outputs={"value": ui.File()}
    )
    graph = Graph("Database", [node], store=tmp_path / "store")
    graph.run(inputs={"it__text": "none"})
    visitor = Visitor(graph)
    assert graph.store.folder is not None
    for name in ("cache.db", "cache.db-wal"):
        graph.run(inputs={"it__text": name})
        enter(visitor, str(graph.store.folder / name))
        assert "which a visitor has typed" in error_of(visitor, "it")


def test_t02_files_of_the_run_are_shown(private: Path, tmp_path: Path) -> None:
    def draw(text: str) -> Path:
        path = Path(f"{text}.txt")
        path.write_text(f"drawn: {text}")
        return path

    def beside(file: Path, text: str) -> Path:
        return file

    draw_node = FnNode(draw, "it", inputs={"text": ui.Textbox()}, outputs={"value": ui.File()})
    copy = FnNode(
        lambda path, text: Path(shutil.copy(path, f"{text}-copy.txt")),
        "copy",
        inputs={"path": draw_node.value, "text": ui.Textbox("c")},
        outputs={"value": ui.File()},
    )
    passed = FnNode(
        beside,
        "passed",
        inputs={"file": ui.File(), "text": ui.Textbox()},
        outputs={"value": ui.File()},
    )
    graph = Graph("Made", [copy, passed], store=tmp_path / "store")
    visitor = Visitor(graph)
    mine = visitor.upload("mine.txt", b"uploaded")
    told(visitor, "set_input", node="passed", port="file", value=mine)
    told(visitor, "set_input", node="passed", port="text", value="whatever")
    for _ in range(2):  # the second visitor gets the result of the first
        enter(visitor, "otters")
        assert b"drawn: otters" in bytes_shown(visitor, "it")
        enter(visitor, "c2", "copy")
        assert b"drawn: otters" in bytes_shown(visitor, "copy")
        visitor = Visitor(graph)
    assert [run.status for run in graph.history("it")] == ["succeeded"]


def test_t02_files_whose_path_the_author_gave_are_shown(private: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shown"
    otter = folder / "otter.csv"

    def given(text: str, folder: Path) -> Path:
        return folder / text

    def captured(text: str) -> Path:
        return folder / text

    def written(text: str) -> Path:
        return Path("shown/otter.csv")

    def named(text: str, name: str) -> Path:
        return Path(name)

    def chosen(text: str, n: int) -> Path:
        return sorted(folder.iterdir())[n]

    text, outputs = ui.Textbox("?"), {"value": ui.File()}
    more: dict[Any, dict[str, Any]] = {
        given: {"folder": folder},
        captured: {},
        written: {},
        named: {"name": str(otter)},
        chosen: {"n": ui.Slider(0, 3, 0)},
    }
    nodes = [FnNode(f, inputs={"text": text, **m}, outputs=outputs) for f, m in more.items()]
    visitor = Visitor(Graph("Given", nodes, store=tmp_path / "store"))
    for function in more:
        enter(visitor, "otter.csv", function.__name__)
        assert b"the-otters" in bytes_shown(visitor, function.__name__), function
    for function in (given, captured):
        enter(visitor, "../private.csv", function.__name__)
        assert TOKEN not in bytes_shown(visitor, function.__name__)
        assert "which a visitor has typed" in error_of(visitor, function.__name__)


def test_t02_a_file_is_shown_when_the_run_that_names_it_is_over(
    private: Path, tmp_path: Path
) -> None:
    def early(text: str) -> Iterator[Path]:
        yield Path(text.strip())
        began.set()
        assert go_on.wait(20)
        yield Path("nowhere")

    began, go_on = threading.Event(), threading.Event()
    node = FnNode(early, "it", inputs={"text": ui.Textbox()}, outputs={"value": ui.File()})
    visitor = Visitor(Graph("Early", [node], store=tmp_path / "store"))
    told(visitor, "set_input", node="it", port="text", value=f" {private}")
    visitor.say("run")
    assert began.wait(20)
    visitor.until(lambda: visitor.nodes["it"]["values"].get("value"))
    shown = visitor.nodes["it"]["values"]["value"]
    go_on.set()
    assert (shown["kind"], shown["summary"]) == ("text", "a file")
