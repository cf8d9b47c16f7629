"""The store under Ctrl-C and with several kernels: nothing is lost, told too early, or held."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import queue
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._engine.session.session import Session
from daggr_nb._handles.store import Archive
from daggr_nb._ids import NodeId, PortRef, RunId
from daggr_nb._interrupts import StateLock
from daggr_nb._model.structure import build
from daggr_nb._provenance.log import export
from daggr_nb._provenance.log import store as store_module
from daggr_nb._provenance.log.export import Folder
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import Blob, DiskStore, MemoryStore, open_store
from daggr_nb.errors import StoreError, UnknownSheetError, UntrustedError
from tests.unit.trust.dangling import dangling
from tests.unit.trust.interrupting import (
    WAIT,
    Bench,
    count_instructions,
    interrupt_at,
    press_while,
    sample,
    total,
    tripled,
)

# ---------------------------------------------------------------- T01, T13: Ctrl-C


ACTS = [
    "set_inputs",
    "select",
    "override",
    "undo",
    "status",
    "history",
    "prune",
    "star",
    "label",
    "sheets.create",
    "sheets.duplicate",
    "sheets.use",
    "sheets.rename",
    "sheets.delete",
    "export",
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.graph.close()


@pytest.mark.parametrize("name", ACTS)
def test_t01_ctrl_c_leaves_nothing_held_and_nothing_half_done(bench: Bench, name: str) -> None:
    before, act = bench.acts()[name]
    before()
    count = count_instructions(act)
    bench.check()
    for index in sample(count, 9):
        before()
        interrupt_at(act, index)
        bench.check()
    bench.graph.run()


@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO")  # between open and with
@pytest.mark.parametrize("ending", ["zip", "folder"])
def test_t01_ctrl_c_in_an_export_is_told_as_what_it_is(tmp_path: Path, ending: str) -> None:
    session = Session(MemoryStore())
    session.log.store.set("a:00000000", b"a value")

    def write() -> None:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.{ending}"
        export.export(session.log, path, {})
        path.rename(path.with_suffix(".done"))

    write()
    for index in sample(count_instructions(write), 400):
        interrupt_at(write, index)  # which lets any other error through
    assert {path.suffix for path in tmp_path.iterdir()} <= {".done", f".{ending}"}
    session.close()


def test_t01_all_acts_are_pressed(bench: Bench) -> None:
    assert list(bench.acts()) == ACTS


def test_t01_transactions_run_on_one_thread_that_is_not_the_main_one(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    writers = {store.write(threading.get_ident) for _ in range(3)}
    other: list[int] = []
    thread = threading.Thread(target=lambda: other.append(store.write(threading.get_ident)))
    thread.start()
    thread.join(WAIT)
    assert {*writers, *other} == writers
    assert len(writers) == 1
    assert threading.main_thread().ident not in writers
    store.close()


@pytest.mark.parametrize("index", [150, 400, 600])  # of its instructions, the later the longer
def test_t01_who_waits_for_the_lock_can_be_interrupted(index: int) -> None:
    lock, is_held, is_over = StateLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            is_held.set()
            is_over.wait(WAIT)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(WAIT)
    try:
        assert interrupt_at(lambda: lock.__enter__(), index)
    finally:
        is_over.set()
        thread.join(WAIT)
    with lock:
        pass


class Pressed(MemoryStore):
    """A store in which Ctrl-C comes while something is written."""

    is_pressed = False

    def set(self, key: str, value: Blob) -> None:
        if self.is_pressed:
            self.is_pressed = False
            raise KeyboardInterrupt
        super().set(key, value)

    def set_rows(self, rows: Mapping[str, bytes]) -> None:
        for key, value in rows.items():
            self.set(key, value)


def same(x: int) -> int:
    return x


def test_t13_what_was_not_written_is_not_told_and_not_lost() -> None:
    store = Pressed()
    session = Session(store)
    session.attach(build([FnNode(same, "a", inputs={"x": 1}), FnNode(same, "b", inputs={"x": 2})]))
    seq = session.events.next_expected()
    with session.lock:
        session.current.emit("state.noted", text="staged")
        store.is_pressed = True
        with pytest.raises(KeyboardInterrupt):
            session.current.flush()
    assert not session.events.since(seq)
    session.current.flush()
    (event,) = session.events.since(seq)
    assert event["text"] == "staged"
    assert Log(store).events(seq) == [event]
    session.close()


# ---------------------------------------------------------------- T12: two kernels on one sheet


class Kernels:
    """Graphs of one store, each as if it were in a kernel of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions: list[Session] = []

    def open(self, **functions: Callable[..., Any]) -> Session:
        session = Session(DiskStore(self._folder))
        self._sessions.append(session)
        form = InputNode("form", ports={"n": ui.Number(0), "word": ui.Textbox("")})
        options: dict[str, Any] = {"version": "1"}  # whatever the function is
        make, add = functions.get("tripled", tripled), functions.get("end", total)
        numbers = FnNode(make, "tripled", inputs={"n": form.n}, **options)
        end = FnNode(add, "total", inputs={"numbers": numbers.output}, **options)
        session.attach(build([end]))
        return session

    def close(self) -> None:
        for session in self._sessions:
            session.close()


