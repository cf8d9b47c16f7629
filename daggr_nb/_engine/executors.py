"""Where a node's body runs: threads of our own, or any ``concurrent.futures.Executor``."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

Work = Callable[[], None]


class Backend(Protocol):
    """Starts work somewhere else; the work reports back by itself."""

    def start(self, work: Work) -> None: ...


class Threads:
    """Daemon threads, made when needed and re-used; a hung one never keeps the kernel alive."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._waiting: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._idle = 0
        self._count = 0
        self._lock = threading.Lock()

    def start(self, work: Work) -> None:
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._count < self._most:
                self._count += 1
                threading.Thread(
                    target=self._serve, name=f"daggr-nb-{self._count}", daemon=True
                ).start()
        self._waiting.put(work)

    def _serve(self) -> None:
        while True:
            self._waiting.get()()
            with self._lock:
                self._idle += 1


class Pool:
    """Any ``concurrent.futures.Executor`` that shares memory with the kernel."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def start(self, work: Work) -> None:
        self._executor.submit(work)
