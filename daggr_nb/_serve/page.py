"""The page of its own: the canvas's own bundle under a strict policy, over one WebSocket."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterable
from concurrent.futures import Executor

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from daggr_nb._canvas.assets import bundled
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.served import Served
from daggr_nb._serve.visits import Frame, FullError, Visit, Visits, packed, unpacked
from daggr_nb.errors import InputError

_FILES = {"index.js": "text/javascript", "page.js": "text/javascript", "index.css": "text/css"}
"""All that is served of the bundle by name; the canvas asks for the rest over its socket."""
_FULL, _UNREADABLE = 1013, 1007
_POLICY = (
    "default-src 'none'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src data:; "
    "connect-src 'self' data: blob:; frame-src 'self' blob:; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'{frames}"
)
_FRAME_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; frame-ancestors 'self'{frames}"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static/index.css">
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; background: Canvas; font: 14px/1.5 system-ui }}
#said {{ padding: 2em; text-align: center }}
</style>
<script type="module" src="static/page.js"></script>
</head>
<body>
<main id="canvas" aria-label="{title}"></main>
<p id="said" role="status">Connecting…</p>
<noscript><p>This page needs JavaScript.</p></noscript>
</body>
</html>
"""
_FRAME = """<!doctype html>
<meta charset="utf-8">
<title>Frame</title>
<script>
addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data?.daggrPage !== "string") return;
  document.open();
  document.write(data.daggrPage);
  document.close();
});
</script>
"""


class Page:
    """The page, and the sockets of those who look at it. Made on the server's loop."""

    def __init__(self, served: Served, threads: Executor, frames: Iterable[str] = ()) -> None:
        self._served = served
        self._threads = threads
        ancestors = "".join(f" {origin}" for origin in frames)
        self._policy = _POLICY.format(frames=ancestors)
        self._frame_policy = _FRAME_POLICY.format(frames=ancestors)  # whose ancestors they are, too
        self._visits = Visits(served, threads)

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the page."""
        return [
            Route("/", self.page),
            Route("/frame", self.frame),
            Route("/static/{name}", self.file),
            WebSocketRoute("/ws", self.socket),
        ]

    def say(self, notice: str) -> None:
        """Show a message to all visitors; may be called on any thread."""
        self._visits.say(notice)

    async def close(self) -> None:
        """End all visits."""
        await self._visits.close()

    async def page(self, request: Request) -> Response:
        headers = {"Content-Security-Policy": self._policy, "Cache-Control": "no-store"}
        return HTMLResponse(_PAGE.format(title=html.escape(self._served.name)), headers=headers)

    async def frame(self, request: Request) -> Response:
        return HTMLResponse(_FRAME, headers={"Content-Security-Policy": self._frame_policy})

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _FILES:
            raise Problem(404, f"There is nothing at {request.url.path}.")
        headers = {"Cache-Control": "no-cache"}
        return Response(bundled(name), media_type=_FILES[name], headers=headers)

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            visit, frames = await self._visits.enter(socket.query_params.get("visit", ""))
        except FullError:
            await socket.close(_FULL)
            return
        try:
            await socket.send_text(await self._greeting(visit, socket))
            await self._serve(socket, visit, frames)
        finally:
            self._visits.leave(visit, frames)

    async def _greeting(self, visit: Visit, socket: WebSocket) -> str:
        """Return the first frame: who the page is, and what it shows unless it knows already."""
        resumes = socket.query_params.get("visit") == visit.id and socket.query_params.get("has")
        if resumes:
            return str(packed({"visit": visit.id}, ()))
        loop = asyncio.get_running_loop()
        snapshot = await loop.run_in_executor(self._threads, visit.bridge.snapshot)
        return str(packed({"visit": visit.id, "state": {"snapshot": snapshot}}, ()))

    async def _serve(self, socket: WebSocket, visit: Visit, frames: asyncio.Queue[Frame]) -> None:
        """Carry frames both ways until the page goes."""
        sending = asyncio.ensure_future(_send_all(socket, frames))
        receiving = asyncio.ensure_future(_receive_all(socket, visit))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            receiving.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)


async def _send_all(socket: WebSocket, frames: asyncio.Queue[Frame]) -> None:
    while True:
        frame = await frames.get()
        if isinstance(frame, str):
            await socket.send_text(frame)
        else:
            await socket.send_bytes(frame)


async def _receive_all(socket: WebSocket, visit: Visit) -> None:
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        try:
            message, buffers = unpacked(event.get("text") or event.get("bytes") or "")
        except InputError:
            await socket.close(_UNREADABLE)
            return
        visit.bridge.receive(message, buffers)
