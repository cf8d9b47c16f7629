"""Daemon threads: what hangs on one never keeps the kernel alive, as an executor's would."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from daggr_nb.errors import log_error


class DaemonThreads:
    """Threads that are made when needed and re-used, ``most`` of them at once."""

    def __init__(self, most: int, name: str = "daggr-nb") -> None:
        self._most = most
        self._name = name
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = 0
        self._count = 0
        self._lock = threading.Lock()

    def start(self, job: Callable[[], None]) -> None:
        """Run a job as soon as a thread is free; raises ``RuntimeError`` if there can be none."""
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
            elif self._count < self._most:
                self._begin()
        self._waiting.put(job)

    def _begin(self) -> None:
        name = f"{self._name}-{self._count + 1}"
        try:
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        except RuntimeError:  # the system has no more of them: those that are go on
            if self._count == 0:
                raise
        else:
            self._count += 1

    def stop(self) -> None:
        """Let the threads end, each when it is idle. Returns at once."""
        with self._lock:
            for _ in range(self._count):
                self._waiting.put(None)
            self._count = self._idle = 0

    def _serve(self) -> None:
        while (job := self._waiting.get()) is not None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - a thread serves many
                log_error("daggr_nb met an error on a thread of its own", error)
            del job  # nothing of it is held while the thread waits for the next
            with self._lock:
                self._idle += 1