N, WORD = PortRef(NodeId("form"), "n"), PortRef(NodeId("form"), "word")


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[Kernels]:
    kernels = Kernels(tmp_path)
    yield kernels
    kernels.close()


def inputs_of(session: Session) -> dict[tuple[str, str], Any]:
    with session.reading() as current:
        return {ref: held.value for ref, held in current.sheet.inputs.items()}


def test_t12_edits_of_different_inputs_do_not_take_each_other_back(kernels: Kernels) -> None:
    one, other = kernels.open(), kernels.open()
    for count in range(5):
        one.current.set_inputs({N: count + 1})
        other.current.set_inputs({WORD: "a" * count})
        one.current.move({NodeId("total"): (count, 1.0)})
        other.current.collapse([NodeId("tripled")], on=True)
    last = kernels.open()
    assert inputs_of(last) == {N: 5, WORD: "aaaa"}
    assert last.current.sheet.positions == {"total": (4, 1.0)}
    assert last.current.sheet.collapsed == {"tripled"}


def test_t12_an_edit_leaves_alone_what_others_have_set_since(kernels: Kernels) -> None:
    kernels.open().current.set_inputs({N: 1, WORD: "a"})
    one, other = kernels.open(), kernels.open()  # both have both in memory
    one.current.set_inputs({N: 2})
    other.current.set_inputs({WORD: "b"})
    assert inputs_of(kernels.open()) == {N: 2, WORD: "b"}


def test_t12_what_is_taken_back_stays_so(kernels: Kernels) -> None:
    one, other = kernels.open(), kernels.open()
    one.current.set_inputs({N: 5, WORD: "a"})
    one.current.undo()
    other.current.set_inputs({WORD: "b"})
    assert inputs_of(kernels.open()) == {WORD: "b"}


def test_t12_a_sheet_deleted_elsewhere_says_so(kernels: Kernels) -> None:
    one, other = kernels.open(), kernels.open()
    one.sheets.use(one.sheets.create("Other"))
    other.delete_sheet("Other")
    for act in (
        lambda: one.current.set_inputs({N: 5}),
        lambda: one.current.move({NodeId("total"): (1.0, 1.0)}),
        lambda: one.sheets.use("Other"),
    ):
        with pytest.raises(UnknownSheetError):
            act()
    assert not inputs_of(one)
    one.sheets.use("Sheet 1")
    one.current.set_inputs({N: 6})
    assert inputs_of(kernels.open()) == {N: 6}


