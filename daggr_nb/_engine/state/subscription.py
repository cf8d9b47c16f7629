"""A listener that may be slow: what it gets when more has happened than it could hear."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from daggr_nb._engine.state.events import Event, EventLog
from daggr_nb._engine.state.live import REPORTED
from daggr_nb.errors import GraphError, is_interrupt, log_error

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

    def _follow(self) -> None:
        while batch := self._log.wait(self._next, self._closed.is_set):
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
    """Return ``events`` with deltas joined, in the order of their numbers.

    Chunks of one output of one evaluation become one chunk, if nothing else of that evaluation
    lies between. It has the number and index ``i`` of the last, and ``joined`` says how many it
    stands for; when one of them began anew, it starts there and is a ``reset`` itself. Of progress
    and of notes the latest stays. A joined event never passes another of its own evaluation, but it
    does pass those of others.

    >>> chunk = {"type": "node.chunk", "exec_id": "x", "port": "output"}
    >>> said = [{**chunk, "seq": i, "i": i, "delta": t} for i, t in enumerate(["to", "gether"])]
    >>> condensed(said)[0]["delta"]
    'together'
    """
    runs: dict[int, list[dict[str, Any]]] = {}
    latest: dict[Any, dict[Any, int]] = {}
    for event in events:
        seq, kind = event["seq"], event["type"]
        if kind not in _JOINED:
            latest.pop(event.get("exec_id"), None)
            runs[seq] = [event]
            continue
        of_evaluation = latest.setdefault(event.get("exec_id"), {})
        part = (kind, event.get("port"))
        before = of_evaluation.get(part, -1)
        together = before in runs and _continues(runs[before][-1], event)
        run = runs.pop(before) if together else []
        run.append(event)
        runs[seq] = run
        of_evaluation[part] = seq
    return [_JOINED[run[0]["type"]](run) if len(run) > 1 else run[0] for run in runs.values()]


def _continues(before: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether two deltas can be one: text goes with text, lists with lists."""
    if event["type"] != "node.chunk" or event.get("reset"):
        return True
    delta = event["delta"]
    return isinstance(delta, (str, list)) and type(before["delta"]) is type(delta)


def _one_chunk(run: list[dict[str, Any]]) -> dict[str, Any]:
    start = max((i for i, event in enumerate(run) if event.get("reset")), default=0)
    deltas = [event["delta"] for event in run[start:]]
    if isinstance(deltas[0], str):
        whole: Any = "".join(deltas)
    else:
        whole = deltas[0] if len(deltas) == 1 else [item for delta in deltas for item in delta]
    joined = {**run[-1], "delta": whole, "joined": sum(event.get("joined", 1) for event in run)}
    return {**joined, "reset": True} if run[start].get("reset") else joined


_JOINED: dict[str, Callable[[list[dict[str, Any]]], dict[str, Any]]] = {
    **dict.fromkeys(REPORTED, lambda run: run[-1]),
    "node.chunk": _one_chunk,
}
