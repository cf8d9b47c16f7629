"""Large files go block by block, and nobody waits for the lock meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._engine.session.session import Session
from daggr_nb._handles.store import Archive
from daggr_nb._provenance.blob import Blob
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.log.store import MemoryStore, Store
from daggr_nb.errors import StoreError

ROOT = Path(__file__).resolve().parents[3]
SIZE = 400_000_000

RUN = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from daggr_nb import FnNode, Graph, ui

def peak():  # what getrusage says begins with the peak of who started this process
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024

def copied(file: Path) -> Path:
    target = file.with_name("made.bin")
    os.link(file, target)
    return target

folder = Path({folder!r})
def graph(name="Large"):
    node = FnNode(copied, inputs={{"file": ui.File()}}, outputs={{"made": ui.File()}})
    return Graph(name, [node], store=folder / "store")

first = graph()
first.status()
with (folder / "given.bin").open("wb") as file:
    file.truncate({size})
    file.write(b"begin")
before = peak()
first.run(inputs={{"copied__file": folder / "given.bin"}})
first.store.export(folder / "out.zip")
first.close()
(folder / "made.bin").unlink()
again = graph()
copy = again["copied"].made.value
assert copy != folder / "made.bin", copy
assert copy.stat().st_size == {size} and copy.open("rb").read(5) == b"begin"
other = graph("Other")
other.store.load(folder / "out.zip")
assert other.history("copied")[0].outputs["made"].stat().st_size == {size}
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
def test_t21_a_large_file_needs_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = RUN.format(root=str(ROOT), folder=str(tmp_path), size=SIZE)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 100, "megabytes"


class SlowStore(MemoryStore):
    """A disk on which a large value takes until somebody says so."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def draft(self, chunks: Iterable[Any]) -> Blob:
        self.begun.set()
        assert self.go_on.wait(20)
        return super().draft(chunks)


def free(session: Session) -> bool:
    """Whether somebody else could do something now."""
    answer = threading.Event()

    def ask() -> None:
        with session.lock:
            answer.set()

    threading.Thread(target=ask).start()
    return answer.wait(5)


def writable(store: Store) -> bool:
    """Whether somebody else could write now."""
    answer = threading.Event()
    threading.Thread(target=lambda: store.write(answer.set), daemon=True).start()
    return answer.wait(5)


def given(session: Session, path: Path) -> None:
    session.current.set_inputs({("it", "file"): path})  # type: ignore[dict-item]


def made(session: Session, path: Path) -> None:
    session.submit([]).wait(20)


def loaded(session: Session, path: Path) -> None:
    Archive(session, "slow", "Slow").load(path.with_name("out.zip"))


def test_t21_nobody_waits_while_an_archive_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 3_000_000)
    node = FnNode(lambda: path, "it", outputs={"made": ui.File()})
    graph = Graph("Slow", [node], store=tmp_path / "store")
    graph.run()
    graph.store.export(tmp_path / "out.zip")
    store = SlowStore()
    session = Session(store)
    session.attach(graph.wiring.structure)
    doing = threading.Thread(target=loaded, args=(session, path))
    doing.start()
    assert store.begun.wait(20)
    try:
        assert free(session)
        assert writable(store)
        assert not list(session.log.history("it"))
    finally:
        store.go_on.set()
        doing.join()
    assert len(list(session.log.history("it"))) == 1
    session.close()
    graph.close()


