"""Who changes a session's state, and when what changed is written down.

A change is a *turn* under the session's lock. The thread that brings the news takes the turn
itself: an executor's thread that has finished a task goes on with what the turn made ready, which
saves two thread switches for every node. What nobody waits for is posted to a thread of its own.
That thread also writes what turns have staged, once none came for a moment, so that many fast
nodes share one transaction.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

logger = logging.getLogger("daggr_nb")

Message = Callable[[], None]
_PATIENCE = 0.002  # seconds without a turn before what is staged is written
_MOST_WAITS = 8  # and how many times that at most, while turns keep coming


class Dispatching(Protocol):
    """What a session asks of its dispatcher."""

    def post(self, message: Message) -> None: ...
    def turn(self, message: Message) -> None: ...
    def later(self, delay: float, message: Message) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


def _nothing() -> None:
    """Wakes the thread so that it settles in a moment."""


class Dispatcher:
    """Runs messages one at a time under ``lock``; calls ``settle`` when none come at once.

    ``crowded`` says after each message whether to settle now all the same. The thread starts when
    :meth:`start` is called.
    """

    def __init__(
        self, lock: threading.RLock, settle: Callable[[], None], crowded: Callable[[], bool]
    ) -> None:
        self._lock = lock
        self._settle = settle
        self._crowded = crowded
        self._settled = True
        self._turns = 0
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._timers: list[tuple[float, int, Message]] = []
        self._count = itertools.count()

    def post(self, message: Message) -> None:
        """Queue a message for the thread; returns at once."""
        self._inbox.put(message)

    def turn(self, message: Message) -> None:
        """Run a message now, on the calling thread."""
        with self._lock:
            first = self._settled
            self._settled = False
            self._turns += 1
            try:
                message()
            except Exception:
                logger.exception("daggr_nb's dispatcher met an error")
            if self._crowded():
                self._settle()
                self._settled = True
            elif first:
                self._inbox.put(_nothing)

    def start(self) -> None:
        """Start the thread if it does not run."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="daggr-nb-dispatcher", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, 5 seconds at most."""
        self._inbox.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def later(self, delay: float, message: Message) -> None:
        """Run a message ``delay`` seconds from now."""
        with self._lock:
            heapq.heappush(self._timers, (time.monotonic() + delay, next(self._count), message))
        self._inbox.put(_nothing)

    def _run(self) -> None:
        while True:
            message = self._next()
            if message is None:
                return
            if message is not _nothing:
                self.turn(message)

    def _next(self) -> Message | None:
        waits = 0
        while not self._settled:
            turns, waits = self._turns, waits + 1
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=_PATIENCE)
            if turns == self._turns or waits == _MOST_WAITS:
                with self._lock:
                    if not self._settled:
                        self._settle()
                        self._settled = True
        try:
            return self._inbox.get(timeout=self._until_timer())
        except queue.Empty:
            with self._lock:
                due = self._timers and self._timers[0][0] <= time.monotonic()
                return heapq.heappop(self._timers)[2] if due else _nothing

    def _until_timer(self) -> float | None:
        with self._lock:
            return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
