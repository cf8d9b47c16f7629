"""Talking to a model, as OpenAI's servers have it: the conversation goes there, words come back.

Read here rather than by a library: it is the same for the Hub's router and for any other server,
a local one needs no look at the Hub, and it blocks no loop.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from daggr_nb._json import decode_json
from daggr_nb._services.connection import Address, Connection, excerpt, said, told
from daggr_nb._services.inference import ANSWER, Listener, Where, route_url
from daggr_nb._services.patience import patiently
from daggr_nb._services.tasks import conversation
from daggr_nb.errors import AppFailed, BadAnswer, Busy, RemoteError

_SPOKEN = frozenset({"prompt", "messages", "system", "image"})
_SHOWN = 4_000  # characters beside the events that are kept for the error


async def talk(
    where: Where, values: Mapping[str, Any], listener: Listener, patience: float
) -> list[Any]:
    """Return what a model says to values by argument, and what it thought before."""
    body: dict[str, Any] = {"model": where.name} if where.name else {}
    body.update(messages=conversation(values), stream=True)
    rest = {name: value for name, value in values.items() if name not in _SPOKEN}
    body.update(rest.pop("extra_body", {}), **rest)
    url = route_url(where.url, "chat/completions")

    async def once() -> list[Any]:
        connection = Connection(Address(where.url, where.service, login=where.login), ANSWER)
        try:
            listener.waits("")
            return await _Answer(connection, listener).read(url, body, where.known)
        finally:
            await connection.close()

    return await patiently(once, patience, listener.waits)


class _Answer:
    """One answer, from the first word to the reason of its end."""

    def __init__(self, connection: Connection, listener: Listener) -> None:
        self._connection, self._listener = connection, listener
        self._service = connection.service
        self._events, self._beside = 0, ""
        self._headers: Mapping[str, str] = {}
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._reason = ""

    async def read(self, url: str, body: Any, headers: Mapping[str, str]) -> list[Any]:
        async with self._connection.asked(url, stream=True, headers=headers, json=body) as response:
            self._headers = response.headers
            async with contextlib.aclosing(self._datas(response)) as datas:
                async for data in datas:
                    if data == "[DONE]":
                        break
                    self._take(data)
        self._check_end()
        self._listener.ended(self._reason)
        return ["".join(self._text), "".join(self._thoughts)]

    async def _datas(self, response: Any) -> AsyncGenerator[str, None]:
        gone = "in the middle of its answer"
        with self._connection.failures(accepted=True, gone=gone):
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    self._events += 1
                    yield line[5:].strip()
                elif len(self._beside) < _SHOWN and not line.startswith((":", "event:", "id:")):
                    self._beside += f"{line[:_SHOWN]}\n" if line else ""

    def _take(self, data: str) -> None:
        try:
            event = decode_json(data)
            failure = event.get("error")
            for choice in () if failure else (event.get("choices") or ())[:1]:
                self._reason = choice.get("finish_reason") or self._reason
                self._hear(choice.get("delta") or choice.get("message") or {})
        except (ValueError, TypeError, AttributeError, KeyError):
            what = f"sent an event that is no part of an answer: {data[:60]!r}"
            raise self._error(BadAnswer, what, "Run again.") from None
        if failure:
            raise self._failed(event)

    def _hear(self, delta: Mapping[str, Any]) -> None:
        thought = _words(delta.get("reasoning_content") or delta.get("reasoning"))
        word = _words(delta.get("content"))
        if thought:
            self._thoughts.append(thought)
            self._listener.thought(thought)
        if word:
            self._text.append(word)
            self._listener.wrote(word)

    def _check_end(self) -> None:
        length = sum(map(len, self._text))
        if not self._events:
            with contextlib.suppress(ValueError, AttributeError):
                answer = decode_json(self._beside)
                if answer.get("error"):
                    raise self._failed(answer)
            shown = excerpt(self._headers, self._beside.encode())
            what = f"answered without a single event: {shown}"
            raise self._error(BadAnswer, what, "See that it is a server of chat models.")
        if not self._reason:
            what = f"broke off after {length} characters, before the end of its answer"
            raise self._error(BadAnswer, what, "Run again.")
        if self._reason == "error":
            what = f"failed after {length} characters, and does not say why"
            raise self._error(AppFailed, what, "Run again.")

    def _failed(self, event: Any) -> RemoteError:
        """Return the error that an event tells of."""
        what = f"failed: {told(event) or 'it does not say why'}"
        kind: type[RemoteError] = AppFailed
        if "overloaded" in json.dumps(event)[:_SHOWN].lower():
            kind = Busy
        return self._error(kind, what, "See the inputs of the node, or run again.")

    def _error(self, kind: type[RemoteError], what: str, remedy: str) -> RemoteError:
        return kind(said(self._service, what, remedy), service=self._service, accepted=True)


def _words(content: Any) -> str:
    """Return the text of a piece of an answer; some send it in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content)
    raise TypeError(f"expected text, got {type(content).__name__}")