def test_t21_what_is_loaded_leaves_nothing_beside(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.bin", "two.bin")]
    for path in paths:
        path.write_bytes(path.name.encode() * 500_000)
    graph = Graph("Files", [FnNode(lambda: paths, "it")], store=tmp_path / "store")
    graph.run()
    graph.store.export(tmp_path / "out")
    values = sorted((tmp_path / "out" / "values").iterdir(), key=lambda path: path.stat().st_size)
    other = Graph("Files", [FnNode(lambda: paths, "it")], store=tmp_path / "other")
    drafts = tmp_path / "other" / "files" / "drafts"
    values[-1].rename(tmp_path / "hidden")
    values[-1].symlink_to(tmp_path / "hidden")
    with pytest.raises(StoreError, match="link"):
        other.store.load(tmp_path / "out")
    assert not list(drafts.glob("*"))
    assert not list(other.session.log.store.keys("a:"))
    values[-1].unlink()
    (tmp_path / "hidden").rename(values[-1])
    assert other.store.load(tmp_path / "out").values == len(values)
    assert not list(drafts.glob("*"))
    assert not list(other.session.log.store.keys("lease:"))
    assert other.history("it")[0].outputs["output"][0].read_bytes() == paths[0].read_bytes()
    for each in (graph, other):
        each.close()


@pytest.mark.parametrize("do", [given, made])
def test_t21_nobody_waits_while_a_large_file_is_copied(
    do: Callable[[Session, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 3_000_000)
    node = FnNode(lambda file: path, "it", inputs={"file": ui.File()}, outputs={"made": ui.File()})
    graph = Graph("Slow", [node], persist_key=False)
    store = SlowStore()
    session = Session(store)
    session.attach(graph.wiring.structure)
    doing = threading.Thread(target=do, args=(session, path))
    doing.start()
    assert store.begun.wait(20)
    try:
        assert free(session)
    finally:
        store.go_on.set()
        doing.join()


def test_t21_a_file_that_goes_on_changing_costs_its_value_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 3_000_000)

    class Meddling(MemoryStore):
        def draft(self, chunks: Iterable[Any]) -> Blob:
            path.write_bytes(b"y" * 3_000_000)
            return super().draft(chunks)

    node = FnNode(lambda: path, "it", outputs={"made": ui.File()})
    graph = Graph("Changing", [node, FnNode(lambda: 1, "other")], persist_key=False)
    session = Session(Meddling())
    session.attach(graph.wiring.structure)
    assert session.submit([]).wait(20)
    assert "was changed before it was stored" in caplog.text
    assert {name: len([*session.log.history(name)]) for name in ("it", "other")} == {
        "it": 1,
        "other": 1,
    }


def changed(path: Path, begin: bytes, size: int = 1_000_000_000) -> None:
    """Write a large file in no time."""
    with path.open("wb") as file:
        file.truncate(size)
        file.write(begin)


def test_t21_a_large_file_that_is_new_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "new.bin"
    changed(path, b"one")
    begin = time.perf_counter()
    first = digest(path)
    reading = time.perf_counter() - begin
    begin = time.perf_counter()
    assert digest(path) == first
    assert time.perf_counter() - begin < reading / 4
    changed(path, b"two")
    assert digest(path) != first


def test_t21_nobody_waits_while_a_file_that_has_changed_is_read(tmp_path: Path) -> None:
    given, constant = tmp_path / "given.bin", tmp_path / "constant.bin"
    for path in (given, constant):
        changed(path, b"one", 1_000)
    node = FnNode(lambda file, other: 1, "it", inputs={"file": ui.File(), "other": constant})
    graph = Graph("Read", [node], persist_key=False)
    graph.run(inputs={"it__file": given})
    for path in (given, constant):
        changed(path, b"two")
    begin = time.perf_counter()
    with given.open("rb") as file:
        while file.read(1 << 20):
            pass
    reading = time.perf_counter() - begin

    waits, is_over = [0.0], threading.Event()

    def ask() -> None:
        while not is_over.wait(0.001):
            begin = time.perf_counter()
            with graph.session.lock:
                waits.append(time.perf_counter() - begin)

    asking = threading.Thread(target=ask)
    asking.start()
    status = graph.status()["it"]
    is_over.set()
    asking.join()
    assert status.freshness == "stale"
    assert max(waits) < reading / 2
    graph.close()


TEMPORARY = """
import os, pathlib, sys, tempfile
sys.path.insert(0, {root!r})
folder = pathlib.Path({folder!r})
tempfile.tempdir = str(folder / "temporary")
from daggr_nb import FnNode, Graph, ui

def peak():
    return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024

def copied(file: pathlib.Path) -> pathlib.Path:
    target = folder / "made.bin"
    os.link(file, target)
    return target

node = FnNode(copied, inputs={{"file": ui.File()}}, outputs={{"made": ui.File()}})
graph = Graph("Large", [node], persist_key=False)
graph.status()
with (folder / "given.bin").open("wb") as file:
    file.truncate({size})
    file.write(b"begin")
before = peak()
graph.run(inputs={{"copied__file": folder / "given.bin"}})
(folder / "made.bin").unlink()
copy = graph["copied"].made.value
assert copy != folder / "made.bin"
assert copy.stat().st_size == {size} and copy.open("rb").read(5) == b"begin"
[temporary] = (folder / "temporary").iterdir()
assert temporary.stat().st_mode & 0o077 == 0
assert any(path.stat().st_size == {size} for path in temporary.iterdir())
if {closes}:
    graph.close()
    assert not any((folder / "temporary").iterdir())
child = os.fork()
if not child:
    sys.exit(0)
os.waitpid(child, 0)
assert {closes} or any((folder / "temporary").iterdir())
print(peak() - before)
"""


def test_t21_nor_are_many_short_files_in_memory(tmp_path: Path) -> None:
    def made() -> list[Path]:
        paths = [tmp_path / f"{number}.bin" for number in range(50)]
        for path in paths:
            path.write_bytes(path.name.encode() * 20_000)
        return paths

    graph = Graph("Short", [FnNode(made)], persist_key=False)
    graph.run()
    store = graph.session.log.store
    files = [path for key in store.keys("a:") if (path := store.file(key)) is not None]
    assert sum(path.stat().st_size >= 100_000 for path in files) == 50
    assert all(path.parent == files[0].parent for path in files)
    (tmp_path / "7.bin").unlink()
    [run] = graph.history("made")
    assert run.outputs["output"][7].read_bytes() == b"7.bin" * 20_000
    graph.close()
    assert not files[0].parent.exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
@pytest.mark.parametrize("closes", [True, False])
def test_t21_without_a_store_files_are_in_a_folder_that_goes_with_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closes: bool
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "temporary").mkdir()
    code = TEMPORARY.format(root=str(ROOT), folder=str(tmp_path), size=SIZE, closes=closes)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 100, "megabytes"
    assert not any((tmp_path / "temporary").iterdir())
