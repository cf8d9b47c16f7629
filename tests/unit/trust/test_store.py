"""The store under Ctrl-C and with several kernels: nothing is lost, told too early, or held."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, InputNode, ui
from daggr_nb._engine.session.session import Session
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._interrupts import StateLock
from daggr_nb._model.structure import build
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import Blob, DiskStore, MemoryStore
from daggr_nb.errors import UnknownSheetError
from tests.unit.trust.interrupting import (
    WAIT,
    Bench,
    count_instructions,
    interrupt_at,
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


def test_t01_who_waits_for_the_lock_can_be_interrupted() -> None:
    lock, is_held, is_over = StateLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            is_held.set()
            is_over.wait(WAIT)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(WAIT)
    try:
        assert interrupt_at(lambda: lock.__enter__(), 150)
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
        numbers = FnNode(functions.get("tripled", tripled), "tripled", inputs={"n": form.n})
        end = FnNode(total, inputs={"numbers": numbers.output})
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
