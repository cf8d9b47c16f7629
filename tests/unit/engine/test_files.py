"""Files as values: by content and place, and read again as they were (K4)."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from daggr_nb import Const, FnNode, Graph, InputNode, digest, ui
from daggr_nb._canvas import views
from daggr_nb._ids import NodeId


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a temporary folder beside it, as on most machines."""
    work = tmp_path / "project"
    work.mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(work)
    return work


# ---------------------------------------------------------------- what counts


class OwnPath(type(Path())):  # type: ignore[misc]
    pass


SAME = {
    "absolute and relative": lambda p: (put(p / "a/x.csv", "1"), Path("a/x.csv")),
    "a dot more": lambda p: (put(p / "a/x.csv", "1"), Path("./a/x.csv")),
    "by a link to the project": lambda p: (put(p / "x.csv", "1"), _linked(p) / "x.csv"),
    "a path of one's own class": lambda p: (put(p / "x.csv", "1"), OwnPath("x.csv")),
    "there and back": lambda p: (put(p / "x.csv", "1"), p / ".." / p.name / "x.csv"),
    "two drawn names": lambda p: (_drawn(".csv", "1"), _drawn(".csv", "1")),
    "two drawn folders": lambda p: (_in_drawn("a.png", "1"), _in_drawn("b.png", "1")),
}
OTHER = {
    "another name": lambda p: (put(p / "x.csv", "1"), put(p / "y.csv", "1")),
    "another folder": lambda p: (put(p / "cats/1.txt", "1"), put(p / "dogs/1.txt", "1")),
    "another content": lambda p: (put(p / "x.csv", "1"), put(p / "y/x.csv", "2")),
    "outside the project": lambda p: (put(p / "x.csv", "1"), put(p.parent / "x.csv", "1")),
    "a drawn name of another suffix": lambda p: (_drawn(".csv", "1"), _drawn(".tsv", "1")),
    "a drawn name of another content": lambda p: (_drawn(".csv", "1"), _drawn(".csv", "2")),
    "two files that are not there": lambda p: (_gone("a.csv"), _gone("b.csv")),
}


def _linked(project: Path) -> Path:
    link = project.parent / "link"
    link.symlink_to(project)
    return link


def _drawn(suffix: str, text: str) -> Path:
    with tempfile.NamedTemporaryFile("w", suffix=suffix, delete=False) as out:
        out.write(text)
    return Path(out.name)


def _in_drawn(name: str, text: str) -> Path:
    return put(Path(tempfile.mkdtemp()) / name, text)


def _gone(name: str) -> Path:
    return Path(tempfile.gettempdir()) / name


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_the_same_content_at_the_same_place_is_the_same(
    project: Path, pair: Callable[[Path], tuple[Path, Path]]
) -> None:
    one, other = pair(project)
    assert digest(one) == digest(other)
    assert digest([{"of": one}]) == digest([{"of": other}])


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER.keys())
def test_content_and_place_both_count(
    project: Path, pair: Callable[[Path], tuple[Path, Path]]
) -> None:
    one, other = pair(project)
    assert digest(one) != digest(other)


def test_a_working_folder_below_the_temporary_one_counts_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    assert digest(put(Path("a.txt"), "1")) != digest(put(Path("b.txt"), "1"))
    assert digest(put(Path("../a.txt"), "1")) == digest(put(Path("../b.txt"), "1"))


def test_a_file_under_another_name_is_not_taken_for_it(project: Path) -> None:
    files = [put(project / "cats/1.txt", "same"), put(project / "dogs/1.txt", "same")]
    paths = FnNode(lambda: list(files), "paths", version="1", volatile=True)
    label = FnNode(lambda path: path.parent.name, "label", {"path": paths.output.each}, version="1")
    graph = Graph("Names", [label])
    assert graph.run()["label"]["output"] == ["cats", "dogs"]
    files.reverse()
    assert graph.run()["label"]["output"] == ["dogs", "cats"]


# ---------------------------------------------------------------- read again


@dataclasses.dataclass
class Page:
    number: int
    scan: Path


@dataclasses.dataclass(frozen=True)
class Book:
    pages: tuple[Page, ...]


class Pair(NamedTuple):
    before: Path
    after: Path


class Plain:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and other.path.name == self.path.name

    __hash__ = None  # type: ignore[assignment]


