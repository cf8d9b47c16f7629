"""The routes of a Gradio app that its clients use, so that a graph can be called as one.

A call is joined to the queue of a session, and what becomes of it is read as server-sent events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from daggr_nb._protocol.commands import PIECE
from daggr_nb._serve.app import Api
from daggr_nb._serve.bodies import content_length, content_type, json_body
from daggr_nb._serve.calls import Call
from daggr_nb._serve.events import HEARTBEAT
from daggr_nb._serve.gradio_types import (
    ARTIFACTS,
    PREFIX,
    Endpoint,
    configuration,
    data_of,
    endpoints_of,
    information,
    inputs_of,
)
from daggr_nb._serve.problem import Problem, busy
from daggr_nb._serve.served import Served
from daggr_nb.errors import log_error

_SESSIONS = 2_000
_UNHEARD = 60.0  # seconds after which what nobody listens to is given up
_FILES = 100  # of one upload


class GradioSession:
    """What is told to one client: the messages of its calls, in order. Used on the loop alone."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.calls: dict[str, asyncio.Task[None]] = {}
        self.heard = False

    def tell(self, event: str, kind: str, **fields: Any) -> None:
        """Add a message about a call."""
        self.messages.put_nowait({"msg": kind, "event_id": event, **fields})

    def cancel(self) -> None:
        """Give up what goes on."""
        for task in self.calls.values():
            task.cancel()


