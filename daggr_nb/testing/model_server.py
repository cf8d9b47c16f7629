"""A server of models for tests and examples, in the place of the Hub, its router, or OpenAI's.

It has a model for every task, ``example/chat`` and ``example/<task>``, each with an answer; others
are added with :meth:`ModelServer.add`. What it is to answer instead, well or badly, is a
:class:`Reply`; what it was asked is in :attr:`ModelServer.requests`.
"""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import json
import struct
import threading
import urllib.parse
import wave
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["ModelServer", "Reply", "Request", "model_server"]

_COMMIT = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"


@dataclass(frozen=True)
class Reply:
    """An answer. ``body`` is bytes, text, or data that becomes JSON.

    ``words`` are streamed as a chat model does, one event for each; an iterator may wait between
    them. ``ending`` is the finish reason after the last one, ``None`` for a stream that breaks off
    without any, and ``cut`` says that the connection breaks, too. ``thoughts`` come before the
    words. ``wait`` are seconds in which nothing is heard.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    words: Iterable[str] | None = None
    thoughts: Iterable[str] = ()
    ending: str | None = "stop"
    cut: bool = False
    wait: float = 0.0


@dataclass(frozen=True)
class Request:
    """What the server was asked. ``gone`` is set when who asked did not wait for the end."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    gone: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def json(self) -> Any:
        """The body as data; ``None`` if it is none."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None


class ModelServer:
    """Serves models at ``url`` until it is closed.

    ``environment`` are the variables with which the Hub and its router are here. With a ``key``
    whoever has another one is refused.

    >>> with model_server() as server:
    ...     sorted(server.environment)
    ['HF_ENDPOINT', 'HF_INFERENCE_ENDPOINT', 'HF_TOKEN']
    """

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self.requests: list[Request] = []
        self._models: dict[str, dict[str, Any]] = {}
        self._replies: list[tuple[str, Reply]] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        for task in _ANSWERS:
            self.add(f"example/{task}", task)
        self.add("example/chat", "text-generation", provider="example-cloud", does="conversational")
        server = self

        class Handler(_Handler):
            models = server

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        name = "model-server"
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=name, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which the Hub and its router are here, and somebody is logged in."""
        token = self.key or "hf_ExampleTokenOfNobodyAtAll"
        return {"HF_ENDPOINT": self.url, "HF_INFERENCE_ENDPOINT": self.url, "HF_TOKEN": token}

    def add(
        self,
        identity: str,
        task: str,
        *,
        provider: str | None = "hf-inference",
        does: str = "",
        status: str = "live",
        commit: str = _COMMIT,
        **more: Any,
    ) -> None:
        """Have the Hub tell of a model, or of another provider of it.

        ``does`` is the task that the provider has for it, if that is another one, ``status`` is
        ``live``, ``staging`` or ``error``; without a ``provider`` nobody runs it. ``more`` is what
        else the Hub says.
        """
        model = self._models.setdefault(identity, {"id": identity, "inferenceProviderMapping": {}})
        model.update({"sha": commit, "pipeline_tag": task, "tags": [task], **more})
        if provider is not None:
            does = does or ("conversational" if task == "image-text-to-text" else task)
            told = {"status": status, "providerId": identity, "task": does}
            model["inferenceProviderMapping"][provider] = told

    def script(self, *replies: Reply, path: str = "") -> None:
        """Have the next requests answered so: calls, or those whose path begins with ``path``."""
        with self._lock:
            self._replies += [(path, reply) for reply in replies]

    def close(self) -> None:
        """Serve no longer; what is being answered breaks off."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> ModelServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- for the handler

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the server."""
        self._closing.wait(seconds)

    def reply(self, request: Request) -> Reply:
        """Return the answer to a request."""
        self.requests.append(request)
        with self._lock:
            for number, (path, reply) in enumerate(self._replies):
                if request.path.startswith(path) if path else request.method == "POST":
                    del self._replies[number]
                    return reply
        known = request.headers.get("authorization", "")
        if self.key is not None and known != f"Bearer {self.key}":
            return Reply({"error": "Invalid username or password."}, 401)
        return self._own_reply(request)

    def _own_reply(self, request: Request) -> Reply:
        path = urllib.parse.urlsplit(request.path).path
        if path.startswith("/api/models/"):
            model = self._models.get(path.removeprefix("/api/models/"))
            return Reply({"error": "Repository not found"}, 404) if model is None else Reply(model)
        if path.endswith("/chat/completions"):
            return Reply(words=_echo(request.json))
        route = next((route for route in _ROUTES if path.endswith(f"/v1/{route}")), None)
        if route is not None:
            return _ROUTES[route](request, self.url)
        if path.startswith("/files/"):
            return _file({"wav": _SOUND, "mp4": _VIDEO}.get(path.rpartition(".")[2], _PICTURE))
        identity, _, pipeline = path.partition("/models/")[2].partition("/pipeline/")
        task = pipeline or str(self._models.get(identity, {}).get("pipeline_tag"))
        if task not in _ANSWERS:
            return Reply({"error": "Not Found"}, 404)
        answer = _ANSWERS[task]
        return _file(answer) if isinstance(answer, bytes) else Reply(answer)


