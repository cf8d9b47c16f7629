"""Daemon threads: what hangs on one never keeps the kernel alive, as an executor's would."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from daggr_nb.errors import log_error

T = TypeVar("T")
_IDLE = 5.0  # seconds


class Inbox(Generic[T]):
    """Messages for one thread, which is there while it has something to do.

    ``handle`` takes a message, or ``None`` when the time is over that ``pause`` gave it, and says
    whether to go on. A thread that has waited ``idle`` seconds, with no time given, ends; the next
    message starts another one. What its owner is told by these two, it is not kept alive by.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[T | None], bool],
        pause: Callable[[], float | None] = lambda: None,
        idle: float = _IDLE,
    ) -> None:
        self._name, self._handle, self._pause, self._idle = name, handle, pause, idle
        self._messages: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._lock = threading.RLock()  # the collector may put the last message in between
        self._is_served = False

    def __len__(self) -> int:
        return self._messages.qsize()

    def put(self, message: T) -> bool:
        """Hand a message over; says whether there is a thread to take it."""
        with self._lock:
            if not (self._is_served or self._begin()):
                return False
            self._messages.put(message)
            return True

    def end(self) -> None:
        """Let the thread end when it has taken what there is, if there is one."""
        with self._lock:
            if self._is_served:
                self._messages.put(None)

    def _begin(self) -> bool:
        thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
        try:
            contextvars.Context().run(thread.start)  # it is nobody's node who happened to call
        except RuntimeError:  # the system has no more of them, or Python is on its way out
            return False
        self._is_served = True
        return True

    def _serve(self) -> None:
        while True:
            pause = self._pause()
            message, is_idle = None, False
            try:
                message = self._messages.get(timeout=self._idle if pause is None else pause)
            except queue.Empty:
                is_idle = pause is None
            if not is_idle and self._handle(message):
                continue
            with self._lock:
                if self._messages.empty():
                    self._is_served = False
                    return


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
