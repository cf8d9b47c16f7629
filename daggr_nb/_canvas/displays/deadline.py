"""A deadline for looks at values: what takes longer is worked out aside, and shown when ready.

A value is foreign code, which may take ten seconds or never come back, while whoever shows many
values holds the session's lock.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from daggr_nb._threads import DaemonThreads

T = TypeVar("T")

_PATIENCE = 0.25  # seconds that anybody waits for one look among many
_MOST = 32  # looks at once; the next ones wait for a free thread
_KEPT = 200  # answers that were late, for whoever asks again


@dataclass(eq=False)
class _Job(Generic[T]):
    subject: Any  # kept alive, as its id may stand for it
    answer: Future[T] = field(default_factory=Future)
    late: bool = False


class Deadline:
    """Works looks out on threads of its own, and waits for each no longer than a moment.

    The more of them are late, the shorter: all of them together cost twice that moment.
    """

    def __init__(self, patience: float = _PATIENCE, most: int = _MOST) -> None:
        self._patience = patience
        self._threads = DaemonThreads(most, "daggr-nb-look")
        self._jobs: OrderedDict[Hashable, _Job[Any]] = OrderedDict()
        self._watchers: set[weakref.WeakMethod[Callable[[], None]]] = set()
        self._lock = threading.Lock()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a bound method whenever a late answer has come, for as long as its object lives."""
        with self._lock:
            self._watchers = {each for each in self._watchers if each() is not None}
            self._watchers.add(weakref.WeakMethod(watcher))

    def soon(self, key: Hashable, subject: Any, look: Callable[[], T]) -> T | None:
        """Return what ``look`` returns, or ``None`` if it takes long; raises what it raises.

        Whoever asks for the same ``key`` later gets the late answer.
        """
        with self._lock:
            job = self._jobs.get(key)
            is_new = job is None
            if job is None:
                job = self._jobs[key] = _Job(subject)
            others = sum(each.late and not each.answer.done() for each in self._jobs.values())
        if is_new:
            self._start(job, look)
        try:
            patience = 0.0 if job.late else self._patience / 2**others
            answer: T = job.answer.result(patience)
        except LateError:
            with self._lock:
                if not job.answer.done():
                    job.late = True
                    return None
            answer = job.answer.result()
        finally:
            self._settle(key, job)
        return answer

    def within(self, seconds: float, look: Callable[[], T]) -> T | None:
        """Return what ``look`` returns, or ``None`` if that takes more than some seconds."""
        job: _Job[T] = _Job(None)
        self._start(job, look)
        try:
            return job.answer.result(seconds)
        except LateError:
            if job.answer.done():
                raise  # its own
            return None

    def start(self, job: Callable[[], None]) -> None:
        """Do something that is likely to look at values, aside; nobody waits for it."""
        try:
            self._threads.start(job)
        except RuntimeError:  # the system has no thread left
            job()

    def _start(self, job: _Job[T], look: Callable[[], T]) -> None:
        def work() -> None:
            try:
                job.answer.set_result(look())
            except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
                job.answer.set_exception(error)
            with self._lock:
                watchers = [each() for each in self._watchers] if job.late else []
            for watcher in watchers:
                if watcher is not None:
                    watcher()

        self.start(work)

    def _settle(self, key: Hashable, job: _Job[Any]) -> None:
        """Let go of an answer that came in time, and of the oldest late ones."""
        with self._lock:
            if job.answer.done() and not job.late:
                self._jobs.pop(key, None)
            done = [each for each, other in self._jobs.items() if other.answer.done()]
            for each in done[:-_KEPT]:
                del self._jobs[each]


DEADLINE = Deadline()
"""That of all canvases of this process."""

if hasattr(os, "register_at_fork"):  # not on Windows; the threads are gone in a forked process
    os.register_at_fork(after_in_child=DEADLINE.__init__)  # type: ignore[misc]
