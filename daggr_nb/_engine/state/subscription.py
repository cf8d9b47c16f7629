"""A listener that may be slow: what it gets when more has happened than it could hear."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from daggr_nb._engine.state.events import Event, EventLog
from daggr_nb._engine.state.live import REPORTED
from daggr_nb._provenance.log.condense import joined
from daggr_nb.errors import GraphError, StoreError, is_interrupt, log_error

logger = logging.getLogger("daggr_nb")

QUEUE = 10_000

Resync = Callable[[], dict[str, Any]]


class Subscription:
    """A callback fed from a thread of its own, so that it can be slow. End it with :meth:`close`.

    Nothing is queued for it: what waits stays in the log, and is read when the callback is free.
    What was on record when it began comes as it was. Of later events up to ``queue`` come as they
    were. When more wait, it is *behind*: deltas of one output are joined, and of progress and notes
    the latest is told, see :func:`condensed`; every other event still comes, in order. If more
    than ``queue`` are left even so, they are followed by one ``state.resync``, so that the listener
    need not add up what it was told: ``snapshot`` is ``{node: {"status": …, "freshness": …}}`` and
    ``seq`` the number of the last event that it reflects; the next event is ``seq + 1``.
    """

    def __init__(
        self,
        log: EventLog,
        callback: Callable[[Event], object],
        from_seq: int,
        queue: int,
        resync: Resync,
    ) -> None:
        if not isinstance(queue, int) or queue < 1:
            raise GraphError(f"queue= expected a number of events from 1, got {queue!r}.")
        self._closed = threading.Event()
        self._complained = False
        self._log = log
        self._callback = callback
        self._next = from_seq
        self._live_from = log.next_expected()
        self._queue = queue
        self._resync = resync
        self._thread = threading.Thread(
            target=self._follow, name="daggr-nb-subscriber", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop the deliveries. Returns at once."""
        self._closed.set()
        self._log.wake()

    def join(self, seconds: float) -> None:
        """Wait until a graph that is closed has told it all, but no longer than so many seconds."""
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _follow(self) -> None:
        while batch := self._news():
            if self._closed.is_set():
                return
            live = next((i for i, e in enumerate(batch) if e["seq"] >= self._live_from), len(batch))
            self._deliver(batch[:live])
            self._next = batch[-1]["seq"] + 1
            waiting = batch[live:]
            if len(waiting) > self._queue:
                waiting = condensed(waiting)
            if len(waiting) > self._queue:
                waiting = self._resynced(waiting)
            self._deliver(waiting)

    def _news(self) -> list[dict[str, Any]]:
        """Return what happened as soon as there is any; what cannot be read is left out."""
        while True:
            try:
                return self._log.wait(self._next, self._closed.is_set)
            except StoreError as error:
                logger.warning("Events before this cannot be read, and are not told: %s", error)
                is_past = self._next < self._live_from
                self._next = self._live_from if is_past else self._log.next_expected()

    def _resynced(self, waiting: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what waits up to a moment, and how things stood then."""
        resync = self._resync()
        late = [e for e in self._log.since(self._next) if e["seq"] <= resync["seq"]]
        self._next = resync["seq"] + 1
        return [*condensed([*waiting, *late]), resync]

    def _deliver(self, events: Iterable[dict[str, Any]]) -> None:
        for data in events:
            if self._closed.is_set():
                return
            try:
                self._callback(Event.from_dict(data))
            except BaseException as error:
                if is_interrupt(error):
                    raise
                if not self._complained:
                    log_error("A subscriber of daggr_nb events raised; said once", error)
                self._complained = True


def condensed(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``events`` as a listener that is behind hears them, see :func:`joined`."""
    return joined(events, REPORTED)
