"""Kernels and processes at work, killed at random moments."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tests.kernels import new_manager
from tests.stress.workload import check, work

ROOT = Path(__file__).resolve().parents[2]
PER_STORE = 10
WAIT = 60
CELL = """
from pathlib import Path
from tests.stress.workload import work
for count in work(Path({store!r}), Path({report!r}), {seed}):
    if count == 0:
        print("at work", flush=True)
"""


class Worker(Protocol):
    """What is started at once, and works in a store until it is killed."""

    def begin(self, store: Path, report: Path, seed: int) -> None: ...
    def kill(self) -> None: ...


class Kernel:
    """A Jupyter kernel in a process of its own."""

    def __init__(self) -> None:
        self._manager = new_manager()
        self._manager.start_kernel(cwd=str(ROOT))
        self._client = self._manager.blocking_client()
        self._client.start_channels()

    def begin(self, store: Path, report: Path, seed: int) -> None:
        """Return as soon as it is at work."""
        self._client.wait_for_ready(timeout=WAIT)
        self._client.execute(CELL.format(store=str(store), report=str(report), seed=seed))
        while (message := self._client.get_iopub_msg(timeout=WAIT))["msg_type"] != "stream":
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])

    def kill(self) -> None:
        self._manager.signal_kernel(signal.SIGKILL)
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.stress.workload"])


class Process:
    """A process that is forked from one which has imported everything: it is quick to begin."""

    def __init__(self) -> None:
        self._answers, self._sender = _forks.Pipe(duplex=False)
        self._process: Any = None

    def begin(self, store: Path, report: Path, seed: int) -> None:
        """Return as soon as it is at work."""
        self._process = _forks.Process(target=_work, args=(self._sender, store, report, seed))
        self._process.start()
        self._sender.close()
        assert self._answers.poll(WAIT)
        self._answers.recv()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._answers.close()


def _work(sender: Any, store: Path, report: Path, seed: int) -> None:
    for count in work(store, report, seed):
        if count == 0:
            sender.send("at work")


def killed(folder: Path, kills: int, start: Callable[[], Worker] = Kernel, seed: int = 0) -> int:
    """Kill so many workers in stores below ``folder``; return how many records stood."""
    chance, total = random.Random(seed), 0
    worker, spare = start(), start() if kills > 1 else None
    for kill in range(kills):
        place = folder / f"store {kill // PER_STORE}"
        place.mkdir(exist_ok=True)
        report = place / "report.txt"
        worker.begin(place, report, chance.randrange(10**9))
        threading.Event().wait(chance.uniform(0, 0.5))
        worker.kill()
        if spare is not None:
            worker, spare = spare, start() if kill + 2 < kills else None
        whole, _, _ = report.read_text().rpartition("\n")  # a line may have been cut short
        total += check(place, whole.splitlines())
    return total
