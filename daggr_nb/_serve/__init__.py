"""A graph outside the notebook: REST, runs that are watched, and a page of its own.

The only code that knows Starlette, uvicorn and websockets. They come with the extra ``serve`` and
load with the first server.
"""

from __future__ import annotations

import os
import pathlib
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from daggr_nb._engine.session.session import Session
from daggr_nb._serve.served import Limits, Served
from daggr_nb._serve.space import this_space
from daggr_nb.errors import DaggrError, InputError

if TYPE_CHECKING:
    from daggr_nb._serve.server import Server

_servers: weakref.WeakKeyDictionary[Session, dict[tuple[str, int | None], Server]] = (
    weakref.WeakKeyDictionary()
)
_HOST, _PORT = "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"


def default_host() -> str:
    """Return where a graph is served that does not say: on this machine alone."""
    return os.environ.get(_HOST, "").strip() or "127.0.0.1"


def start_server(
    session: Session,
    name: str,
    key: str | None,
    *,
    host: str,
    port: int | None,
    token: str | bool | None = None,
    allowed_hosts: Sequence[str] = (),
    root: str = "",
    limits: Limits | None = None,
    mcp: bool = False,
    gradio: bool = False,
    shared: bool = False,
) -> Server:
    """Start to serve a session, say where, and return the server at once."""
    try:
        from daggr_nb._serve.server import Server  # noqa: PLC0415 - optional and heavy
    except ModuleNotFoundError as error:
        raise _not_installed(error, "Serving a graph", "serve") from error
    adapters: list[Any] = []
    if mcp:
        try:
            from daggr_nb._serve.assistants import Assistants  # noqa: PLC0415 - optional and heavy
        except ModuleNotFoundError as error:
            raise _not_installed(error, "Serving a graph to assistants", "mcp") from error
        adapters.append(Assistants)
    if gradio:
        try:
            from daggr_nb._serve.gradio_routes import GradioRoutes  # noqa: PLC0415 - optional
        except ModuleNotFoundError as error:
            raise _not_installed(error, "Serving a graph", "serve") from error
        adapters.append(GradioRoutes)
    served = Served(name, session, key, _root(root), limits or Limits(), shared)
    wanted = _wanted_port() if port is None else port
    former = _servers.setdefault(session, {}).pop((host, wanted), None)
    if former is not None and wanted != 0:  # a cell that runs again means the same server
        former.close()
    space = this_space()
    names = [*allowed_hosts, *([space.host] if space is not None else [])]
    frames = space.frames if space is not None else ()
    server = Server(served, host, wanted, token, names, frames, adapters)
    _servers[session][host, wanted] = server
    if server.wanted_port not in (0, server.port):
        _say(f"Port {server.wanted_port} is in use, so this is {server.port}.")
    _say(f"{name}: {server.url}")
    return server


def _not_installed(error: ModuleNotFoundError, deed: str, extra: str) -> Exception:
    if error.name is None or error.name.startswith("daggr_nb"):
        return error
    return DaggrError(
        f'{deed} needs {error.name}, which is not installed. Run: pip install "daggr_nb[{extra}]"'
    )


def wait_for_end(
    server: Server, changed: Callable[[set[pathlib.Path]], None] | None = None, folder: str = "."
) -> None:
    """Block until a server is closed, or somebody presses Ctrl-C; then it is.

    ``changed`` is called with the scripts and notebooks below ``folder`` that change meanwhile.
    """
    try:
        if changed is not None:
            for paths in changes_in(pathlib.Path(folder), lambda: server.closed):
                changed(paths)
        while not server.wait(1.0):
            pass
    except KeyboardInterrupt:
        _say("Stopping.")
    finally:
        server.close()


def changes_in(
    folder: pathlib.Path, ended: Callable[[], bool] = lambda: False
) -> Iterator[set[pathlib.Path]]:
    """Yield the scripts and notebooks below a folder that change, until ``ended`` says so."""
    try:
        from daggr_nb._serve.watching import changes  # noqa: PLC0415 - optional
    except ModuleNotFoundError as error:
        raise _not_installed(error, "Following edits", "serve") from error
    yield from changes(folder, ended)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _root(path: str) -> str:
    """Return a path as it stands before others: with a slash in front, and none behind."""
    plain = path.strip("/")
    return f"/{plain}" if plain else ""


def _wanted_port() -> int | None:
    text = os.environ.get(_PORT, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise InputError(f"{_PORT} was expected to be a number, got {text!r}.")
    return int(text)
