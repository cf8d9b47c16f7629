"""A server at work: on a thread of its own with a loop of its own, until it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import socket
import threading
import urllib.parse
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import h11
import uvicorn
from starlette.routing import BaseRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from daggr_nb._serve.app import Api, application
from daggr_nb._serve.guard import Guard, Rules, is_loopback
from daggr_nb._serve.page import Page
from daggr_nb._serve.served import Served
from daggr_nb.errors import InputError, RunError, log_error

logger = logging.getLogger("daggr_nb")

PORT = 7860
_TRIES = 100  # ports that are tried one after the other
_THREADS = 16  # that do what takes time, beside those of the nodes
_HEADER_SECONDS = 20.0
_GRACE_SECONDS = 2  # for answers that are under way when it is closed


class TimedProtocol(H11Protocol):
    """HTTP whose headers are to come within a time: a client that dawdles holds nothing open."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin_wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._begin_wait()
        else:
            self._end_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def _begin_wait(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(_HEADER_SECONDS, self._give_up)

    def _end_wait(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class Adapter(Protocol):
    """What serves a graph to others in their own way, beside REST and the page."""

    def routes(self) -> list[BaseRoute]:
        """Return its routes."""

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Return what goes on as long as the server does."""


class Server:
    """A graph that is served. ``url`` opens it, with the token if there is one.

    As a context manager it is closed at the end of the block.
    """

    def __init__(
        self,
        served: Served,
        host: str,
        port: int | None,
        token: str | bool | None,
        allowed_hosts: Iterable[str] = (),
        frames: Iterable[str] = (),
        adapters: Sequence[Callable[[Served, Api], Adapter]] = (),
    ) -> None:
        self._served = served
        self._adapters = adapters
        self.host = host
        self.token = _token(host, token, guarded=bool(frames))
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.wanted_port = PORT if port is None else port
        self._rules = Rules(
            host,
            self.port,
            self.token,
            tuple(allowed_hosts),
            tuple(frames),
            served.root,
            served.limits,
        )
        self._started = threading.Event()
        self._ended = threading.Event()
        self._error: BaseException | None = None
        self._uvicorn: uvicorn.Server | None = None
        self._page: Page | None = None
        self._thread = threading.Thread(target=self._run, name="daggr-nb-server", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise RunError(f"The server cannot start: {self._error}") from self._error

    @property
    def address(self) -> str:
        """Where it is, without the token: what addresses of the API begin with."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "", "localhost") else self.host
        host = "[::1]" if host == "::" else f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        token = f"?token={urllib.parse.quote(self.token, safe='')}" if self.token else ""
        return f"{self.address}/{token}"

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is closed, ``timeout`` seconds at most; says whether it is."""
        return self._ended.wait(timeout)

    def say(self, notice: str) -> None:
        """Show a message on the canvas of everybody; empty takes it away."""
        self._served.session.say(notice)
        if self._page is not None:
            self._page.say(notice)

    def close(self) -> None:
        """End it: what goes on is stopped, and nothing of it is left. What is recorded stays."""
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True
        if threading.current_thread() is not self._thread:
            self._thread.join(30)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Server of {self._served.name!r} at {self.address}{' (closed)' * self.closed}>"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            self._error = error
            if self._started.is_set():
                log_error("daggr_nb's server ended with an error", error)
        finally:
            self._socket.close()
            self._ended.set()
            self._started.set()

    async def _serve(self) -> None:
        with contextlib.ExitStack() as stack:
            threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="daggr-nb-serve")
            stack.callback(threads.shutdown, wait=True, cancel_futures=True)
            asyncio.get_running_loop().set_default_executor(threads)
            api = Api(self._served, threads)
            page = self._page = Page(self._served, threads, self._rules.frames)
            more = contextlib.AsyncExitStack()
            routes = [*page.routes(), *api.routes()]
            for make in self._adapters:
                adapter = make(self._served, api)
                routes += adapter.routes()
                await more.enter_async_context(adapter.running())
            app = Guard(application(routes), self._rules)
            config = uvicorn.Config(
                app,
                http=TimedProtocol,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                root_path=self._served.root,
                ws_max_size=self._served.limits.body + (16 << 20),
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )

            async def close() -> None:
                await more.aclose()
                await api.close()
                await page.close()

            self._uvicorn = _Uvicorn(config, self._started.set, close)
            try:
                await self._uvicorn.serve([self._socket])
            finally:
                self._started.set()


class _Uvicorn(uvicorn.Server):
    """Says when it listens, and leaves signals to the program that it is part of.

    Runs and streams are closed first: answers that wait for them could not end otherwise.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], object],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._tell = started
        self._close = close

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def _token(host: str, token: str | bool | None, guarded: bool) -> str:
    """Return the token that is needed: none on loopback, or where ``guarded`` by somebody else.

    One that is asked for is needed everywhere.
    """
    if isinstance(token, str):
        if not token.strip():
            raise InputError("token= expected a text that is not empty, or True, False or None.")
        return token
    is_open = is_loopback(host) or guarded
    if token is False and not is_open:
        raise InputError(
            f"token=False was given for {host!r}, which others can reach: they could run the "
            "graph. Leave token= out, and one is made; or serve on 127.0.0.1."
        )
    return secrets.token_urlsafe(24) if token or not is_open else ""


def _bound(host: str, port: int | None) -> socket.socket:
    """Return a socket on ``port``, or on the next one that is free; 0 is any."""
    first = PORT if port is None else port
    if not isinstance(first, int) or isinstance(first, bool) or not 0 <= first <= 65535:
        raise InputError(f"port= expected a number from 0 to 65535, got {port!r}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in range(first, min(first + _TRIES, 65536)):
        # With its protocol named, asyncio sends small answers at once (TCP_NODELAY).
        each = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind((host, number))
            each.listen(2048)
            return each
        except OSError as error:
            each.close()
            if error.errno != errno.EADDRINUSE or first == 0:
                raise InputError(
                    f"The server cannot be at {host}:{number}: {error.strerror or error}."
                ) from error
    raise InputError(
        f"Ports {first} to {first + _TRIES - 1} are all in use. Say another with port=…, or port=0 "
        "for any."
    )
