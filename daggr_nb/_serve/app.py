"""The routes of a server, and how refusals are told."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Match, Route

from daggr_nb._canvas.uploads import UploadLimits, Uploads
from daggr_nb._serve.arguments import inputs_in
from daggr_nb._serve.artifacts import Artifacts
from daggr_nb._serve.bodies import json_body, upload_body
from daggr_nb._serve.ids import node_part, part_named, shown_schema, targets_part, whole_part
from daggr_nb._serve.openapi import document
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.runs import Runs
from daggr_nb._serve.served import Served
from daggr_nb._serve.sheets import SheetRoutes
from daggr_nb.errors import (
    DaggrError,
    InputError,
    NotForVisitorsError,
    log_error,
)

T = TypeVar("T")
_ALL_UPLOADS = 1 << 40  # bytes, files and uploads at once: what a store takes from everybody
_FILES, _AT_ONCE = 1_000_000, 32


class Api:
    """The REST of a graph. Made on the server's loop; what takes time is done on ``threads``."""

    def __init__(self, served: Served, threads: Executor) -> None:
        self._served = served
        self._threads = threads
        session = served.session
        limits = UploadLimits(served.limits.upload, _ALL_UPLOADS, _FILES, _AT_ONCE)
        self.uploads = Uploads(session.log.store.folder, visited=True, limits=limits)
        self.artifacts = Artifacts(session.log.value, served.root)
        self.runs = Runs(served, self.uploads, self.artifacts, threads)
        self._sheets = SheetRoutes(served, self.artifacts)

    def routes(self) -> list[BaseRoute]:
        """Return the routes below ``/``."""
        return [
            Route("/health", self.health),
            Route("/openapi.json", self.openapi),
            Route("/api/schema", self.schema),
            Route("/api/call", self.call, methods=["POST"]),
            Route("/api/call/{part}", self.call, methods=["POST"]),
            Route("/api/run/{node:path}", self.run_node, methods=["POST"]),
            Route("/api/sheets", self.sheets, methods=["GET"]),
            Route("/api/sheets", self.create_sheet, methods=["POST"]),
            Route("/api/sheets/{sheet}", self.rename_sheet, methods=["PATCH"]),
            Route("/api/sheets/{sheet}", self.delete_sheet, methods=["DELETE"]),
            Route("/api/sheets/{sheet}/state", self.sheet_state),
            Route("/api/runs", self.start_run, methods=["POST"]),
            Route("/api/runs/{run}", self.show_run, methods=["GET"]),
            Route("/api/runs/{run}", self.cancel_run, methods=["DELETE"]),
            Route("/api/runs/{run}/events", self.run_events),
            Route("/api/runs/{run}/answers", self.answer_run, methods=["POST"]),
            Route("/api/artifacts/{digest}/{name}", self.artifact),
            Route("/api/uploads", self.upload, methods=["POST"]),
        ]

    async def close(self) -> None:
        """Stop what goes on."""
        await self.runs.close()
        await self.elsewhere(self.uploads.close)

    async def elsewhere(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do what takes time on one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def _body(self, request: Request) -> dict[str, Any]:
        return await json_body(request, self._served.limits)

    # -- what there is

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "graph": self._served.name})

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(await self.elsewhere(document, self._served))

    async def schema(self, request: Request) -> Response:
        return JSONResponse(shown_schema(self._served.structure))

    # -- calls

    async def call(self, request: Request) -> Response:
        body = await self._body(request)
        part = part_named(self._served.structure, request.path_params.get("part"))
        return await self._called(request, part, inputs_in(body))

    async def run_node(self, request: Request) -> Response:
        body = await self._body(request)
        part = node_part(self._served.structure, request.path_params["node"])
        return await self._called(request, part, inputs_in(body))

    async def _called(self, request: Request, part: Any, inputs: Any) -> Response:
        async with _watched(request) as gone:
            return JSONResponse({"outputs": await self.runs.call(part, inputs, gone)})

    # -- runs

    async def start_run(self, request: Request) -> Response:
        body = await self._body(request)
        structure, targets = self._served.structure, body.get("targets", [])
        if not isinstance(targets, list) or not all(isinstance(each, str) for each in targets):
            raise Problem(400, f'"targets" was expected to be a list of nodes, got {targets!r}.')
        part = targets_part(structure, targets) if targets else whole_part(structure)
        force, timeout = body.get("force", False), body.get("timeout")
        if not isinstance(force, bool):
            raise Problem(400, f'"force" was expected to be true or false, got {force!r}.')
        is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
        if timeout is not None and not (is_number and timeout > 0):
            raise Problem(400, f'"timeout" was expected to be seconds above 0, got {timeout!r}.')
        call = await self.runs.start(part, inputs_in(body), force, timeout)
        place = f"{self._served.root}/api/runs/{call.id}"
        return JSONResponse(
            {"id": call.id, "status": call.status}, 202, headers={"Location": place}
        )

    async def show_run(self, request: Request) -> Response:
        return JSONResponse(await self.runs.shown(self.runs.find(request.path_params["run"])))

    async def cancel_run(self, request: Request) -> Response:
        call = self.runs.find(request.path_params["run"])
        await self.elsewhere(call.cancel)
        return JSONResponse({"id": call.id, "status": call.status}, 202)

    async def answer_run(self, request: Request) -> Response:
        call = self.runs.find(request.path_params["run"])
        await self.runs.answer(call, await self._body(request))
        return JSONResponse({"id": call.id, "status": call.status}, 202)

    async def run_events(self, request: Request) -> Response:
        call = self.runs.find(request.path_params["run"])
        last = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        if not last.isascii() or not last.isdigit():
            raise Problem(
                400, f"Last-Event-ID was expected to be the id of an event, got {last!r}."
            )
        return StreamingResponse(
            self.runs.events(call, int(last)),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    # -- files

    async def artifact(self, request: Request) -> Response:
        return await self.artifact_named(request.path_params["digest"], request.path_params["name"])

    async def artifact_named(self, digest: str, name: str) -> Response:
        """Return a value that an answer has named."""
        content = await self.elsewhere(self.artifacts.content, digest, name)
        way = "inline" if content.shown else "attachment"
        headers = {
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if content.path is not None:
            return FileResponse(
                content.path,
                media_type=content.mime,
                headers=headers,
                filename=content.name,
                content_disposition_type=way,
            )
        quoted = urllib.parse.quote(content.name)
        headers["Content-Disposition"] = f"{way}; filename*=utf-8''{quoted}"
        return Response(content.data, media_type=content.mime, headers=headers)

    async def upload(self, request: Request) -> Response:
        limits = self._served.limits
        return JSONResponse(await upload_body(request, limits, self.uploads, self._threads), 201)

    # -- sheets

    async def sheets(self, request: Request) -> Response:
        return JSONResponse(await self.elsewhere(self._sheets.all))

    async def create_sheet(self, request: Request) -> Response:
        name = (await self._body(request)).get("name")
        return JSONResponse(await self.elsewhere(self._sheets.create, name))

    async def rename_sheet(self, request: Request) -> Response:
        name = (await self._body(request)).get("name")
        identity = request.path_params["sheet"]
        return JSONResponse(await self.elsewhere(self._sheets.rename, identity, name))

    async def delete_sheet(self, request: Request) -> Response:
        return JSONResponse(await self.elsewhere(self._sheets.delete, request.path_params["sheet"]))

    async def sheet_state(self, request: Request) -> Response:
        return JSONResponse(await self.elsewhere(self._sheets.state, request.path_params["sheet"]))


@contextlib.asynccontextmanager
async def _watched(request: Request) -> AsyncIterator[asyncio.Event]:
    """Yield an event that says when the client has gone away; its body has been read."""
    gone = asyncio.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watching = asyncio.ensure_future(watch())
    try:
        yield gone
    finally:
        watching.cancel()


# ---------------------------------------------------------------- refusals


def _refused(problem: Problem) -> Response:
    return JSONResponse(problem.content, problem.status, headers=problem.headers)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _refused(error)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, headers = request.url.path, dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    texts = {
        404: f"There is nothing at {path}. GET /openapi.json lists what there is.",
        405: f"{request.method} is not for {path}, but {headers.get('Allow', 'others')}.",
    }
    return _refused(Problem(error.status_code, texts.get(error.status_code, error.detail), headers))


def _methods(request: Request) -> set[str]:
    """Return what may be done at a path: several routes may have it."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods


async def _on_error_of_ours(request: Request, error: Exception) -> Response:
    status = 500
    if isinstance(error, NotForVisitorsError):
        status = 403
    elif isinstance(error, InputError):
        status = 400
    return _refused(Problem(status, str(error)))


async def _on_anything(request: Request, error: Exception) -> Response:
    log_error(f"daggr_nb's server met an error at {request.method} {request.url.path}", error)
    return _refused(
        Problem(500, f"The server met an error ({type(error).__name__}), which its log has.")
    )


Handler = Callable[[Request, Exception], Awaitable[Response]]
_HANDLERS: dict[Any, Handler] = {
    Problem: _on_problem,
    HTTPException: _on_http,
    DaggrError: _on_error_of_ours,
    Exception: _on_anything,
}


def application(routes: list[BaseRoute]) -> Starlette:
    """Return an application that says what it refuses, and why, as JSON."""
    app = Starlette(routes=routes, exception_handlers=_HANDLERS)
    app.router.redirect_slashes = False
    return app
