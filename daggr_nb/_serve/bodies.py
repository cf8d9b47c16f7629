"""What a request brings: JSON within bounds of size, depth and time, or a file piece by piece."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from typing import Any

from starlette.requests import ClientDisconnect, Request

from daggr_nb._canvas.uploads import FILE, Uploads
from daggr_nb._protocol.commands import PIECE
from daggr_nb._serve.arguments import read_json
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.served import Limits

JSON = "application/json"
_SIMPLE = frozenset({"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"})
"""What any page may send to any server without asking it: never what makes something happen."""


def content_type(request: Request) -> str:
    """Return the media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def content_length(request: Request) -> int | None:
    """Return how many bytes a body says that it has."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise Problem(400, f"Content-Length was expected to be a number of bytes, got {text!r}.")
    return int(text)


async def json_body(request: Request, limits: Limits) -> dict[str, Any]:
    """Return the object that a request brings; an empty one if it has no body.

    Raises :class:`Problem` for another type than JSON, and for what is too long, slow or deep.
    """
    kind, length = content_type(request), content_length(request)
    has_body = bool(length) or "transfer-encoding" in request.headers
    if has_body and kind != JSON:
        raise Problem(415, f"A body was expected as Content-Type: {JSON}, got {kind or 'none'!r}.")
    if (length or 0) > limits.body:
        raise _too_long(limits.body)
    body = bytearray()
    async for piece in _pieces(request, limits.body_seconds):
        body += piece
        if len(body) > limits.body:
            raise _too_long(limits.body)
    loop = asyncio.get_running_loop()
    if len(body) < 50_000:
        return read_json(bytes(body), limits.depth)
    return await loop.run_in_executor(None, read_json, bytes(body), limits.depth)


def _too_long(most: int) -> Problem:
    return Problem(
        413,
        f"A body of at most {most:,} bytes was expected. Send files with POST /api/uploads.",
        {"Connection": "close"},
    )


async def _pieces(request: Request, seconds: float, each: bool = False) -> AsyncIterator[bytes]:
    """Yield a body; refuse what takes longer than ``seconds``, for ``each`` piece or in all."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    stream = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), max(0.001, due - loop.time()))
        except StopAsyncIteration:
            return
        except ClientDisconnect:
            raise Problem(400, "The body ended before it was whole.") from None
        except asyncio.TimeoutError:
            raise Problem(
                408,
                f"The body was expected within {seconds:g} s.",
                {"Connection": "close"},
            ) from None
        if each:
            due = loop.time() + seconds
        yield piece


async def upload_body(
    request: Request, limits: Limits, uploads: Uploads, threads: Executor
) -> dict[str, Any]:
    """Take a file, piece by piece; return the reference by which inputs name it."""
    length, kind = content_length(request), content_type(request)
    if kind in _SIMPLE:
        raise Problem(
            415,
            "A file was expected as Content-Type: application/octet-stream, or of its own type, "
            f"got {kind or 'none'!r}.",
        )
    if length is None:
        raise Problem(411, "A file was expected with its Content-Length.")
    if length > limits.upload:
        raise Problem(
            413,
            f"A file of at most {limits.upload:,} bytes was expected, got {length:,}.",
            {"Connection": "close"},
        )
    name, identity = request.query_params.get("name", "file"), os.urandom(8).hex()
    received, place = 0, ""

    async def keep(piece: bytes) -> None:
        nonlocal received, place
        loop = asyncio.get_running_loop()
        arguments = (identity, name, length, received, piece)
        received, place = await loop.run_in_executor(threads, uploads.take, *arguments)

    try:
        async for piece in _joined(_pieces(request, limits.body_seconds, each=True)):
            await keep(piece)
        if not length:
            await keep(b"")
        if received < length:
            raise Problem(400, "The file ended before it was whole.")
    finally:
        uploads.cancel(identity)  # what is whole stays
    return {"file": {FILE: place}, "name": place.partition("/")[2], "size": length}


async def _joined(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces of a size that is worth a write."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
        if len(held) >= 1 << 20:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
