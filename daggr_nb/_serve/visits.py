"""People on the page: each has a session of their own, which waits for a page that was cut off.

A visit begins as the sheets are on record; what becomes of its inputs is the visitor's. Results of
runs are common to all where there is a store.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import secrets
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from daggr_nb._canvas.bridge import Bridge
from daggr_nb._engine.session.registry import close_sessions_of, session_for
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.state.changes import NodeRenamed
from daggr_nb._json import decode_json
from daggr_nb._serve.served import Served
from daggr_nb.errors import InputError

_QUEUE = 200  # frames that wait for a slow page; what is beyond is asked for again
Frame = str | bytes


class FullError(Exception):
    """There are as many visits as the server takes."""


class Visit:
    """One visitor: a session, its canvas, and the sockets of the pages that show it."""

    def __init__(self, served: Served, identity: str, loop: asyncio.AbstractEventLoop) -> None:
        self.id = identity
        self._loop = loop
        self._sockets: set[asyncio.Queue[Frame]] = set()
        self.renamed: collections.deque[NodeRenamed] = collections.deque()
        """Nodes that are called otherwise since it followed last."""
        folder = served.session.log.store.folder
        home, key = (folder.parent, folder.name) if folder is not None else (None, None)
        self.session: Session = session_for(key, home, visitor=identity, beside=served.session)
        self.session.attach(served.structure)
        self.bridge = Bridge(self.session, served.name, self._tell)

    @property
    def watched(self) -> bool:
        """Whether any page shows it."""
        return bool(self._sockets)

    def enter(self) -> asyncio.Queue[Frame]:
        """Return the frames for a page that begins to show it."""
        frames: asyncio.Queue[Frame] = asyncio.Queue(_QUEUE)
        self._sockets.add(frames)
        return frames

    def leave(self, frames: asyncio.Queue[Frame]) -> None:
        """Show it on a page no more."""
        self._sockets.discard(frames)

    def _tell(self, message: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Send a message to every page; called on threads of the canvas."""
        frame = packed({"message": message}, buffers)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, frame)

    def _put(self, frame: Frame) -> None:
        for frames in self._sockets:
            if not frames.full():  # else its view will ask for what it missed
                frames.put_nowait(frame)

    def follow(self, served: Served) -> None:
        """Take the graph as it is now, if it was defined again."""
        while self.renamed:
            change = self.renamed.popleft()
            self.session.take_renamed(change.former, change.latter)
        if self.session.current.structure is not served.structure:
            self.session.attach(served.structure)

    def say(self, notice: str) -> None:
        """Show a message on its canvas."""
        self.session.say(notice)

    def close(self) -> None:
        """End it: its runs are stopped, its inputs are gone."""
        self.bridge.end()
        close_sessions_of(self.id)
        self.session.close()


class Visits:
    """The visits of a server, used on its loop."""

    def __init__(self, served: Served, threads: Executor) -> None:
        self._served = served
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._visits: dict[str, Visit] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._opening = 0
        self._entering = asyncio.Lock()
        self._notice = ""
        self._unwatch = served.session.watch(self._on_change)

    def say(self, notice: str) -> None:
        """Show a message to all, and to whoever comes; may be called on any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._say, notice)

    def _say(self, notice: str) -> None:
        self._notice = notice
        for visit in self._visits.values():
            self._threads.submit(visit.say, notice)

    def _on_change(self, changes: Sequence[Any]) -> None:
        for change in changes:
            if isinstance(change, NodeRenamed):
                for visit in list(self._visits.values()):
                    visit.renamed.append(change)
        if self._visits and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._follow)

    def _follow(self) -> None:
        for visit in self._visits.values():
            if visit.session.current.structure is not self._served.structure:
                self._threads.submit(visit.follow, self._served)

    async def enter(self, identity: str) -> tuple[Visit, asyncio.Queue[Frame]]:
        """Return the visit of that id, or a new one; raises :class:`FullError` where none fits."""
        async with self._entering if self._served.shared else contextlib.nullcontext():
            visit = self._known(identity) or await self._begun()
        timer = self._leaving.pop(visit.id, None)
        if timer is not None:
            timer.cancel()
        return visit, visit.enter()

    def _known(self, identity: str) -> Visit | None:
        if self._served.shared:
            return next(iter(self._visits.values()), None)
        return self._visits.get(identity)

    async def _begun(self) -> Visit:
        if len(self._visits) + self._opening >= self._served.limits.visits:
            raise FullError
        self._opening += 1
        try:
            identity = secrets.token_urlsafe(24)
            visit: Visit = await self._elsewhere(Visit, self._served, identity, self._loop)
        finally:
            self._opening -= 1
        self._visits[visit.id] = visit
        if self._notice:
            await self._elsewhere(visit.say, self._notice)
        return visit

    def leave(self, visit: Visit, frames: asyncio.Queue[Frame]) -> None:
        """Let a page go; the visit waits a while for it to come back."""
        visit.leave(frames)
        if self._served.shared:  # it waits for whoever comes
            return
        if not visit.watched and visit.id in self._visits:
            seconds = self._served.limits.visit_seconds
            self._leaving[visit.id] = self._loop.call_later(seconds, self._end, visit)

    def _end(self, visit: Visit) -> None:
        self._leaving.pop(visit.id, None)
        self._visits.pop(visit.id, None)
        self._threads.submit(visit.close)

    async def _elsewhere(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await self._loop.run_in_executor(self._threads, work, *arguments)

    async def close(self) -> None:
        """End all visits."""
        self._unwatch()
        for timer in self._leaving.values():
            timer.cancel()
        visits, self._visits = list(self._visits.values()), {}
        await asyncio.gather(*(self._elsewhere(visit.close) for visit in visits))


def packed(header: dict[str, Any], buffers: Sequence[bytes]) -> Frame:
    """Return a frame: a text, or with buffers a header's length, the header, and the buffers."""
    if not buffers:
        return json.dumps(header, allow_nan=False)
    text = json.dumps({**header, "sizes": [len(each) for each in buffers]}).encode()
    return b"".join([struct.pack(">I", len(text)), text, *buffers])


def unpacked(frame: Frame) -> tuple[Any, list[memoryview]]:
    """Return what a page has sent: a message and its buffers; raises ``InputError`` for others."""
    try:
        if isinstance(frame, str):
            return decode_json(frame)["message"], []
        (length,) = struct.unpack_from(">I", frame)
        header = decode_json(frame[4 : 4 + length])
        buffers, at = [], 4 + length
        for size in header.get("sizes", ()):
            if type(size) is not int or not 0 <= size <= len(frame) - at:
                raise ValueError("sizes are beyond the frame")
            buffers.append(memoryview(frame)[at : at + size])
            at += size
        return header["message"], buffers
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error) as e:
        raise InputError(f"A frame was expected as the page sends it: {e!r}.") from e
