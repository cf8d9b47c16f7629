"""More members of the kinds: found by a reading of the whole wire and store code."""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.uploads import Uploads
from daggr_nb._ids import Digest
from daggr_nb._provenance.log.log import Commit, Log
from daggr_nb._provenance.log.prune import prune
from daggr_nb._provenance.log.rows import encode_row
from daggr_nb._provenance.log.store import DiskStore
from daggr_nb.errors import DaggrError, InputError, StoreError
from tests.unit.canvas.test_bridge import View
from tests.unit.trust.visits import refused

OLD = time.time() - 10 * 86_400


def old(path: Path) -> Path:
    os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Files of a person, outside any store, that nobody has touched for long."""
    folder = tmp_path / "home"
    (folder / "thesis").mkdir(parents=True)
    for name in ("thesis/chapter.txt", "notes.txt", ".profile"):
        (folder / name).write_text("years of work")
        old(folder / name)
    old(folder / "thesis")
    return folder


def untouched(home: Path) -> bool:
    names = {path.name for path in home.rglob("*")}
    return names == {"thesis", "chapter.txt", "notes.txt", ".profile"}


# ---------------------------------------------------------------- T18: links in stores


@pytest.mark.parametrize("name", ["drafts", "uploads"])
def test_t18_folders_of_a_foreign_store_that_are_links_are_not_swept(
    name: str, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    DiskStore(folder).close()
    (folder / name).symlink_to(home)
    with contextlib.suppress(DaggrError):
        store = DiskStore(folder)
        Uploads(folder).close()
        with contextlib.suppress(DaggrError):
            prune(Log(store), 1)
        store.close()
    assert untouched(home)


@pytest.mark.parametrize("name", ["drafts", "uploads"])
def test_t18_nothing_is_written_through_a_link(name: str, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    DiskStore(folder).close()
    (folder / name).symlink_to(home)
    store = DiskStore(folder)
    if name == "drafts":
        with pytest.raises(StoreError, match="is a link"):
            store.draft([b"x" * 200_000])
    else:
        with pytest.raises(InputError, match="is a link"):
            Uploads(folder).take("one", "a.txt", 4, 0, b"abcd")
    store.close()
    assert untouched(home)


@pytest.mark.parametrize("filename", ["../home/notes.txt", "zz/notes.txt", "/nowhere/notes.txt"])
def test_t18_what_takes_the_place_of_a_foreign_file_removes_none(
    filename: str, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    store = DiskStore(folder)
    store.set("a:1", b"x" * 200_000)
    store.set("a:2", b"x" * 200_000)
    with contextlib.closing(sqlite3.connect(folder / "cache.db")) as database, database:
        database.execute("UPDATE Cache SET filename = ?", (filename,))
    (folder / "zz").symlink_to(home)
    store.set("a:1", b"anew")
    store.delete("a:2")
    assert store.get("a:1") == b"anew"
    assert not store.has("a:2")
    store.close()
    assert untouched(home)


# ---------------------------------------------------------------- T12, T05: several kernels


def test_t12_a_value_that_another_kernel_has_let_go_of_is_written_again(tmp_path: Path) -> None:
    one, other = Log(DiskStore(tmp_path)), Log(DiskStore(tmp_path))
    content = {"inputs": [["form", "text", ["d1", "text"]]]}
    value = {Digest("d1"): b"a long text"}
    assert one.write_sheet("Sheet 1", content, dict(value), {}) == []
    other.store.delete("a:d1")
    prune(other, 1)
    assert one.write_sheet("Sheet 2", content, dict(value), {}) == []
    assert other.store.get("a:d1") == b"a long text"
    assert other.read_sheet("Sheet 2") == content
    one.store.close()
    other.store.close()


def test_t05_a_run_that_never_began_leaves_no_lease(tmp_path: Path) -> None:
    is_open = threading.Event()

    def slow() -> int:
        is_open.wait(20)
        return 1

    graph = Graph("Leases", [FnNode(slow)], store=tmp_path)
    session = graph.session
    first = session.submit([])
    second = session.submit([])
    second.cancel()
    assert second.wait(20)
    is_open.set()
    assert first.wait(20)
    graph.run()  # whatever was deferred has had its turn
    assert session.log.in_use == {}
    graph.run(force=True)
    assert not list(session.log.store.keys("lease:"))
    graph.close()


# ---------------------------------------------------------------- T22, T28: what is left behind


def drafts(folder: Path) -> list[Path]:
    return list((folder / "drafts").glob("*"))


@pytest.mark.parametrize("size", [10, 300_000])
def test_t28_a_transaction_that_fails_leaves_no_draft_that_nobody_knows(
    size: int, tmp_path: Path
) -> None:
    store = DiskStore(tmp_path)

    def write() -> None:
        store.set("a:1", (b"x" * size, b"y"))
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            store.write(write)
    assert drafts(tmp_path) == []
    assert not list(tmp_path.rglob("*.val"))
    kept = store.draft([b"z" * size])

    def write_kept() -> None:
        store.set("a:2", kept)
        raise LookupError

    with pytest.raises(LookupError):
        store.write(write_kept)
    store.set("a:2", kept)
    assert store.get("a:2") == b"z" * size
    assert drafts(tmp_path) == []
    store.close()


def test_t28_a_draft_outlives_a_transaction_that_did_not_need_it(tmp_path: Path) -> None:
    log, other = Log(DiskStore(tmp_path)), DiskStore(tmp_path)
    content = b"x" * 200_000
    log.store.set("a:d1", content)
    commit = Commit(values={Digest("d1"): log.store.draft([content])})
    commit.codes[Digest("c1")] = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        log.append(commit)
    other.delete("a:d1")
    commit.codes.clear()
    log.append(commit)
    assert other.get("a:d1") == content
    assert drafts(tmp_path) == []
    log.store.close()
    other.close()


def test_t28_a_load_that_fails_leaves_no_drafts(tmp_path: Path) -> None:
    def large() -> list[bytes]:
        return [bytes([i]) * 3_000_000 for i in range(2)]

    graph = Graph("From", [FnNode(large)], store=tmp_path / "one")
    graph.run()
    graph.store.export(tmp_path / "out")
    graph.close()
    last = max((tmp_path / "out" / "values").iterdir())
    names = {path.name for path in (tmp_path / "out" / "values").iterdir()}
    assert len(names) > 1
    (last.parent / ("f" * 32)).mkdir()  # which is no value
    target = Graph("To", [FnNode(large)], store=tmp_path / "two")
    with pytest.raises(StoreError):
        target.store.load(tmp_path / "out")
    assert target.store.folder is not None
    assert drafts(target.store.folder) == []
    target.close()


def test_t22_an_upload_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    first = Uploads(tmp_path)
    _, place = first.take("one", "a.txt", 4, 0, b"abcd")
    first.file(place).unlink()
    (tmp_path / "uploads" / place).mkdir()
    with pytest.raises(InputError, match=r"a\.txt"):
        first.take("two", "a.txt", 4, 0, b"abcd")
    assert not list((tmp_path / "uploads").glob(".*"))
