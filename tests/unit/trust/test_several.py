"""Four processes on one store lose nothing of each other; `make stress` has more of it."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from daggr_nb._provenance.log.store import DiskStore
from tests.unit.trust.several import COUNT, spawn, together

SECONDS = 10


def test_t05_t12_t17_four_processes_on_one_store_lose_nothing(tmp_path: Path) -> None:
    counts = together(tmp_path, SECONDS)
    assert len(counts) == 7


ROUNDS = 8


def open_at_once(who: int, folder: Path, barrier: Any, answers: Any) -> None:
    try:
        for number in range(ROUNDS):
            barrier.wait(60)
            for key, size in (("short", 10), ("long", 200_000)):
                store = DiskStore(folder / str(number))
                store.set(f"{key} {who}", b"x" * size)
                store.close()
        answers.put("")
    except BaseException:  # noqa: BLE001 - told to whoever checks
        barrier.abort()
        answers.put(traceback.format_exc())


def test_t30_processes_that_make_a_store_at_once_wait_for_each_other(tmp_path: Path) -> None:
    barrier, answers = spawn.Barrier(COUNT), spawn.Queue()
    workers = [
        spawn.Process(target=open_at_once, args=(who, tmp_path, barrier, answers))
        for who in range(COUNT)
    ]
    for worker in workers:
        worker.start()
    assert [answers.get(timeout=90) for _ in workers] == [""] * COUNT
    for worker in workers:
        worker.join(30)
    for number in range(ROUNDS):
        store = DiskStore(tmp_path / str(number))
        assert len(list(store.keys("short"))) == len(list(store.keys("long"))) == COUNT
        store.close()
