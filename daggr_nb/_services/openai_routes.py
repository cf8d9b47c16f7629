"""What servers that speak as OpenAI's do have beside chats: embeddings, pictures, speech.

A row for each task that has a route of its own. Read here rather than by a library, as chats are:
a local server needs no look at the Hub, and nothing blocks the loop.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from daggr_nb._json import decode_json
from daggr_nb._services.connection import Address, Connection, excerpt, said, told
from daggr_nb._services.inference import ANSWER, Listener, Where, route_url
from daggr_nb._services.patience import patiently
from daggr_nb._services.tasks import Argument, NoMedium, Task, is_text, kept
from daggr_nb._services.wire import suffix_of
from daggr_nb.errors import AppFailed, BadAnswer, InputError, RemoteError, text_of

_FILE = "file"  # the argument that is sent as one, beside fields


async def ask_route(
    where: Where, task: Task, values: Mapping[str, Any], listener: Listener, patience: float
) -> Any:
    """Return what a model at a server makes of values by argument."""
    url, request = route_url(where.url, task.method), _request(where.name, values)

    async def once() -> Any:
        connection = Connection(Address(where.url, where.service, login=where.login), ANSWER)
        try:
            listener.waits("")
            return await _asked(connection, url, request, where, task, values)
        finally:
            await connection.close()

    return await patiently(once, patience, listener.waits)


async def _asked(
    connection: Connection,
    url: str,
    request: Mapping[str, Any],
    where: Where,
    task: Task,
    values: Mapping[str, Any],
) -> Any:
    async with connection.asked(url, headers=where.known, **request) as response:
        headers, content = response.headers, response.content
    answer = _Answer(content, values)
    result = await _read(connection.service, headers, content, lambda: task.result(answer))
    if not isinstance(result, _Link):
        return result
    link = urllib.parse.urljoin(url, result.url)
    headers, picture = await _fetched(connection, link, url, where.known)
    return await _read(connection.service, headers, picture, lambda: kept(picture, "image"))


def _request(model: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent: data, or a form if there is a file."""
    rest = dict(values)
    body: dict[str, Any] = {"model": model, **rest.pop("extra_body", {})}
    if _FILE not in rest:
        return {"json": {**body, **rest}}
    sound = rest.pop(_FILE)
    if isinstance(sound, str):
        raise InputError(
            "A server of one's own takes the bytes of a sound, and got a link. Fetch it first, and "
            "give its path."
        )
    fields = {name: _field(value) for name, value in {**body, **rest}.items()}
    suffix = suffix_of(sound) or "wav"
    return {"data": fields, "files": {_FILE: (f"audio.{suffix}", sound)}}


def _field(value: Any) -> Any:
    """Return a value as a form has it."""
    if isinstance(value, list):
        return [_field(part) for part in value]
    return value if isinstance(value, str) else json.dumps(value)


async def _fetched(
    connection: Connection, link: str, url: str, headers: Mapping[str, str]
) -> tuple[Any, bytes]:
    """Return a file that an answer names: only of the server that was asked."""
    if _origin(link) != _origin(url):
        host = urllib.parse.urlsplit(link).netloc
        what = f"hands on a file that another server has ({host}), which is not fetched"
        remedy = "Ask for its bytes: response_format='b64_json' in inputs=."
        raise BadAnswer(
            said(connection.service, what, remedy), service=connection.service, accepted=True
        )
    try:
        gone = "while a file was fetched"
        fetch = connection.stream("GET", link, accepted=True, gone=gone, headers=headers)
        async with fetch as response:
            return response.headers, await response.aread()
    except RemoteError as error:
        error.accepted = True  # what is fetched may have cost money
        raise


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc


# ---------------------------------------------------------------- reading


class _Answer(NamedTuple):
    """What a server answered, and to what."""

    content: bytes
    values: Mapping[str, Any]

    @property
    def json(self) -> Any:
        return decode_json(self.content)


class _Link(NamedTuple):
    """Where a file is that an answer names."""

    url: str