def test_t12_each_kernel_knows_which_sheet_it_shows(kernels: Kernels) -> None:
    one, other = kernels.open(), kernels.open()
    one.sheets.create("A")
    other.sheets.use("A")
    one.sheets.rename("Sheet 1", "First")
    assert one.sheets.index.names[one.sheets.index.current] == "First"
    assert one.current.sheet.id == one.sheets.index.current
    other.sheets.use("First")
    assert list(other.sheets.index.names.values()) == ["First", "A"]


def test_t12_sheets_of_former_versions_are_read(kernels: Kernels) -> None:
    session = kernels.open()
    session.current.set_inputs({N: 5, WORD: "b"})
    session.current.move({NodeId("total"): (1.0, 2.0)})
    log = session.log
    content = log.read_sheet("Sheet 1")
    log.store.write(lambda: log.remove_sheet("Sheet 1"))
    log.store.set("s:Sheet 1", json.dumps(content).encode())
    assert log.read_sheet("Sheet 1") == content
    again = kernels.open()
    assert inputs_of(again) == {N: 5, WORD: "b"}
    again.current.set_inputs({WORD: "c"})
    last = kernels.open()
    assert inputs_of(last) == {N: 5, WORD: "c"}
    assert last.current.sheet.positions == {"total": (1.0, 2.0)}


# ---------------------------------------------------------------- T05: a prune beside other kernels


def run(session: Session, **inputs: Any) -> None:
    session.current.set_inputs({PortRef(NodeId("form"), p): v for p, v in inputs.items()})
    session.submit([]).result(WAIT)


def pruned(session: Session, keep: int = 0) -> None:
    Archive(session, "key", "Graph").prune(keep)


def test_t05_a_prune_keeps_what_sheets_of_other_kernels_show(kernels: Kernels) -> None:
    pruning, other = kernels.open(), kernels.open()
    other.sheets.use(other.sheets.create("Other"))
    long = "a" * 3000
    run(other, n=7, word=long)
    run(pruning, n=1)
    pruned(pruning)
    assert not dangling(pruning.log)
    again = kernels.open()
    again.sheets.use("Other")
    assert again.current.inputs.value("total", "output") == 21
    assert inputs_of(again) == {N: 7, WORD: long}


def test_t05_a_typed_value_that_no_record_refers_to_yet_stays(kernels: Kernels) -> None:
    pruning, other = kernels.open(), kernels.open()
    long = "b" * 3000
    other.current.set_inputs({WORD: long})
    other.current.set_inputs({WORD: "c" * 3000})
    digests = set(other.log.store.keys("a:"))
    pruned(pruning)
    assert set(other.log.store.keys("a:")) == digests
    other.current.undo()
    assert inputs_of(kernels.open()) == {WORD: long}


def test_t05_what_runs_elsewhere_keeps_what_it_consumes(kernels: Kernels) -> None:
    is_at_work, may_end = threading.Event(), threading.Event()

    def slow(numbers: list[float]) -> float:
        is_at_work.set()
        may_end.wait(WAIT)
        return sum(numbers)

    pruning, other = kernels.open(), kernels.open(end=slow)
    run(pruning, n=5)
    other.sheets.reload()
    run_there = other.submit([NodeId("total")], force=True)
    assert is_at_work.wait(WAIT)
    run(pruning, n=6)  # the sheet shows something else now
    pruned(pruning)
    may_end.set()
    run_there.result(WAIT)
    with other.reading():
        assert not dangling(other.log)
        record = other.log.record(next(other.log.history("total")))
        consumed = record.inputs["numbers"].record  # it knows what it came from
        assert consumed is not None
        assert other.log.has(consumed)
    pruned(pruning)
    assert not dangling(other.log)


def test_t05_what_is_pruned_while_somebody_selects_it_is_not_pointed_to(kernels: Kernels) -> None:
    pruning, other = kernels.open(), kernels.open()
    for n in (1, 2):
        run(other, n=n)
    with other.reading() as current:
        *_, oldest = other.log.history("total")
        current.show(other.log.record(oldest))
        pruned(pruning)  # before that is written
        current.flush()
    assert not pruning.log.has(oldest)
    assert not dangling(pruning.log)
    run(other, n=3)
    assert not dangling(pruning.log)


