"""The one thread that writes: it gets no signals, so that nothing it writes is left half done."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from daggr_nb._interrupts import held_back
from daggr_nb._provenance.log.forks import PATIENCE, watch_forks
from daggr_nb._threads import Inbox

T = TypeVar("T")


class _Job(Generic[T]):
    """A function to call, and how that went."""

    def __init__(self, function: Callable[[], T], for_main: bool) -> None:
        self.for_main = for_main
        self._function = function
        self._done = threading.Event()
        self._answer: T
        self._error: BaseException | None = None

    def run(self) -> None:
        """Call the function, whatever comes of it."""
        try:
            self._answer = self._function()
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
            self._error = error
        self._done.set()

    def wait(self) -> T:
        """Return what the function returned, or raise what it raised."""
        self._done.wait()
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # which would keep this frame alive
        return self._answer


class Writer:
    """Calls functions one after the other on a thread of its own, for whoever waits for it.

    Ctrl-C comes before a function was handed over, or after its answer has been taken in.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self._end = weakref.finalize(self, lambda: None)
        self.renew()
        watch_forks(self)

    def pause(self) -> None:
        """Call nothing while a process is forked, once what is called now is over."""
        self._is_paused = self._calling.acquire(timeout=PATIENCE)

    def resume(self) -> None:
        """Go on."""
        if self._is_paused:
            self._calling.release()

    def renew(self) -> None:
        """Begin without a thread, and with locks that no thread holds."""
        self._calling = threading.RLock()
        self._is_paused = False
        self._inbox = Inbox("daggr-nb-writer", functools.partial(_do, self._local, self._calling))
        self._end.detach()
        self._end = weakref.finalize(self, self._inbox.end)
        self._end.atexit = False

    @property
    def here(self) -> bool:
        """Whether this is its thread."""
        return getattr(self._local, "job", None) is not None

    @property
    def for_main(self) -> bool:
        """Whether the main thread waits for what goes on here."""
        job = getattr(self._local, "job", None)
        return job is not None and bool(job.for_main)

    def call(self, function: Callable[[], T]) -> T:
        """Return what ``function`` returns on the writer's thread."""
        if self.here:
            return function()
        with held_back():
            job = _Job(function, threading.current_thread() is threading.main_thread())
            if not self._inbox.put(job):
                job.run()
            return job.wait()

    def close(self, last: Callable[[], object]) -> None:
        """Call ``last`` on the thread, which ends then; another starts when it has to."""
        self.call(last)
        with held_back():
            self._inbox.end()


def _do(local: threading.local, calling: threading.RLock, job: _Job[Any] | None) -> bool:
    if job is None:
        return False
    local.job = job
    with calling:
        job.run()
    local.job = None
    return True
