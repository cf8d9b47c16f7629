"""Events of runs for many listeners: one thread follows the session, each run has its own list.

Server-sent events carry the number of the event as ``id``, so that a listener that was cut off goes
on after the last one that it has, without gap or repeat.
"""

from __future__ import annotations

import asyncio
import bisect
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._protocol.visitors import without_paths
from daggr_nb._text import sendable

HEARTBEAT = 15.0
"""Seconds after which a comment keeps the line of a silent run open."""
_GATHER = 0.02  # seconds in which events become one piece: a page needs no more of them
_CROWD = 50  # listeners of a run, beyond which pieces are made less often
_LAST = frozenset({"run.succeeded", "run.partial", "run.failed", "run.aborted"})
"""The last event of a call; after ``run.paused`` it may go on."""
_WITHHELD = frozenset({"traceback", "inputs"})  # for who can change the code
_TOLD = frozenset({"error", "failures", "text"})


class RunEvents:
    """The events of one call, oldest first, each as it is sent. Used on the server's loop alone."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._pieces: list[bytes] = []
        self._news = asyncio.Event()
        self._ended = False
        self._listeners = 0

    def add(self, event: dict[str, Any]) -> None:
        """Take the next event."""
        self._numbers.append(event["seq"])
        self._pieces.append(as_sent(event))
        self._ended = self._ended or event["type"] in _LAST
        self._wake()

    def end(self) -> None:
        """Let listeners go once they have all of it."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def after(self, seq: int) -> AsyncIterator[bytes]:
        """Yield what was and what comes after event ``seq``, to the end of the call."""
        index = bisect.bisect_right(self._numbers, seq)
        self._listeners += 1
        try:
            async for piece in self._from(index):
                yield piece
        finally:
            self._listeners -= 1

    async def _from(self, index: int) -> AsyncIterator[bytes]:
        while True:
            news = self._news
            if index < len(self._pieces):
                piece = b"".join(self._pieces[index:])
                index = len(self._pieces)
                yield piece
                await asyncio.sleep(_GATHER * max(1.0, self._listeners / _CROWD))
            elif self._ended:
                return
            else:
                # No wait_for: before Python 3.12 it loses a cancellation that comes with the news.
                coming = asyncio.ensure_future(news.wait())
                try:
                    done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT)
                finally:
                    coming.cancel()
                if not done:
                    yield b": waiting\n\n"


def as_sent(event: dict[str, Any]) -> bytes:
    """Return an event as a server-sent one, as a visitor may read it."""
    told = {
        name: _without_paths(part) if name in _TOLD else part
        for name, part in event.items()
        if name not in _WITHHELD
    }
    data = json.dumps(sendable(told), default=str)
    return f"id: {event['seq']}\nevent: {event['type']}\ndata: {data}\n\n".encode()


def _without_paths(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without_paths(part) for name, part in told.items()}
    return without_paths(told) if isinstance(told, str) else told


class Feed:
    """Follows a session's events on a thread of its own, and hands each to the call that it is of.

    Made and asked on the server's loop.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._by_run: dict[str, RunEvents] = {}
        self._closed = threading.Event()
        self._handed_out = session.events.next_expected() - 1
        self._thread = threading.Thread(target=self._follow, name="daggr-nb-events", daemon=True)
        self._thread.start()

    def follow(self, run_id: str, events: RunEvents, from_seq: int) -> None:
        """Hand the events of a run to ``events``, those since ``from_seq`` too."""
        if run_id in self._by_run:
            return
        self._by_run[run_id] = events
        for event in self._session.events.since(from_seq):
            if event["seq"] <= self._handed_out and event.get("run_id") == run_id:
                events.add(event)

    def forget(self, run_id: str) -> None:
        """Hand out the events of a run no more."""
        self._by_run.pop(run_id, None)

    def _follow(self) -> None:
        seq = self._handed_out + 1
        while batch := self._session.events.wait(seq, self._is_over):
            seq = batch[-1]["seq"] + 1
            try:
                self._loop.call_soon_threadsafe(self._hand_out, batch)
            except RuntimeError:  # the loop is closed: nobody listens
                return

    def _is_over(self) -> bool:
        return self._closed.is_set() or self._session.closed

    def _hand_out(self, batch: list[dict[str, Any]]) -> None:
        for event in batch:
            events = self._by_run.get(event.get("run_id", ""))
            if events is not None:
                events.add(event)
        self._handed_out = batch[-1]["seq"]

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._session.events.wake()
        self._thread.join(5)
        for events in self._by_run.values():
            events.end()
