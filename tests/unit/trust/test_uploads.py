"""Uploads: what is whole stays, names fit, and nobody fills the disk."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.uploads import VISITOR, Uploads
from daggr_nb.errors import DaggrError, InputError
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import Visitor, refused, run, told


def whole(uploads: Uploads, upload: str, name: str = "a.txt", data: bytes = b"abcd") -> Path:
    return uploads.file(uploads.take(upload, name, len(data), 0, data)[1])


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_t03_a_whole_file_stays_whatever_is_cancelled_or_begun(tmp_path: Path) -> None:
    clock = Clock()
    uploads = Uploads(tmp_path, clock=clock)
    path = whole(uploads, "one")
    uploads.cancel("one")
    assert path.exists(), "it was whole"
    uploads.take("two", "a.txt", 4, 0, b"ab")
    uploads.take("two", "a.txt", 4, 2, b"cd")
    uploads.cancel("two")
    assert path.read_bytes() == b"abcd", "the same file, sent again"
    clock.now += 2 * 3600
    uploads.take("three", "b.txt", 4, 0, b"ef")
    uploads.close()
    assert path.read_bytes() == b"abcd"


def test_t03_a_file_in_use_outlives_the_next_upload(tmp_path: Path) -> None:
    node = FnNode(lambda file: Path(file).read_text(), "read", inputs={"file": ui.File()})
    for store in (tmp_path, None):
        graph = Graph("In use", [node], store=store, persist_key=None if store else False)
        view = View(graph)
        handle = view.upload("a.txt", b"kept")
        assert refused(view, "set_input", node="read", port="file", value=handle) == ""
        view.upload("b.txt", b"other")
        assert refused(view, "cancel_upload", upload="a.txt") == ""
        assert graph.run()["read"]["output"] == "kept"
        graph.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ж" * 300 + ".png", "ж" * 98 + ".png"),
        ("漢" * 300 + ".tar.gz", "漢" * 65 + ".gz"),
        ("漢" * 90 + ".png", "漢" * 65 + ".png"),
        ("x" * 300, "x" * 200),
        ("." + "y" * 300, "." + "y" * 199),
        ("a." + "z" * 300, "a." + "z" * 198),
        ("half \ud83d.txt", "half ?.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\..", "file"),
        ("", "file"),
        ("a\x00b", "ab"),
        ("a\nb\x1b\x7f.txt", "ab.txt"),
        ("no ending", "no ending"),
        ("two.dots..txt", "two.dots..txt"),
        ("...", "file"),
        (" .hidden ", ".hidden"),
        ("🦦" * 60 + ".jpeg", "🦦" * 48 + ".jpeg"),
        (
            "e\u0301" * 90 + ".csv",
            ("e\u0301" * 90).encode()[:196].decode("utf-8", "ignore") + ".csv",
        ),
        ("x" * 195 + "." + "ж" * 9, "x" * 181 + "." + "ж" * 9),
    ],
)
def test_t22_a_name_fits_and_keeps_its_ending(tmp_path: Path, name: str, expected: str) -> None:
    path = whole(Uploads(tmp_path), "u", name)
    assert len(path.name.encode()) <= 200
    assert path.name == expected


@pytest.mark.parametrize("size", [-1, -(10**12), 10**15, 1 << 62])
def test_t22_a_size_is_none_that_no_file_has(tmp_path: Path, size: int) -> None:
    graph = Graph("Sizes", [FnNode(repr, "it", inputs={"obj": ui.File()})], store=tmp_path)
    for view in (View(graph), Visitor(graph)):
        assert refused(view, "upload", b"x", upload="u", name="a", size=size, at=0)
    assert not list(tmp_path.rglob("uploads/*"))


def test_t22_there_must_be_room(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, free=lambda path: 300_000_000)
    with pytest.raises(InputError, match=r"There is no room for 'b'.*200,000,000 are free"):
        uploads.take("u", "b", 200_000_001, 0, b"x")
    uploads.take("v", "c", 150_000_000, 0, b"x")
    with pytest.raises(InputError, match="50,000,001 are free"):  # what is on its way counts
        uploads.take("w", "d", 150_000_000, 0, b"x")


def test_t22_few_are_on_their_way_at_once_and_one_that_is_idle_makes_way(tmp_path: Path) -> None:
    clock = Clock()
    uploads = Uploads(tmp_path, visited=True, clock=clock)
    for upload in range(8):
        uploads.take(str(upload), "a", 4, 0, b"a")
    with pytest.raises(InputError, match="8 files are on their way"):
        uploads.take("ninth", "a", 4, 0, b"a")
    clock.now += 100
    uploads.take("ninth", "a", 4, 0, b"a")
    drafts = [path for path in (tmp_path / "uploads").iterdir() if path.name.startswith(".")]
    assert len(drafts) == 1
    uploads.close()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_t22_a_visitor_uploads_within_bounds(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, visited=True)
    with pytest.raises(InputError, match="up to 1,000,000,000 bytes"):
        uploads.take("u", "a", 1_000_000_001, 0, b"")
    for count in range(1_000):
        whole(uploads, "u", "a", count.to_bytes(2, "big"))
    with pytest.raises(DaggrError, match="may upload 1,000 files"):
        whole(uploads, "u")
    uploads = Uploads(tmp_path, visited=True)
    with pytest.raises(InputError, match="A piece of a file"):
        uploads.take("u", "a", 20_000_000, 0, b"x" * 16_000_001)


def test_t22_what_a_killed_kernel_left_goes_when_the_next_opens(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    for name, age in ((".old", 7200), (".young", 60)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age,) * 2)
    Uploads(tmp_path)
    assert [path.name for path in folder.iterdir()] == [".young"]


def test_t22_a_disk_that_is_full_is_said_and_the_piece_can_come_again(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    uploads.take("u", "a", 4, 0, b"ab")
    draft = next((tmp_path / "uploads").glob(".*"))
    data = draft.read_bytes()
    draft.unlink()
    with pytest.raises(InputError, match="cannot be taken"):
        uploads.take("u", "a", 4, 2, b"cd")
    draft.write_bytes(data)
    assert uploads.file(uploads.take("u", "a", 4, 2, b"cd")[1]).read_bytes() == b"abcd"


def test_t22_what_a_visitor_says_is_bounded(tmp_path: Path) -> None:
    graph = Graph("Bounds", [FnNode(repr, "it", inputs={"obj": ui.JSON()})], store=tmp_path)
    visitor, owner = Visitor(graph), View(graph)
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]
    for value in ("x" * 5_000_000, deep, [["x" * 1000] * 100] * 50):
        assert "expected" in refused(visitor, "set_input", node="it", port="obj", value=value)
    assert refused(owner, "set_input", node="it", port="obj", value="x" * 5_000_000) == ""
    assert refused(visitor, "fetch", node="it", port="obj", control=True, path=[0] * 100)
    assert told(visitor, "sync", rev=0) is not None


def test_t03_the_same_file_sent_again_leaves_the_one_in_use_and_mends_one_that_is_not_whole(
    tmp_path: Path,
) -> None:
    uploads = Uploads(tmp_path)
    path = whole(uploads, "one")
    inode = path.stat().st_ino
    assert whole(uploads, "two") == path
    assert path.stat().st_ino == inode
    path.write_bytes(b"ab")
    assert whole(uploads, "three").read_bytes() == b"abcd"
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert whole(uploads, "four").read_bytes() == b"abcd"


def test_t22_the_views_of_a_visit_have_their_bounds_together(tmp_path: Path) -> None:
    graph = Graph("Views", [FnNode(repr, "it", inputs={"obj": ui.File()})], store=tmp_path)
    visitor = Visitor(graph)
    pages = [View(SimpleNamespace(session=visitor.session, name="Views")) for _ in range(3)]  # type: ignore[arg-type]
    begun = {"size": 2, "at": 0, "name": "a"}
    for count in range(8):
        assert refused(pages[count % 3], "upload", b"a", upload="u" + "x" * count, **begun) == ""
    assert "8 files are on their way" in refused(visitor, "upload", b"a", upload="y", **begun)
    assert refused(pages[0], "cancel_upload", upload="ux") == "", "which is another page's"
    assert "8 files are on their way" in refused(pages[0], "upload", b"a", upload="y", **begun)
    pages[1].bridge.end()
    pages[1].bridge.receive({"kind": "sync", "id": "x", "rev": 0})
    assert refused(Visitor(graph), "upload", b"a", upload="y", **begun) == "", "another visit"
    size = VISITOR.total // 4
    ids = itertools.count()
    for page in (visitor, *pages[:1], pages[2]):
        for upload in ("u", "ux", "uxx", "uxxx", "uxxxx", "uxxxxx", "uxxxxxx", "uxxxxxxx"):
            refused(page, "cancel_upload", upload=upload)
    large = {"size": size, "at": 0, "name": "a"}
    errors = [
        refused(page, "upload", b"a", upload=f"large{next(ids)}", **large)
        for page in (visitor, pages[0], pages[2], pages[0], visitor)
    ]
    assert errors[:3] == ["", "", ""]
    assert "A visitor may upload" in errors[4]


def test_t22_a_file_of_one_view_is_known_to_the_others_of_the_visit(tmp_path: Path) -> None:
    graph = Graph("Handles", [FnNode(repr, "it", inputs={"obj": ui.File()})], store=tmp_path)
    visitor = Visitor(graph)
    page = View(SimpleNamespace(session=visitor.session, name="Handles"))  # type: ignore[arg-type]
    handle = page.upload("a.txt", b"abcd")
    for view in (page, visitor):
        assert refused(view, "set_input", node="it", port="obj", value=handle) == ""
    assert refused(Visitor(graph), "set_input", node="it", port="obj", value=handle)


def test_t05_the_owners_prune_leaves_what_a_visit_has_uploaded(tmp_path: Path) -> None:
    node = FnNode(lambda file: Path(file).read_text(), "read", inputs={"file": ui.File()})
    graph = Graph("Pruned", [node], store=tmp_path)
    graph.status()
    folder = graph.store.folder
    assert folder is not None
    clock = Clock()
    visitor = Visitor(graph, uploads=Uploads(folder, visited=True, clock=clock))
    handle = visitor.upload("mine.txt", b"mine")
    assert refused(visitor, "set_input", node="read", port="file", value=handle) == ""
    [place] = (folder / "uploads").iterdir()
    for hours in (1, 2, 3):
        os.utime(place, (time.time() - 2 * 3600,) * 2)
        clock.now = hours * 3600
        told(visitor, "plan")
        graph.store.prune()
        assert place.is_dir(), "the visit lives"
    run(visitor)
    assert visitor.shown("read", "output") == "mine"
    os.utime(place, (time.time() - 2 * 3600,) * 2)
    other = folder / "uploads" / ("0" * 32)
    other.mkdir()
    os.utime(other, (time.time() - 2 * 3600,) * 2)
    graph.store.prune(keep=0)
    assert not other.exists()