async def _read(
    service: str, headers: Mapping[str, str], content: bytes, make: Callable[[], Any]
) -> Any:
    """Return what is made of an answer, on another thread: the loop is everybody's.

    One that cannot be read is an error that says what it looks like.
    """
    try:
        return await asyncio.to_thread(make)
    except Exception as error:  # noqa: BLE001 - of whatever an answer is made of
        raise _failure(service, error, excerpt(headers, content), content) from None


def _failure(service: str, error: Exception, shown: str, content: bytes) -> RemoteError:
    kind: type[RemoteError] = BadAnswer
    remedy = "See that it is a server for this task."
    failed = _told_failure(content)
    if failed:
        kind, what, remedy = AppFailed, f"failed: {failed}", "See the inputs of the node."
    elif isinstance(error, NoMedium):
        what = f"answered what is no {error}: {shown}"
    elif isinstance(error, ImportError):
        what = f"answered, and this kernel lacks a library to read it: {text_of(error)}"
        remedy = "Install it here."
    elif isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
        what = f"answered what is no data: {shown}"
    else:
        what = f"answered in a form that is not known: {shown}"
    return kind(said(service, what, remedy), service=service, accepted=True)


def _told_failure(content: bytes) -> str:
    with contextlib.suppress(ValueError):
        answer = decode_json(content)
        if isinstance(answer, dict) and answer.get("error"):
            return told(answer)
    return ""


def _vectors(answer: _Answer) -> Any:
    """Return an array: a row for each text, or that of a text alone."""
    import numpy  # noqa: PLC0415 - takes long to load

    rows = sorted(answer.json["data"], key=lambda row: row.get("index", 0))
    vectors = numpy.array([row["embedding"] for row in rows], dtype="float32")
    texts = answer.values["input"]
    if vectors.ndim != 2 or len(vectors) != (1 if isinstance(texts, str) else len(texts)):
        raise TypeError("expected a vector for each text")
    return vectors[0] if isinstance(texts, str) else vectors


def _picture(answer: _Answer) -> Any:
    picture = answer.json["data"][0]
    encoded = picture.get("b64_json")
    if encoded:
        return kept(base64.b64decode(encoded), "image")
    url = picture["url"]
    if url.startswith("data:"):
        return kept(base64.b64decode(url.partition(",")[2]), "image")
    return _Link(url)


def _sound(answer: _Answer) -> Any:
    suffix = suffix_of(answer.content)
    if not suffix and is_text(answer.content):
        raise NoMedium("audio")
    return kept(answer.content, "audio", suffix or str(answer.values.get("response_format", "")))


def _said(answer: _Answer) -> str:
    text = answer.json["text"]
    if not isinstance(text, str):
        raise TypeError("expected text")
    return text


# ---------------------------------------------------------------- the table

_MORE = {"user": "str", "extra_body": "dict"}
ROUTES: Mapping[str, Task] = {
    "feature-extraction": Task(
        "embeddings",
        (Argument("input", "texts", also=("text", "texts", "prompt")),),
        _vectors,
        pipeline=True,
        options={"dimensions": "int", **_MORE},
    ),
    "text-to-image": Task(
        "images/generations",
        (Argument("prompt", also=("input", "text")),),
        _picture,
        options={
            "size": "str",
            "quality": "str",
            "style": "str",
            "background": "str",
            "moderation": "str",
            "output_format": "str",
            "output_compression": "int",
            "response_format": "str",
            "negative_prompt": "str",
            "seed": "int",
            **_MORE,
        },
    ),
    "text-to-speech": Task(
        "audio/speech",
        (Argument("input", also=("text", "prompt")),),
        _sound,
        options={
            "voice": "str",
            "instructions": "str",
            "response_format": "str",
            "speed": "float",
            **_MORE,
        },
    ),
    "automatic-speech-recognition": Task(
        "audio/transcriptions",
        (Argument(_FILE, "audio", also=("audio", "input")),),
        _said,
        options={"language": "str", "prompt": "str", "temperature": "float", "extra_body": "dict"},
    ),
}
"""Tasks of models at a server, by route. ``method`` is the end of its address.

``response_format`` of a sound is a form of files; there is no route for the other tasks.
"""
