"""The store under Ctrl-C and with several kernels: nothing is lost, told too early, or held."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from daggr_nb import FnNode
from daggr_nb._engine.session.session import Session
from daggr_nb._interrupts import StateLock
from daggr_nb._model.structure import build
from daggr_nb._provenance.log.log import Log
from daggr_nb._provenance.log.store import Blob, DiskStore, MemoryStore
from tests.unit.trust.interrupting import WAIT, Bench, count_instructions, interrupt_at, sample

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
