"""Who changes a session's state, and when what changed is written down.

A change is a *turn* under the session's lock. The thread that brings the news takes the turn
itself: an executor's thread that has finished a task goes on with what the turn made ready, which
saves two thread switches for every node. What nobody waits for is posted to a thread of its own.
That thread also writes what turns have staged, once none came for a moment, so that many fast
nodes share one transaction.
"""

from __future__ import annotations

import collections
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from daggr_nb._interrupts import StateLock

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


class Dispatcher:
    """Runs messages one at a time under ``lock``; calls ``settle`` when none come at once.

    ``crowded`` says after each turn whether to settle now all the same. The thread starts when
    :meth:`start` is called. Posted messages are run in their order by whoever holds the lock next,
    so that a busy executor cannot keep a Stop waiting.
    """

    def __init__(
        self, lock: StateLock, settle: Callable[[], None], crowded: Callable[[], bool]
    ) -> None:
        self._lock = lock
        self._settle = settle
        self._crowded = crowded
        self._settled = True
        self._turns = 0
        self._depth = 0
        self._stopped = False
        self._inbox: collections.deque[Message] = collections.deque()
        self._timers: list[tuple[float, int, Message]] = []
        self._count = itertools.count()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def post(self, message: Message) -> None:
        """Queue a message; returns at once."""
        self._inbox.append(message)
        self._wake.set()

    def turn(self, message: Message) -> None:
        """Run a message now, on the calling thread, after what was posted before."""
        with self._lock:
            if self._depth:  # part of a turn already
                self._run(message)
                return
            first = self._settled
            self._settled = False
            self._turns += 1
            self._run_posted()
            self._depth += 1
            self._run(message)
            self._depth -= 1
            if self._crowded():
                self._settle_now()
            elif first:
                self._wake.set()

    def later(self, delay: float, message: Message) -> None:
        """Run a message ``delay`` seconds from now."""
        with self._lock:
            heapq.heappush(self._timers, (time.monotonic() + delay, next(self._count), message))
        self._wake.set()

    def start(self) -> None:
        """Start the thread if it does not run."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._loop, name="daggr-nb-dispatcher", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, 5 seconds at most."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    # -- inside

    def _run(self, message: Message) -> None:
        try:
            message()
        except Exception:
            logger.exception("daggr_nb's dispatcher met an error")

    def _run_posted(self) -> None:
        self._depth += 1
        for _ in range(len(self._inbox)):
            self._run(self._inbox.popleft())
        self._depth -= 1
        if self._inbox:
            self._wake.set()

    def _settle_now(self) -> None:
        self._settle()
        self._settled = True

    def _loop(self) -> None:
        waits = 0
        while True:
            turns = self._turns
            self._wake.wait(self._until_timer() if self._settled else _PATIENCE)
            self._wake.clear()
            self._post_due()
            if self._inbox:
                self._take_posted()
            waits = 0 if self._settled else waits + 1
            if waits and (turns == self._turns or waits >= _MOST_WAITS):
                with self._lock:
                    self._settle_now()
                waits = 0
            if self._stopped and not self._inbox:
                return

    def _take_posted(self) -> None:
        with self._lock:
            self._settled = False
            self._turns += 1
            self._run_posted()

    def _post_due(self) -> None:
        with self._lock:
            while self._timers and self._timers[0][0] <= time.monotonic():
                self._inbox.append(heapq.heappop(self._timers)[2])

    def _until_timer(self) -> float | None:
        with self._lock:
            return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