HOLDERS: dict[str, tuple[Callable[[Path], Any], Callable[[Any], Path]]] = {
    "a path": (lambda p: p, lambda v: v),
    "a relative path": (lambda p: Path(p.name), lambda v: v),
    "a list": (lambda p: [1, p], lambda v: v[1]),
    "a tuple in a dict": (lambda p: {"a": (p, "caption")}, lambda v: v["a"][0]),
    "a key": (lambda p: {p: 1}, lambda v: next(iter(v))),
    "a set": (lambda p: {p}, lambda v: next(iter(v))),
    "a data class": (lambda p: Page(1, p), lambda v: v.scan),
    "frozen ones, nested": (lambda p: Book((Page(1, p),)), lambda v: v.pages[0].scan),
    "a named tuple": (lambda p: Pair(p, p), lambda v: v.after),
    "an object": (Plain, lambda v: v.path),
}


def _writer(hold: Callable[[Path], Any], place: Path) -> Callable[[str], Any]:
    def write(text: str) -> Any:
        place.write_text(text)
        return hold(place)

    return write


def _graph(hold: Callable[[Path], Any], take: Callable[[Any], Path], place: Path) -> Graph:
    write = FnNode(
        _writer(hold, place), "write", {"text": ui.Textbox("red")}, ["value"], version="1"
    )
    read = FnNode(
        lambda value: take(value).read_text(), "read", {"value": write.value}, version="1"
    )
    return Graph("Files", [write, read])


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_a_file_written_over_by_a_run_is_seen_and_comes_back(
    project: Path, holder: tuple[Callable[[Path], Any], Callable[[Any], Path]]
) -> None:
    hold, take = holder
    graph = _graph(hold, take, project / "out.txt")
    assert graph.run()["read"]["output"] == "red"
    graph.inputs["write__text"] = "blue"
    assert graph.run()["read"]["output"] == "blue"
    graph.select(graph.history("write")[-1])
    assert graph.status()["read"].freshness == "fresh"
    assert take(graph.results["write"]["value"]).read_text() == "red"
    graph.run("read", force=True)
    assert graph.results["read"]["output"] == "red"
    assert (project / "out.txt").read_text() == "blue"


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
@pytest.mark.parametrize("spoil", [lambda p: p.write_text("else"), lambda p: p.unlink()])
def test_what_others_do_to_a_file_changes_no_result(
    project: Path,
    holder: tuple[Callable[[Path], Any], Callable[[Any], Path]],
    spoil: Callable[[Path], Any],
) -> None:
    hold, take = holder
    graph = _graph(hold, take, project / "out.txt")
    graph.run()
    spoil(project / "out.txt")
    assert graph.run("read", force=True)["read"]["output"] == "red"
    assert graph.status()["read"].freshness == "fresh"
    assert take(graph.results["write"]["value"]).read_text() == "red"
    again = _graph(hold, take, project / "out.txt")
    assert take(again["write"].value.value).read_text() == "red"


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_the_next_kernel_gets_the_original_where_it_is_what_it_was(
    project: Path, holder: tuple[Callable[[Path], Any], Callable[[Any], Path]]
) -> None:
    hold, take = holder
    graph = _graph(hold, take, project / "out.txt")
    graph.run()
    record = graph.history("write")[0]
    assert take(record.outputs["value"]).absolute() == project / "out.txt"
    (project / "out.txt").write_text("else")
    assert take(record.outputs["value"]).read_text() == "red"
    assert take(record.outputs["value"]).name == "out.txt"
    (project / "out.txt").write_text("red")
    assert take(record.outputs["value"]).absolute() == project / "out.txt"


def _remarks(graph: Graph, node: str) -> list[str]:
    with graph.session.reading() as current:
        return views.node_state(current, NodeId(node)).remarks


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: p.write_text("else"), "out.txt has changed since"),
        (lambda p: p.unlink(), "out.txt is gone"),
        (lambda p: (p.unlink(), p.mkdir()), "out.txt has changed since"),
    ],
)
def test_the_card_says_that_a_copy_is_used(
    project: Path, spoil: Callable[[Path], Any], words: str
) -> None:
    graph = _graph(*HOLDERS["a list"], project / "out.txt")
    graph.run()
    assert not any("copy" in remark for remark in _remarks(graph, "write"))
    spoil(project / "out.txt")
    assert f"{words}: a copy from the store is used" in _remarks(graph, "write")


class SlowPath(type(Path())):  # type: ignore[misc]
    """On a disk that keeps everybody waiting."""

    def stat(self, **options: Any) -> os.stat_result:
        threading.Event().wait(0.02)
        return super().stat(**options)