def model_server(key: str | None = None) -> ModelServer:
    """Start a server of models; use it in a ``with`` statement, or close it.

    >>> from daggr_nb import Graph, InferenceNode
    >>> with model_server() as server:
    ...     chat = InferenceNode("echo", inputs={"prompt": "Hi"}, base_url=f"{server.url}/v1")
    ...     Graph("Chat", nodes=[chat], persist_key=False).run()
    {'echo': {'output': 'You said: Hi'}}
    """
    return ModelServer(key)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    models: ModelServer

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nobody reads along."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        reply = self.models.reply(request)
        try:
            if reply.wait:
                self.models.pause(reply.wait)
            if reply.words is not None:
                self._stream(reply)
            else:
                self._send(reply)
        except OSError:
            request.gone.set()
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        kind, body = "application/json", reply.body
        if isinstance(body, str):
            kind, body = "text/plain", body.encode()
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"content-type": kind, **{n.lower(): v for n, v in reply.headers.items()}}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if reply.cut else body)
        self.close_connection = self.close_connection or reply.cut

    def _stream(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"content-type": "text/event-stream", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        thoughts = ({"reasoning_content": text} for text in reply.thoughts)
        for delta in itertools.chain(thoughts, ({"content": text} for text in reply.words or ())):
            self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if reply.cut:
            self.close_connection = True
            return
        if reply.ending is not None:
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.ending}]})
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: Any) -> None:
        event = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "echo",
            **data,
        }
        self._chunk(f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


# ---------------------------------------------------------------- answers


def _echo(asked: Any) -> list[str]:
    """Return the words of an answer to a conversation: what was said last."""
    messages = asked.get("messages") if isinstance(asked, dict) else None
    content = messages[-1].get("content") if messages else ""
    if isinstance(content, list):
        parts = (part.get("text") or f"({part.get('type')})" for part in content)
        content = " ".join(parts)
    words = f"You said: {content}".split(" ")
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]


def _embeddings(request: Request, url: str) -> Reply:
    texts = (request.json or {}).get("input")
    count = len(texts) if isinstance(texts, list) else 1
    vectors = (
        {"object": "embedding", "index": index, "embedding": [0.25, 0.5, -1.0 - index]}
        for index in range(count)
    )
    return Reply({"object": "list", "data": [*vectors]})


def _generations(request: Request, url: str) -> Reply:
    if (request.json or {}).get("response_format") == "url":
        return Reply({"created": 0, "data": [{"url": f"{url}/files/it.png"}]})
    return Reply({"created": 0, "data": [{"b64_json": base64.b64encode(_PICTURE).decode()}]})


def _file(data: bytes) -> Reply:
    kinds = {b"\x89PNG": "image/png", b"RIFF": "audio/wav"}
    return Reply(data, headers={"content-type": kinds.get(data[:4], "video/mp4")})


def _picture(width: int = 96, height: int = 64) -> bytes:
    """Return a PNG: an evening sky."""
    rows = (
        b"\0"
        + bytes((40 + 180 * y // height, 60 + 60 * y // height, 120 - 60 * y // height)) * width
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def _sound(seconds: float = 0.4, rate: int = 8_000) -> bytes:
    """Return a WAV file: a tone that fades."""
    length = int(seconds * rate)
    samples = (int(9_000 * (1 - n / length)) * (1 if n // 10 % 2 else -1) for n in range(length))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{length}h", *samples))
    return out.getvalue()


_PICTURE, _SOUND = _picture(), _sound()
_VIDEO = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\0\x08free"
_LABELS = [{"label": "otter", "score": 0.9}, {"label": "heron", "score": 0.1}]
_BOX = {"xmin": 1, "ymin": 2, "xmax": 30, "ymax": 40}
_ANSWERED = [{"answer": "an otter", "score": 0.8}]
_ANSWERS: Mapping[str, Any] = {
    "conversational": {},
    "image-text-to-text": {},
    "text-generation": [{"generated_text": "Once there was an otter."}],
    "text2text-generation": [{"generated_text": "An otter, then."}],
    "text-to-image": _PICTURE,
    "image-to-image": _PICTURE,
    "image-to-text": [{"generated_text": "an otter in a river"}],
    "image-to-video": _VIDEO,
    "text-to-video": _VIDEO,
    "text-to-speech": _SOUND,
    "text-to-audio": _SOUND,
    "automatic-speech-recognition": {"text": "An otter swims by."},
    "audio-to-audio": [
        {
            "label": "voice",
            "content-type": "audio/wav",
            "blob": base64.b64encode(_SOUND).decode(),
        }
    ],
    "audio-classification": _LABELS,
    "image-classification": _LABELS,
    "object-detection": [{"label": "otter", "score": 0.9, "box": _BOX}],
    "image-segmentation": [
        {"label": "otter", "score": 0.9, "mask": base64.b64encode(_PICTURE).decode()}
    ],
    "translation": [{"translation_text": "une loutre"}],
    "summarization": [{"summary_text": "An otter."}],
    "feature-extraction": [[0.25, 0.5, -1.0]],
    "fill-mask": [{"score": 0.7, "token": 7, "token_str": "river", "sequence": "in the river"}],
    "question-answering": {"answer": "an otter", "score": 0.8, "start": 0, "end": 8},
    "table-question-answering": {
        "answer": "AVERAGE > 2",
        "cells": ["2"],
        "coordinates": [[0, 1]],
        "aggregator": "AVERAGE",
    },
    "sentence-similarity": [0.9, 0.1],
    "zero-shot-classification": _LABELS,
    "zero-shot-image-classification": _LABELS,
    "document-question-answering": _ANSWERED,
    "visual-question-answering": _ANSWERED,
    "text-classification": [_LABELS],
    "token-classification": [
        {"entity_group": "ANIMAL", "score": 0.9, "word": "otter", "start": 3, "end": 8}
    ],
}
_ROUTES: Mapping[str, Callable[[Request, str], Reply]] = {
    "embeddings": _embeddings,
    "images/generations": _generations,
    "audio/speech": lambda request, url: _file(_SOUND),
    "audio/transcriptions": lambda request, url: Reply(_ANSWERS["automatic-speech-recognition"]),
}
"""What a server that speaks as OpenAI's does has beside chats."""