def test_t05_what_was_pruned_is_forgotten_on_all_sheets(kernels: Kernels) -> None:
    pruning, other = kernels.open(), kernels.open()
    run(other, n=7)
    other.sheets.use(other.sheets.create("Other"))
    run(pruning, n=8)  # the first sheet shows something else on record now
    pruned(pruning)
    run(other, n=1)
    other.sheets.use("Sheet 1")
    other.submit([NodeId("total")], force=True).result(WAIT)
    assert not dangling(pruning.log)
    pruned(pruning)
    other.sheets.use("Other")
    with other.reading() as current:
        current.override(NodeId("total"), "output", 5)
    assert not dangling(pruning.log)


@pytest.mark.parametrize("size", [1, 3000, 300_000])
def test_t05_what_was_pruned_at_the_worst_moment_is_written_again(
    kernels: Kernels, size: int
) -> None:
    """Another kernel prunes after a run has begun, and holds no lease of it."""
    is_at_work, may_end = threading.Event(), threading.Event()

    def slow(numbers: list[float]) -> float:
        is_at_work.set()
        may_end.wait(WAIT)
        return sum(numbers)

    pruning, other = kernels.open(), kernels.open(end=slow, tripled=lambda n: [n] * size)
    run_there = other.submit([])
    assert is_at_work.wait(WAIT)
    log = pruning.log
    with other.reading():
        shown = other.current.sheet.shown["tripled"].id
    log.store.write(lambda: [log.store.delete(key) for key in log.store.keys("lease:")])
    log.store.write(
        lambda: log.index.set_cursor("tripled", "Sheet 1", RunId("")) or log.index.write()
    )
    pruned(pruning)
    assert not log.has(shown)
    may_end.set()
    run_there.result(WAIT)
    with other.reading():
        assert not dangling(other.log)
    assert Log(other.log.store).value(other.current.sheet.shown["total"].inputs["numbers"].value)


# ---------------------------------------------------------------- T17: an export beside a prune


def test_t17_an_export_is_of_one_moment(kernels: Kernels, tmp_path: Path) -> None:
    one, other = kernels.open(tripled=lambda n: [n] * 100_000), kernels.open()
    for n in range(4):
        run(one, n=n)
    whole = export.export(one.log, tmp_path / "whole.zip", {})

    class Pruning(Folder):
        """Prunes after the first value has been written."""

        is_pruned = False

        def write(self, name: str, data: bytes) -> None:
            super().write(name, data)
            if name.startswith("values/") and not self.is_pruned:
                self.is_pruned = True
                pruned(other)

    archive = Pruning(tmp_path / "beside")
    counts = export.export_into(one.log, archive, {})
    assert archive.is_pruned
    assert counts == whole
    assert all(
        (tmp_path / "beside" / "values").joinpath(n).stat().st_size for n in archive.names("values")
    )
    assert len(archive.names("values")) == counts.values
    assert not list(other.log.store.keys("lease:export"))


def test_t17_a_failed_export_leaves_nothing_and_stops_no_other(
    kernels: Kernels, tmp_path: Path
) -> None:
    session = kernels.open()
    run(session, n=1)
    for name in ("a.zip", "folder"):
        path = tmp_path / "out" / name

        def fail() -> None:
            with export.bundle(path, write=True) as out:  # noqa: B023 - called at once
                out.write("records.jsonl", b"")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert export.export(session.log, path, {}).records == 2
        with pytest.raises(StoreError, match="there already"):
            export.export(session.log, path, {})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.zip", "folder"]
    assert not list(session.log.store.keys("lease:export"))


