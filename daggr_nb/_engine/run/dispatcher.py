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
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from daggr_nb._interrupts import StateLock
from daggr_nb.errors import is_interrupt, log_error

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


_LONGEST_WAIT = 3600.0  # seconds; the system takes no times of any length

_at_work: set[Dispatcher] = set()
"""Those with something to do, which nobody may be left to wait for: they live until it is done."""


class Dispatcher:
    """Runs messages one at a time under ``lock``; calls ``settle`` when none come at once.

    ``crowded`` says after each turn whether to settle now all the same, as there is much, or
    nothing follows. The thread starts when :meth:`start` is called. Posted messages are run in
    their order by whoever holds the lock next, so that a busy executor cannot keep a Stop waiting.
    """

    def __init__(
        self, lock: StateLock, settle: Callable[[], None], crowded: Callable[[], bool]
    ) -> None:
        self._lock = lock
        self._settle = settle
        self._crowded = crowded
        self._settled = True
        self._turns = self._turns_before = self._waits = 0
        self._depth = 0
        self._stopped = False
        self._inbox: collections.deque[Message] = collections.deque()
        self._timers: list[tuple[float, int, Message]] = []
        self._count = itertools.count()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def post(self, message: Message) -> None:
        """Queue a message; returns at once."""
        self._live_on()
        self._inbox.append(message)
        self._wake.set()

    def turn(self, message: Message) -> None:
        """Run a message now, on the calling thread, after what was posted before."""
        with self._lock:
            if self._depth:  # part of a turn already
                self._run(message)
                return
            first = self._settled
            self._live_on()
            self._settled = False
            self._turns += 1
            self._run_posted()
            self._depth += 1
            try:
                self._run(message)
            finally:
                self._depth -= 1
            if self._crowded():
                self._settle_now()
            if first:  # the thread settles, or sees that there is nothing left to live for
                self._wake.set()

    def later(self, delay: float, message: Message) -> None:
        """Run a message ``delay`` seconds from now."""
        self._live_on()
        with self._lock:
            heapq.heappush(self._timers, (time.monotonic() + delay, next(self._count), message))
        self._wake.set()

    def start(self) -> None:
        """Start the thread if it does not run."""
        with self._lock:
            if self._thread is None:
                weakref.finalize(self, self._wake.set)
                self._thread = threading.Thread(
                    target=_serve,
                    args=(weakref.ref(self), self._wake),
                    name="daggr-nb-dispatcher",
                    daemon=True,
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
        except BaseException as error:
            if is_interrupt(error):
                raise
            log_error("daggr_nb's dispatcher met an error", error)

    def _run_posted(self) -> None:
        self._depth += 1
        try:
            for _ in range(len(self._inbox)):
                self._run(self._inbox.popleft())
        finally:
            self._depth -= 1
        if self._inbox:
            self._wake.set()

    def _settle_now(self) -> None:
        self._settled = True
        self._run(self._settle)

    def next_wait(self) -> float | None:
        """Return how long the thread may wait, for ever if nothing is due; called by it alone."""
        self._turns_before = self._turns
        return self._until_timer() if self._settled else _PATIENCE

    def go_on(self) -> bool:
        """Do what is due; says whether anything may follow. Called by the thread alone."""
        self._post_due()
        if self._inbox:
            self._take_posted()
        self._waits = 0 if self._settled else self._waits + 1
        if self._waits and (self._turns_before == self._turns or self._waits >= _MOST_WAITS):
            with self._lock:
                self._settle_now()
            self._waits = 0
        with self._lock:
            idle = self._settled and not self._inbox
            if idle and (self._stopped or not self._timers):
                _at_work.discard(self)
        return not self._stopped or bool(self._inbox)

    def _live_on(self) -> None:
        """Do not go before what there is to do is done; the thread takes that back."""
        if self._thread is not None and not self._stopped:
            _at_work.add(self)

    def _take_posted(self) -> None:
        with self._lock:
            self._settled = False
            self._turns += 1
            self._run_posted()
            if self._crowded():
                self._settle_now()

    def _post_due(self) -> None:
        with self._lock:
            while self._timers and self._timers[0][0] <= time.monotonic():
                self._inbox.append(heapq.heappop(self._timers)[2])

    def _until_timer(self) -> float | None:
        with self._lock:
            return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None


def _serve(ref: weakref.ref[Dispatcher], wake: threading.Event) -> None:
    """Serve a dispatcher; while the thread waits, it does not keep the session alive."""
    while True:
        dispatcher = ref()
        wait = None if dispatcher is None else dispatcher.next_wait()
        del dispatcher
        wake.wait(wait if wait is None else min(wait, _LONGEST_WAIT))
        wake.clear()
        dispatcher = ref()
        if dispatcher is None or not dispatcher.go_on():
            return