class WornPath(type(Path())):  # type: ignore[misc]
    """Stands for as many files as take a while to look at."""

    def stat(self, **options: Any) -> os.stat_result:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        return super().stat(**options)


def test_the_card_says_so_on_a_slow_disk_too(project: Path) -> None:
    graph = _graph(*HOLDERS["a list"], SlowPath(project / "out.txt"))
    graph.run()
    assert not any("copy" in remark for remark in _remarks(graph, "write"))
    (project / "out.txt").write_text("else")
    assert "out.txt has changed since: a copy from the store is used" in _remarks(graph, "write")


@pytest.mark.parametrize("kind", [SlowPath, WornPath])
def test_what_python_asks_for_is_never_a_file_that_has_changed(
    project: Path, kind: Callable[[Path], Path]
) -> None:
    hold, take = HOLDERS["a list"]
    graph = _graph(hold, take, kind(project / "out.txt"))
    graph.run()
    assert take(graph["write"].value.value).read_text() == "red"
    (project / "out.txt").write_text("else")
    assert take(graph["write"].value.value).read_text() == "red"
    assert take(graph.results["write"]["value"]).read_text() == "red"


# ---------------------------------------------------------------- text in a file port

TEXTS = {
    "Image": (ui.Image(), lambda t: t, lambda v: v),
    "Audio": (ui.Audio(), lambda t: t, lambda v: v),
    "Video": (ui.Video(), lambda t: t, lambda v: v),
    "File": (ui.File(), lambda t: t, lambda v: v),
    "Model3D": (ui.Model3D(), lambda t: t, lambda v: v),
    "Gallery": (ui.Gallery(), lambda t: [t], lambda v: v[0]),
    "Gallery with captions": (ui.Gallery(), lambda t: [(t, t)], lambda v: v[0][0]),
    "ImageSlider": (ui.ImageSlider(), lambda t: (t, t), lambda v: v[1]),
    "several files": (ui.File(file_count="multiple"), lambda t: [t], lambda v: v[0]),
    "files by name": (ui.File(), lambda t: {"a": t}, lambda v: v["a"]),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_that_names_a_file_is_kept_as_the_file(project: Path, text: Any) -> None:
    component, give, take = text
    place = str(project / "out.bin")

    def write(content: str) -> Any:
        Path(place).write_text(content)
        return give(place)

    source = FnNode(write, "write", {"content": ui.Textbox("red")}, {"v": component}, version="1")
    read = FnNode(lambda v: Path(take(v)).read_text(), "read", {"v": source.v}, version="1")
    graph = Graph("Texts", [read])
    assert graph.run()["read"]["output"] == "red"
    graph.inputs["write__content"] = "blue"
    assert graph.run()["read"]["output"] == "blue"
    graph.select(graph.history("write")[-1])
    assert take(source.v.value).read_text() == "red"


def test_a_caption_stays_a_text_and_so_does_what_names_nothing(project: Path) -> None:
    put(project / "a.png", "1")
    gallery = FnNode(lambda: [("a.png", "a.png")], "gallery", {}, {"v": ui.Gallery()})
    words = FnNode(lambda: ["no such file", ""], "words", {}, {"v": ui.File()})
    plain = FnNode(lambda: "a.png", "plain", {}, {"v": ui.Textbox()})
    Graph("Captions", [gallery, words, plain]).run()
    assert gallery.v.value == [(Path("a.png"), "a.png")]
    assert words.v.value == ["no such file", ""]
    assert plain.v.value == "a.png"


def test_items_that_write_to_one_file_keep_their_own(project: Path) -> None:
    place = project / "frame.txt"

    def draw(n: int) -> str:
        place.write_text(f"frame {n}")
        return str(place)

    numbers = FnNode(lambda: [1, 2, 3], "numbers", version="1")
    frames = FnNode(draw, "frames", {"n": numbers.output.each}, {"v": ui.File()}, version="1")
    read = FnNode(lambda v: v.read_text(), "read", {"v": frames.v.all().each}, version="1")
    join = FnNode(lambda v: [p.read_text() for p in v], "join", {"v": frames.v.all()}, version="1")
    graph = Graph("Frames", [frames, read, join])
    result = graph.run()
    assert result["read"]["output"] == ["frame 1", "frame 2", "frame 3"]
    assert result["join"]["output"] == ["frame 1", "frame 2", "frame 3"]


# ---------------------------------------------------------------- constants, controls, captured


def test_constants_and_captured_files_count_by_content_and_place(project: Path) -> None:
    place = put(project / "in.txt", "red")
    const = FnNode(lambda p: p.read_text(), "const", {"p": Const(place)}, version="1")
    nested = FnNode(lambda p: p[0].read_text(), "nested", {"p": [place]}, version="1")
    captured = FnNode(lambda: place.read_text(), "captured")
    graph = Graph("Constants", [const, nested, captured])
    graph.run()
    place.write_text("blue")
    assert {n: s.freshness for n, s in graph.status().items()} == dict.fromkeys(
        ("const", "nested", "captured"), "stale"
    )
    assert {r["output"] for r in graph.run().values()} == {"blue"}


@pytest.mark.parametrize(
    ("component", "give", "take"),
    [
        (ui.File(), lambda p: p, lambda v: v),
        (ui.File(), str, lambda v: v),
        (ui.Image(), str, lambda v: v),
        (ui.Gallery(), lambda p: [p], lambda v: v[0]),
        (ui.File(file_count="multiple"), lambda p: [str(p)], lambda v: v[0]),
    ],
)
def test_a_file_in_a_control(
    project: Path, component: Any, give: Callable[[Path], Any], take: Callable[[Any], Path]
) -> None:
    place = put(project / "in.png", "red")
    form = InputNode("form", {"v": component})
    read = FnNode(lambda v: take(v).read_text(), "read", {"v": form.v}, version="1")
    graph = Graph("Controls", [form, read])
    graph.inputs["form__v"] = give(place)
    assert graph.run()["read"]["output"] == "red"
    place.write_text("blue")
    assert graph.run()["read"]["output"] == "blue"
    place.unlink()
    assert graph.status()["read"].freshness == "fresh"
    assert "in.png is gone: a copy from the store is used" in _remarks(graph, "form")
    assert graph.run("read", force=True)["read"]["output"] == "blue"
    assert "in.png is gone: a copy from the store is used" in _remarks(graph, "form")


def test_a_constant_that_is_gone_says_so(project: Path) -> None:
    place = put(project / "in.txt", "red")
    read = FnNode(lambda p: p.read_text(), "read", {"p": place}, version="1")
    graph = Graph("Gone", [read])
    graph.run()
    place.unlink()
    state = graph.status()["read"]
    assert state.freshness == "stale"
    assert [str(reason) for reason in state.reasons] == ["p: in.txt is gone"]
    assert read.output.value == "red"


def test_a_project_can_be_moved(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> Graph:
        place = Path.cwd() / "data" / "in.txt"
        source = FnNode(lambda p: [p.with_name("out.txt"), p], "source", {"p": place}, version="1")
        read = FnNode(lambda v: v[1].read_text(), "read", {"v": source.output}, version="1")
        return Graph("Moved", [source, read], store=store)

    store = project.parent / "store"
    put(project / "data/in.txt", "red")
    build().run()
    moved = project.parent / "elsewhere"
    monkeypatch.chdir(project.parent)
    shutil.move(project, moved)
    monkeypatch.chdir(moved)
    graph = build()
    assert {s.freshness for s in graph.status().values()} == {"fresh"}
    assert graph.results["source"]["output"] == [moved / "data/out.txt", moved / "data/in.txt"]


def test_values_outlive_a_prune(project: Path) -> None:
    graph = _graph(*HOLDERS["frozen ones, nested"], project / "out.txt")
    graph.run()
    graph.store.prune(keep=1)
    os.unlink(project / "out.txt")
    assert graph.results["write"]["value"].pages[0].scan.read_text() == "red"


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("give", [lambda p: p, lambda p: ui.File(p), Const])
def test_a_path_may_be_where_to_write(
    project: Path, there: bool, give: Callable[[Path], Any]
) -> None:
    place = project / "out.txt"
    if there:
        put(place, "old")

    def save(place: Path, text: str) -> Path:
        place.write_text(text)
        return place

    inputs = {"place": give(place), "text": ui.Textbox("red")}
    node = FnNode(save, inputs=inputs, version="1")
    graph = Graph("Destination", [node])
    for text in ("red", "blue"):
        graph.inputs["save__text"] = text
        assert graph.run()["save"]["output"].read_text() == text
        graph.run()
        assert graph.status()["save"].freshness == "fresh"


def test_a_stand_in_that_names_a_file_is_kept_as_the_file(project: Path) -> None:
    def fail() -> None:
        raise ValueError("no")

    node = FnNode(fail, outputs={"v": ui.Image()}, default=str(put(project / "a.png", "1")))
    Graph("Stand-in", [node]).run()
    assert node.v.value == project / "a.png"
