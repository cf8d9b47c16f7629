"""One call through the queue of a Gradio app: joining, listening, cancelling.

The protocols ``sse_v1`` to ``sse_v3`` (Gradio 4.21 and later): a call is posted to ``queue/join``,
and what becomes of it is read from ``queue/data``, as server-sent events of JSON. From ``sse_v2``
on a value so far that follows another one is sent as a list of edits. Each call has a session of
its own, so that what an app remembers of one never shows up in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from daggr_nb._json import decode_json
from daggr_nb._services.connection import Connection, said
from daggr_nb.errors import AppFailed, BadAnswer, Busy, RemoteError, Unreachable

DIFFS = frozenset({"sse_v2", "sse_v2.1", "sse_v3"})
PROTOCOLS = frozenset({"sse_v1", *DIFFS})
_CANCEL_TIME = 2.0  # seconds that telling the app of a cancellation may take


class Listener(Protocol):
    """Who hears what becomes of a call. Called on the loop; must not block."""

    def queued(self, rank: int, size: int, seconds: float | None) -> None:
        """Hear that ``rank`` others are before this call, of ``size`` in the queue."""

    def started(self) -> None:
        """Hear that the call is at work."""

    def progressed(self, units: Sequence[Mapping[str, Any]]) -> None:
        """Hear how far it is; ``units`` are trackers, the outermost first."""

    def logged(self, level: str, text: str) -> None:
        """Hear what the app shows to its user."""

    def produced(self, data: Sequence[Any]) -> None:
        """Hear the values so far, as they are on the wire."""


@dataclass
class Call:
    """A call that was taken: ``event`` is its name over there."""

    connection: Connection
    prefix: str
    protocol: str
    function: int
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    event: str = ""

    async def join(self, data: Sequence[Any]) -> None:
        """Put the call into the queue."""
        body = {
            "data": data,
            "fn_index": self.function,
            "session_hash": self.session,
            "event_data": None,
            "trigger_id": None,
        }
        content = json.dumps(body).encode()
        response = await self.connection.request(
            "POST",
            f"{self.prefix}/queue/join",
            content=content,
            headers={"content-type": "application/json"},
        )
        answer = self.connection.read_json(response)
        event = answer.get("event_id") if isinstance(answer, dict) else None
        if not isinstance(event, str):
            raise BadAnswer(
                said(self._service, f"took the call without naming it: {answer!r}", "Run again."),
                service=self._service,
            )
        self.event = event

    async def result(self, listener: Listener) -> list[Any]:
        """Listen to what becomes of the call, and return the values at its end, as on the wire.

        If this is cancelled, the app is told, and the caller is free at once.
        """
        try:
            return await self._listen(listener)
        except BaseException as error:
            if not isinstance(error, RemoteError):
                self.cancel()
            raise

    def cancel(self) -> None:
        """Tell the app that nobody waits for the call; does not wait for its answer."""
        if self.event:
            task = asyncio.get_running_loop().create_task(self._cancel())
            _cancelling.add(task)
            task.add_done_callback(_cancelling.discard)

    async def _cancel(self) -> None:
        body = {"session_hash": self.session, "fn_index": self.function, "event_id": self.event}
        with contextlib.suppress(RemoteError, TimeoutError, asyncio.TimeoutError):
            request = self.connection.request("POST", f"{self.prefix}/cancel", json=body)
            await asyncio.wait_for(request, _CANCEL_TIME)

    @property
    def _service(self) -> str:
        return self.connection.service

    async def _listen(self, listener: Listener) -> list[Any]:
        former: list[Any] | None = None
        async with contextlib.aclosing(self._messages()) as messages:
            async for message in messages:
                kind = message.get("msg")
                if kind == "estimation":
                    rank, size = message.get("rank"), message.get("queue_size")
                    if isinstance(rank, int) and isinstance(size, int):
                        listener.queued(
                            rank, max(size, rank + 1), _seconds(message.get("rank_eta"))
                        )
                elif kind == "process_starts":
                    listener.started()
                elif kind == "progress":
                    units = message.get("progress_data")
                    if isinstance(units, list):
                        listener.progressed([u for u in units if isinstance(u, dict)])
                elif kind == "log":
                    listener.logged(str(message.get("level", "info")), str(message.get("log", "")))
                elif kind == "process_generating":
                    former = self._so_far(former, message)
                    listener.produced(former)
                elif kind == "process_completed":
                    return self._completed(message)
                elif kind in ("server_stopped", "unexpected_error"):
                    raise self._stopped(message)
        raise Unreachable(
            said(self._service, "went away in the middle of the call", "Run again when it is up."),
            service=self._service,
            accepted=True,
        )

    async def _messages(self) -> AsyncGenerator[dict[str, Any], None]:
        path, params = f"{self.prefix}/queue/data", {"session_hash": self.session}
        gone = "in the middle of the call"
        stream = self.connection.stream("GET", path, accepted=True, gone=gone, params=params)
        async with stream as response:
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    yield self._read(line[5:])

    def _read(self, text: str) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            message = decode_json(text)
            if isinstance(message, dict):
                return message
        raise BadAnswer(
            said(self._service, f"sent an event that is no data: {text[:60]!r}", "Run again."),
            service=self._service,
            accepted=True,
        )

    def _so_far(self, former: list[Any] | None, message: Mapping[str, Any]) -> list[Any]:
        """Return the values so far; after the first ones, edits of the former are sent."""
        data = _values(message)
        if data is None:
            raise self._misshapen(message)
        if former is None or self.protocol not in DIFFS:
            return data
        try:
            return [
                edited(former[index] if index < len(former) else None, edits)
                for index, edits in enumerate(data)
            ]
        except (LookupError, TypeError, ValueError):
            raise self._misshapen(message) from None

    def _completed(self, message: Mapping[str, Any]) -> list[Any]:
        output = message.get("output")
        if message.get("success", True) is False or (
            isinstance(output, dict) and output.get("error")
        ):
            raise self._failed(output if isinstance(output, dict) else {})
        data = _values(message)
        if data is None:
            raise self._misshapen(message)
        return data

    def _failed(self, output: Mapping[str, Any]) -> RemoteError:
        text = output.get("error")
        title = output.get("title") if output.get("title") not in (None, "Error") else ""
        if not text:
            what = "failed, and does not say why"
            remedy = "See its log; launch(show_error=True) over there would tell."
        else:
            what, remedy = f"failed: {_with_title(title, str(text))}", "See its inputs and its log."
        details = {"service": self._service, "accepted": True}
        return AppFailed(said(self._service, what, remedy), title=str(title or ""), **details)

    def _stopped(self, message: Mapping[str, Any]) -> RemoteError:
        text = str(message.get("message") or "")
        if "queue is full" in text.lower():
            what, remedy = "has no room in its queue", "Run again later."
            return Busy(said(self._service, what, remedy), service=self._service)
        stopped = "stopped" in text.lower() or message.get("msg") == "server_stopped"
        if stopped or message.get("session_not_found"):
            what = f"went away in the middle of the call: {text or 'it was stopped'}"
            remedy = "Run again when it is back."
            return Unreachable(
                said(self._service, what, remedy), service=self._service, accepted=True
            )
        what = f"failed: {text}" if text else "failed, and does not say why"
        return AppFailed(
            said(self._service, what, "See its log."), service=self._service, accepted=True
        )

    def _misshapen(self, message: Mapping[str, Any]) -> BadAnswer:
        what = f"sent a result that is none: {json.dumps(message)[:80]}"
        return BadAnswer(
            said(self._service, what, "Run again."), service=self._service, accepted=True
        )


_cancelling: set[asyncio.Task[None]] = set()


def edited(value: Any, edits: Any) -> Any:
    """Return ``value`` after a list of ``[action, path, new]``; a container is edited in place.

    Actions are ``replace``, ``append`` (to text or a list), ``add`` and ``delete``.
    Raises ``LookupError``, ``TypeError`` or ``ValueError`` for edits that do not fit.

    >>> edited("ab", [["append", [], "c"]]), edited([1, 2], [["replace", [0], 5]])
    ('abc', [5, 2])
    """
    for action, path, new in edits:
        if not path:
            value = _applied(action, value, new)
            continue
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        last = path[-1]
        if action == "add" and isinstance(holder, list):
            holder.insert(int(last), new)
        elif action == "delete":
            del holder[int(last) if isinstance(holder, list) else last]
        elif action in ("add", "replace"):
            holder[last] = new
        else:
            holder[last] = _applied(action, holder[last], new)
    return value


def _applied(action: str, value: Any, new: Any) -> Any:
    if action == "replace":
        return new
    if action == "append":
        return value + new
    raise ValueError(f"{action!r} is no edit.")


def _values(message: Mapping[str, Any]) -> list[Any] | None:
    output = message.get("output")
    data = output.get("data") if isinstance(output, dict) else None
    return data if isinstance(data, list) else None


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value >= 0 else None


def _with_title(title: Any, text: str) -> str:
    return f"{title}: {text}" if title else text