def test_t17_a_value_that_is_lost_is_listed(kernels: Kernels, tmp_path: Path) -> None:
    session = kernels.open(tripled=lambda n: [n] * 100_000)
    run(session, n=1)
    for file in tmp_path.rglob("*.val"):
        file.unlink()
    counts = export.export(session.log, tmp_path / "folder", {})
    manifest = json.loads((tmp_path / "folder" / "manifest.json").read_text())
    assert manifest["missing"]
    assert counts.values == len(list((tmp_path / "folder" / "values").iterdir()))


# ---------------------------------------------------------------- T04, T30: where it is


def test_t04_a_change_of_the_working_folder_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()

    def graph() -> Graph:
        return Graph("Moved", [FnNode(same, "a", inputs={"x": 1})], store="relative")

    first, late = graph(), graph()
    monkeypatch.chdir(tmp_path / "elsewhere")
    first.run()
    assert late.session is first.session
    assert first.store.folder == tmp_path / "relative" / "moved"
    values = [0]
    thread = threading.Thread(target=lambda: values.append(len(first.history("a"))))
    thread.start()
    thread.join(WAIT)
    assert values == [0, 1]
    first.close()
    assert not list((tmp_path / "elsewhere").iterdir())
    monkeypatch.chdir(tmp_path)
    again = graph()
    assert len(again.history("a")) == 1
    again.close()


