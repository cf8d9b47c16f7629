"""Where a node's body runs: threads of our own, or any ``concurrent.futures.Executor``."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from daggr_nb._engine.task.task import Outcome, Task

Run = Callable[[], None]
Done = Callable[[Outcome], None]


class Backend(Protocol):
    """Where tasks are evaluated.

    ``run()`` evaluates the task wherever it is called, and reports back by itself. A backend that
    evaluates tasks in its own way calls ``done(outcome)`` instead.
    """

    def start(self, task: Task, run: Run, done: Done) -> None: ...
    def stop(self) -> None: ...


class Threads:
    """Daemon threads, made when needed and re-used; a hung one never keeps the kernel alive."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = 0
        self._count = 0
        self._lock = threading.Lock()

    def start(self, task: Task, run: Run, done: Done) -> None:
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._count < self._most:
                self._count += 1
                threading.Thread(
                    target=self._serve, name=f"daggr-nb-{self._count}", daemon=True
                ).start()
        self._waiting.put(run)

    def stop(self) -> None:
        """Let the threads end, each when it is idle. Returns at once."""
        with self._lock:
            for _ in range(self._count):
                self._waiting.put(None)
            self._count = self._idle = 0

    def _serve(self) -> None:
        while (run := self._waiting.get()) is not None:
            run()
            del run  # nothing of the run is held while the thread waits for the next
            with self._lock:
                self._idle += 1


class Pool:
    """Any ``concurrent.futures.Executor`` that shares memory with the kernel."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def start(self, task: Task, run: Run, done: Done) -> None:
        self._executor.submit(run)

    def stop(self) -> None:
        """Whoever made the executor shuts it down."""