class GradioRoutes:
    """Serves a graph to Gradio's clients. Made on the server's loop."""

    def __init__(self, served: Served, api: Api) -> None:
        self._served = served
        self._api = api
        self._app_id = uuid.uuid4().hex
        self._sessions: dict[str, GradioSession] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the routes below ``/``."""
        return [
            Route("/config", self.config),
            Route(f"{PREFIX}/info", self.info),
            Route(f"{PREFIX}/app_id", self.app_id),
            Route(f"{PREFIX}/queue/join", self.join, methods=["POST"]),
            Route(f"{PREFIX}/queue/data", self.data),
            Route(f"{PREFIX}/cancel", self.cancel, methods=["POST"]),
            Route(f"{PREFIX}/reset", self.reset, methods=["POST"]),
            Route(f"{PREFIX}/upload", self.upload, methods=["POST"]),
            Route(f"{PREFIX}/file={{path:path}}", self.file),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until the end of the block."""
        try:
            yield
        finally:
            tasks = [task for each in self._sessions.values() for task in each.calls.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- what there is

    async def config(self, request: Request) -> Response:
        return JSONResponse(await self._api.elsewhere(configuration, self._served, self._app_id))

    async def info(self, request: Request) -> Response:
        return JSONResponse(await self._api.elsewhere(information, self._served))

    async def app_id(self, request: Request) -> Response:
        return JSONResponse({"app_id": self._app_id})

    async def reset(self, request: Request) -> Response:
        return JSONResponse({"success": True})

    # -- calls

    async def join(self, request: Request) -> Response:
        body = await json_body(request, self._served.limits)
        index, data, name = body.get("fn_index"), body.get("data"), body.get("session_hash")
        endpoints = endpoints_of(self._served.structure)
        if not isinstance(index, int) or not 0 <= index < len(endpoints):
            raise Problem(404, f"There is no function {index!r}, but {len(endpoints)}.")
        if not isinstance(data, list) or not isinstance(name, str):
            raise Problem(400, 'A call was expected as {"data": […], "session_hash": "…"}.')
        if name not in self._sessions and len(self._sessions) >= _SESSIONS:
            raise busy(f"{_SESSIONS} clients are served already.")
        session = self._sessions.setdefault(name, GradioSession())
        event = uuid.uuid4().hex
        base = str(request.base_url).rstrip("/")
        session.tell(event, "estimation", rank=0, queue_size=1, rank_eta=None)
        task = asyncio.ensure_future(self._run(session, event, endpoints[index], data, base))
        session.calls[event] = task
        loop = asyncio.get_running_loop()
        task.add_done_callback(lambda _: loop.call_later(_UNHEARD, self._forget_unheard, name))
        return JSONResponse({"event_id": event})

    def _forget_unheard(self, name: str) -> None:
        session = self._sessions.get(name)
        if (
            session is not None
            and not session.heard
            and all(t.done() for t in session.calls.values())
        ):
            del self._sessions[name]

    async def _run(
        self, session: GradioSession, event: str, endpoint: Endpoint, data: list[Any], base: str
    ) -> None:
        """Run a call and tell the session how it goes."""
        began = time.monotonic()

        async def tell_progress(done: int, total: int) -> None:
            unit = {"index": done, "length": total, "unit": "nodes", "progress": None, "desc": None}
            session.tell(event, "progress", progress_data=[unit])

        def failed(text: str) -> None:
            told = {"error": text, "title": "Error", "visible": True, "duration": 10}
            session.tell(event, "process_completed", output=told, success=False)

        try:
            inputs = inputs_of(endpoint, data)
            call = await self._api.runs.start(endpoint.part, inputs, False, None, waits=True)
            session.tell(event, "process_starts", eta=None)
            await self._api.runs.follow(call, tell_progress)
            output = {
                "data": await self._values(endpoint, call, base),
                "is_generating": False,
                "duration": time.monotonic() - began,
                "average_duration": time.monotonic() - began,
                "render_config": None,
                "changed_state_ids": [],
            }
            session.tell(event, "process_completed", output=output, success=True)
        except asyncio.CancelledError:
            failed("It was cancelled.")
        except Problem as problem:
            failed(str(problem.content["error"]))
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            log_error("daggr_nb's server met an error in a call of a Gradio client", error)
            failed("The server met an error, which its log has.")

    async def _values(self, endpoint: Endpoint, call: Call, base: str) -> list[Any]:
        shown = await self._api.runs.shown(call)
        if shown["status"] == "waiting":
            asked = "; ".join(f"{each['node']}: {each['text']}" for each in shown["questions"])
            await self._api.elsewhere(call.cancel)
            raise Problem(
                409, f"The graph asks a person, and clients of Gradio cannot answer: {asked}"
            )
        if shown["status"] != "succeeded":
            raise Problem(500, shown["error"] or f"The run is {shown['status']}.")
        prefix = f"{self._served.root}/api/artifacts/"
        return data_of(endpoint, self._served.structure, shown["outputs"], prefix, base)

    async def data(self, request: Request) -> Response:
        name = request.query_params.get("session_hash", "")
        session = self._sessions.get(name)
        if session is None:
            raise Problem(404, "No call was made in this session. POST queue/join first.")
        return StreamingResponse(
            self._messages(name, session),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _messages(self, name: str, session: GradioSession) -> AsyncIterator[bytes]:
        """Yield what becomes of the calls of a session, to the end of the last one."""
        session.heard = True
        try:
            while session.calls:
                coming = asyncio.ensure_future(session.messages.get())
                try:
                    done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT)
                finally:
                    coming.cancel()
                message = coming.result() if done else {"msg": "heartbeat"}
                if message["msg"] == "process_completed":
                    session.calls.pop(message["event_id"], None)
                yield _sent(message)
            self._sessions.pop(name, None)  # the next call begins anew
            yield _sent({"msg": "close_stream"})
        finally:  # nobody hears what would come
            session.cancel()
            if self._sessions.get(name) is session:
                del self._sessions[name]

    async def cancel(self, request: Request) -> Response:
        body = await json_body(request, self._served.limits)
        session = self._sessions.get(str(body.get("session_hash")))
        task = session.calls.get(str(body.get("event_id"))) if session is not None else None
        if task is not None:
            task.cancel()
        return JSONResponse({"success": True})

    # -- files

    async def upload(self, request: Request) -> Response:
        """Take files as a form brings them; return where they are."""
        limits = self._served.limits
        length = content_length(request)
        if content_type(request) != "multipart/form-data":
            raise Problem(415, "Files were expected as multipart/form-data.")
        if length is None or length > limits.upload:
            raise Problem(
                413 if length else 411,
                f"Files were expected with a Content-Length of at most {limits.upload:,} bytes.",
                {"Connection": "close"},
            )

        async def receive() -> Any:
            try:
                return await asyncio.wait_for(request.receive(), limits.body_seconds)
            except asyncio.TimeoutError:
                raise Problem(408, f"A piece was expected in {limits.body_seconds:g} s.") from None

        stream = Request(request.scope, receive).stream()
        parser = MultiPartParser(request.headers, stream, max_files=_FILES, max_fields=0)
        try:
            form = await parser.parse()
        except (MultiPartException, HTTPException) as error:
            raise Problem(400, f"Files were expected as a form of files: {error}") from None
        try:
            return JSONResponse([await self._keep(each) for _, each in form.multi_items()])
        finally:
            await form.close()

    async def _keep(self, file: Any) -> str:
        identity, at, place = os.urandom(8).hex(), 0, ""
        while not place:
            piece = await file.read(PIECE)
            arguments = (identity, file.filename or "file", file.size or 0, at, piece)
            at, place = await self._api.elsewhere(self._api.uploads.take, *arguments)
            if not piece:
                break
        return place

    async def file(self, request: Request) -> Response:
        """Answer a file that an output has named: an artifact, by its digest."""
        path = request.path_params["path"]
        digest, _, name = path.removeprefix(ARTIFACTS).partition("/")
        if not path.startswith(ARTIFACTS):
            raise Problem(404, "There is no such file.")
        return await self._api.artifact_named(digest, name)


def _sent(message: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(message)}\n\n".encode()