@pytest.mark.parametrize("name", ["$HOME", "${HOME}x", "a$b", "%PATH%", "~here", "x~"])
def test_t04_a_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    store = open_store("key", tmp_path / name)
    store.set("a", b"1")
    store.set("b", b"x" * 300_000)
    store.close()
    assert (tmp_path / name / "key" / "cache.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_t04_the_home_of_the_user_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    store = open_store("key", "~/runs")
    assert store.folder == tmp_path / "runs" / "key"
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are of POSIX")
def test_t30_folders_above_are_for_their_owner_only(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        DiskStore(tmp_path / "a" / "b" / "c").close()
    finally:
        os.umask(former)
    for folder in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Let another kernel write for a long time, from when this is called."""
    with contextlib.ExitStack() as stack:

        def hold() -> sqlite3.Connection:
            path = tmp_path / "cache.db"
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            stack.callback(connection.close)
            connection.execute("BEGIN IMMEDIATE")
            return connection

        yield hold


def test_t30_waiting_for_another_kernel_is_said_and_ends(
    tmp_path: Path, hold: Callable[[], sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_NOTICE_SECONDS", 0.0)
    store = DiskStore(tmp_path)
    holder = hold()
    notices: list[str] = []

    def tell(text: str) -> None:
        notices.append(text)
        if text:
            holder.execute("ROLLBACK")

    store.on_waiting(tell)
    store.set("a", b"1")
    assert store.get("a") == b"1"
    assert "another kernel" in notices[0]
    assert notices[1:] == [""]
    store.close()


def test_t30_waiting_has_an_end_and_loses_nothing(
    tmp_path: Path, hold: Callable[[], sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(DiskStore(tmp_path))
    monkeypatch.setattr(store_module, "_PATIENCE_SECONDS", 0.0)
    form = InputNode("form", ports={"n": ui.Number(0), "word": ui.Textbox("")})
    session.attach(build([FnNode(tripled, "a", inputs={"n": form.n})]))
    holder = hold()
    session.current.set_inputs({N: 5})
    assert "another kernel has been writing" in session.current.notice
    run = session.submit([])
    with pytest.raises(StoreError, match="another kernel"):
        run.result(WAIT)
    assert session.current.inputs.value("a", "output") == [5, 5, 5]
    holder.execute("ROLLBACK")
    with session.reading() as current:
        assert current.notice == ""
        assert current.freshness.judged["a"].freshness == "fresh"
    session.close()
    again = Session(DiskStore(tmp_path))
    again.attach(session.current.structure)
    assert inputs_of(again) == {N: 5}
    assert again.log.total("a") == 1
    again.close()


def test_t30_ctrl_c_ends_the_waiting_and_loses_nothing(
    tmp_path: Path, hold: Callable[[], sqlite3.Connection]
) -> None:
    session = Session(DiskStore(tmp_path))
    holder = hold()
    with pytest.raises(KeyboardInterrupt):
        press_while(lambda: session.current.move({NodeId("a"): (1.0, 2.0)}))
    assert session.current.sheet.positions == {"a": (1.0, 2.0)}
    holder.execute("ROLLBACK")
    session.current.flush()
    assert session.log.read_sheet("Sheet 1") == {"positions": [["a", 1.0, 2.0]]}
    session.close()


# ---------------------------------------------------------------- T14: the store is gone


@pytest.mark.skipif(os.name == "nt", reason="what is open stays where it is")
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_t14_a_store_that_is_gone_says_so(tmp_path: Path, how: str) -> None:
    is_at_work, may_end = threading.Event(), threading.Event()

    def slow(x: int) -> int:
        is_at_work.set()
        may_end.wait(WAIT)
        return x

    folder = tmp_path / "store"
    session = Session(DiskStore(folder))
    session.attach(build([FnNode(slow, "a", inputs={"x": 1}, version="1")]))
    run = session.submit([])
    assert is_at_work.wait(WAIT)
    with session.reading():
        folder.rename(tmp_path / "away")
    if how == "deleted":
        shutil.rmtree(tmp_path / "away")
    if how == "replaced":
        DiskStore(folder).close()
    may_end.set()
    with pytest.raises(StoreError, match="store is gone"):
        run.result(WAIT)
    assert run.status == "failed"
    assert session.current.inputs.value("a", "output") == 1
    assert "store is gone" in session.current.notice
    if how == "moved":
        assert not folder.exists()
        (tmp_path / "away").rename(folder)
        with session.reading() as current:
            assert current.freshness.judged["a"].freshness == "fresh"
        assert Log(session.log.store).total("a") == 1
    session.close()


# ---------------------------------------------------------------- T26: copied without its journal


def test_t26_a_closed_store_is_whole_without_its_journal(kernels: Kernels, tmp_path: Path) -> None:
    session = kernels.open()
    run(session, n=4)
    thread = threading.Thread(target=lambda: list(session.log.history("total")))
    thread.start()
    thread.join(WAIT)  # its connection stays
    session.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(tmp_path / "cache.db", copy)
    log = Log(DiskStore(copy))
    assert log.total("total") == 1
    assert inputs_in(log) == {("form", "n")}
    log.store.close()


def test_t26_values_without_records_are_said(kernels: Kernels, tmp_path: Path) -> None:
    session = kernels.open(tripled=lambda n: [n] * 100_000)
    run(session, n=4)
    session.close()
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    again = kernels.open()
    assert "no records" in again.log.store.notice
    assert again.current.problems == [again.log.store.notice]


def inputs_in(log: Log) -> set[tuple[str, str]]:
    return {(node, port) for node, port, _ in log.read_sheet("Sheet 1").get("inputs", ())}


# ---------------------------------------------------------------- T09, T15: keys and places


class Odd:
    """Has no natural form, and is pickled."""

    def __init__(self, n: int) -> None:
        self.n = n


def odd(n: float) -> Odd:
    return Odd(int(n))


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
def test_t09_a_pickle_of_a_former_key_is_written_anew(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "former"))
    first = kernels.open(tripled=odd, end=lambda numbers: numbers.n)
    run(first, n=5)
    first.close()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "present"))
    second = kernels.open(tripled=odd, end=lambda numbers: numbers.n)
    with pytest.raises(UntrustedError):
        second.current.inputs.value("tripled", "output")
    with second.reading() as current:
        assert current.freshness.judged["tripled"].freshness != "fresh"
    second.submit([]).result(WAIT)
    with second.reading() as current:
        assert {j.freshness for j in current.freshness.judged.values()} == {"fresh"}
    third = kernels.open(tripled=odd, end=lambda numbers: numbers.n)
    assert third.current.inputs.value("tripled", "output").n == 5


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
@pytest.mark.parametrize("place", ["a file", "no home"])
def test_t15_without_a_place_for_the_key_values_stay_in_memory(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    no_place(tmp_path, monkeypatch, "XDG_CONFIG_HOME", place)
    session = kernels.open(tripled=odd, end=lambda numbers: numbers.n)
    run(session, n=5)
    assert session.current.inputs.value("total", "output") == 5
    assert session.current.inputs.value("tripled", "output").n == 5


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
@pytest.mark.parametrize("place", ["a file", "no home"])
def test_t15_without_a_cache_files_can_be_read(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    no_place(tmp_path, monkeypatch, "XDG_CACHE_HOME", place)
    original = tmp_path / "letter.txt"

    def letter(n: float) -> Path:
        original.write_text(f"letter {n}")
        return original

    def read(numbers: Path) -> str:
        return numbers.read_text()

    session = kernels.open(tripled=letter, end=read)
    run(session, n=5)
    original.unlink()
    again = kernels.open(tripled=letter, end=read)
    copy = again.current.inputs.value("tripled", "output")
    assert copy.read_text() == "letter 5"
    assert copy.is_absolute()


@pytest.mark.skipif(sys.platform != "linux", reason="the folder is named by a variable there")
def test_t15_without_a_home_the_store_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGGR_NB_HOME", raising=False)
    no_place(tmp_path, monkeypatch, "XDG_DATA_HOME", "no home")
    with pytest.raises(StoreError, match="DAGGR_NB_HOME"):
        open_store("key", None)


def no_place(tmp_path: Path, patch: pytest.MonkeyPatch, variable: str, place: str) -> None:
    """Let there be no place where ``variable`` says one is."""
    if place == "a file":
        (tmp_path / "file").write_text("")
        patch.setenv(variable, str(tmp_path / "file"))
        return
    patch.chdir(tmp_path)
    for name in (variable, "HOME"):
        patch.delenv(name, raising=False)
    patch.setattr(pwd, "getpwuid", {}.__getitem__)  # nor does the system know one


# ---------------------------------------------------------------- T28, T29: room


def event_bytes(log: Log) -> int:
    return sum(len(log.store.get(key) or b"") for key in log.store.keys("e:"))


def test_t29_events_of_pruned_runs_go_and_chunks_are_joined(kernels: Kernels) -> None:
    count = 3000

    def talk(n: float) -> Iterator[str]:
        for i in range(count):
            yield f"{n} {i};"

    session = kernels.open(tripled=talk, end=lambda numbers: len(numbers))
    for n in (1, 2, 3):
        run(session, n=n)
    whole = session.current.inputs.value("tripled", "output")
    before, seq = event_bytes(session.log), session.events.next_expected()
    pruned(session, keep=0)
    assert event_bytes(session.log) < before / 10
    events = Log(session.log.store).events()
    chunks = [event for event in events if event["type"] == "node.chunk"]
    assert "".join(event["delta"] for event in chunks) == whole
    assert len(chunks) < 10
    runs = {event["run_id"] for event in events if "run_id" in event}
    assert runs == {session.current.sheet.shown["total"].run}
    run(session, n=4)
    assert session.events.next_expected() > seq
    numbers = [event["seq"] for event in Log(session.log.store).events()]
    assert numbers == sorted(set(numbers))
    again = kernels.open()
    assert [event["seq"] for event in again.events.since(1)][-1] >= numbers[-1]


def test_t28_a_page_that_cannot_be_written_leaves_the_former_one(
    kernels: Kernels, tmp_path: Path
) -> None:
    graph = Graph("Page", [FnNode(same, "a", inputs={"x": 1})], persist_key=False)
    page = tmp_path / "page.html"
    graph.export(page)
    former = page.read_bytes()
    graph.run()
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StoreError, match="Make room"):
            graph.export(page)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert page.read_bytes() == former
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".daggr")] == []
    graph.close()


def test_t28_a_reserve_is_given_up_before_a_prune(kernels: Kernels, tmp_path: Path) -> None:
    session = kernels.open()
    assert (tmp_path / "reserve").stat().st_size > 500_000
    run(session, n=1)
    pruned(session)
    assert not (tmp_path / "reserve").exists()
    kernels.open()
    assert (tmp_path / "reserve").exists()


# ---------------------------------------------------------------- T01: code of others


class Slow:
    """Says what its content is as slowly as somebody presses Ctrl-C."""

    def __init__(self) -> None:
        self.is_slow = True

    def __daggr_digest__(self) -> str:
        end = time.monotonic() + (WAIT if self.is_slow else 0)
        while time.monotonic() < end:
            pass
        return "slow"


def test_t01_code_of_others_that_never_ends_can_be_interrupted() -> None:
    value = Slow()

    class Anything(ui.Textbox):
        def accept(self, value: Any) -> Any:
            return value

    form = InputNode("form", ports={"n": Anything("")})

    def any_of(x: Any) -> Any:
        return x

    graph = Graph("Slow", [FnNode(any_of, "a", inputs={"x": form.n})], persist_key=False)
    with pytest.raises(KeyboardInterrupt):
        press_while(lambda: graph.set_inputs({"form__n": value}))
    value.is_slow = False
    assert graph.inputs["form__n"] == ""
    graph.set_inputs({"form__n": value})
    assert graph.inputs["form__n"] is value

    captured = Slow()
    captured.is_slow = False

    def reads(x: int) -> Any:
        return captured, x

    other = Graph("Captured", [FnNode(reads, "a", inputs={"x": 1})], persist_key=False)
    other.run()
    captured.is_slow = True
    with pytest.raises(KeyboardInterrupt):
        press_while(other.status)
    captured.is_slow = False
    assert other.status()["a"].freshness == "fresh"
    other.run()
    for each in (graph, other):
        each.close()


def test_t30_views_hear_at_once_what_is_waited_for(kernels: Kernels) -> None:
    session = kernels.open()
    sent: queue.SimpleQueue[Any] = queue.SimpleQueue()
    bridge = Bridge(session, "Graph", lambda message, buffers: sent.put(message))

    def text_of(message: Any) -> str | None:
        changes = message.get("changes", ())
        return next((c["text"] for c in changes if c["kind"] == "notice"), None)

    with session.lock:  # as whoever waits for another kernel has it
        session.say("before")
        session.log.store._cache.tell_waiting("Waits.")  # noqa: SLF001 - as its writer does
        while (text := text_of(sent.get(timeout=WAIT))) is None:
            pass
        assert text == "Waits."
        session.log.store._cache.tell_waiting("")  # noqa: SLF001
        assert text_of(sent.get(timeout=WAIT)) == "before"
    bridge.end()


WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from daggr_nb._provenance.log.store import DiskStore
store = DiskStore(Path(sys.argv[1]))
for n in range(50):
    store.set(f"k{n}", b"1")
os._exit(0)
"""


def test_t26_opening_again_takes_no_locks_away(tmp_path: Path) -> None:
    """A process that closed and opened a store has connections still, of threads."""
    is_over, is_reading = threading.Event(), threading.Event()
    first = DiskStore(tmp_path)
    first.set("a", b"1")

    def read() -> None:
        first.get("a")
        is_reading.set()
        is_over.wait(WAIT)

    thread = threading.Thread(target=read)
    thread.start()
    assert is_reading.wait(WAIT)
    first.close()
    DiskStore(tmp_path).close()
    command = [sys.executable, "-c", WRITE_AND_DIE, str(tmp_path)]
    subprocess.run(command, check=True, timeout=WAIT)
    last = DiskStore(tmp_path)
    assert len(list(last.keys("k"))) == 50
    last.close()
    is_over.set()
    thread.join(WAIT)
