"""The one guard in front of everything, HTTP and WebSocket: who may ask, from where, how much.

Host and Origin are checked against DNS rebinding and cross-site requests, a token as Jupyter does.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
import socket
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._serve.problem import Problem, busy
from daggr_nb._serve.served import Limits

Scope = dict[str, Any]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_HOST = re.compile(r"[@/?#\\\s\x00]")
_LOOPBACK_NAMES = frozenset({"localhost"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer that has none of its own."""


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


def host_of(netloc: str) -> str:
    """Return the host of ``host:port``, without the brackets of an IPv6 address; or nothing."""
    if _NO_HOST.search(netloc):
        return ""
    try:
        return (urllib.parse.urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Rules:
    """Who may ask. ``host`` is what the server is bound to, ``token`` empty where none is needed.

    ``allowed_hosts`` are names under which proxies show it, ``frames`` origins whose pages may show
    it in a frame.
    """

    host: str
    port: int
    token: str = ""
    allowed_hosts: Iterable[str] = ()
    frames: Iterable[str] = ()
    root: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def cookie(self) -> str:
        """The name of the cookie: browsers share those of all ports of a host."""
        return f"daggr_nb_{self.port}"

    @property
    def cookie_value(self) -> str:
        """What the cookie holds: not the token itself, which opens more than a page."""
        return hmac.new(self.token.encode(), b"daggr_nb page", hashlib.sha256).hexdigest()

    def knows(self, host: str) -> bool:
        """Whether the server is meant by a name."""
        if host in {name.lower() for name in self.allowed_hosts} or is_loopback(host):
            return True
        if host == self.host.lower():
            return True
        # Bound to every address of the machine: an address cannot be rebound, and is no name.
        everywhere = self.host in ("0.0.0.0", "::", "")
        return everywhere and (_is_address(host) or host == socket.gethostname().lower())


class Guard:
    """Checks a request before an application sees it; refuses with JSON, or closes the socket."""

    def __init__(self, app: Any, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._open = 0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope, headers = _below_root(scope, self._rules.root), _headers(scope)
        try:
            self._check(scope, headers)
            if self._open >= self._rules.limits.requests:
                raise busy(f"{self._open} requests are under way already.")
        except Problem as problem:
            await _refuse(scope, send, problem)
            return
        query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
        if scope["type"] == "http" and scope["method"] == "GET" and "token" in query:
            await _redirect(scope, send, query, self._rules)
            return
        self._open += 1
        try:
            await self._app(scope, receive, _with_headers(send))
        finally:
            self._open -= 1

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        rules, host = self._rules, headers.get("host", "")
        if not rules.knows(host_of(host)):
            raise Problem(
                403,
                f"The host {host!r} is not served here. If a proxy shows this server under that "
                "name, say allowed_hosts=[…].",
            )
        if scope.get("method") != "OPTIONS":  # which is answered 405 in any case
            self._check_origin(headers, host)
        is_page = scope["type"] == "http" and scope["method"] in _SAFE
        cross_site = headers.get("sec-fetch-site") == "cross-site"
        navigates = headers.get("sec-fetch-mode") == "navigate"
        if cross_site and not (is_page and navigates):
            raise Problem(403, "A page of another site asked for this, which is refused.")
        if rules.token and not self._is_let_in(scope, headers):
            raise Problem(
                401,
                "A token was expected: open the address that the server printed, or send "
                "Authorization: Bearer TOKEN.",
                {"WWW-Authenticate": "Bearer"},
            )

    def _check_origin(self, headers: dict[str, str], host: str) -> None:
        origin = headers.get("origin")
        if origin is None:
            return
        netloc = urllib.parse.urlsplit(origin).netloc.lower() if "://" in origin else ""
        allowed = {name.lower() for name in self._rules.allowed_hosts}
        if not netloc or (netloc != host.lower() and host_of(netloc) not in allowed):
            raise Problem(
                403, f"A page from {origin!r} asked for this; only this server's own may."
            )

    def _is_let_in(self, scope: Scope, headers: dict[str, str]) -> bool:
        token = self._rules.token
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(bearer.strip(), token):
            return True
        if _same(_cookies(headers).get(self._rules.cookie, ""), self._rules.cookie_value):
            return True
        query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
        once = query.get("token", [""])[0]
        return scope["type"] == "http" and scope["method"] == "GET" and _same(once, token)


def _below_root(scope: Scope, root: str) -> Scope:
    """Return a request below ``root`` once, whether a proxy takes that away or leaves it.

    The server puts it in front of each path, as if it had been taken away.
    """
    path = scope["path"]
    if not root or not f"{path}/".startswith(f"{root}{root}/"):
        return scope
    return {**scope, "path": path[len(root) :], "raw_path": path[len(root) :].encode()}


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by name in lower case; of a name that comes twice the first counts.

    Two hosts or origins are one too many, and mean none.
    """
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key in headers and key in ("host", "origin"):
            headers[key] = "\x00"
        headers.setdefault(key, text)
    return headers


def _cookies(headers: dict[str, str]) -> dict[str, str]:
    pairs = (each.partition("=") for each in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


async def _redirect(scope: Scope, send: Any, query: dict[str, list[str]], rules: Rules) -> None:
    """Put the token into a cookie and out of the address, where others could read it."""
    rest = urllib.parse.urlencode(
        [(name, value) for name, values in query.items() if name != "token" for value in values]
    )
    path = urllib.parse.quote(scope["path"])
    if rules.root and not path.startswith(rules.root):
        path = rules.root + path
    place = f"/{path.lstrip('/')}{'?' * bool(rest)}{rest}"
    headers = [("location", place), ("cache-control", "no-store")]
    if rules.token:
        # In a frame on a page of another site a browser sends no other cookie.
        kind = "SameSite=None; Secure; Partitioned" if rules.frames else "SameSite=Lax"
        cookie = f"{rules.cookie}={rules.cookie_value}; HttpOnly; {kind}"
        headers.append(("set-cookie", f"{cookie}; Path={rules.root or '/'}"))
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": 303, "headers": raw})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, send: Any, problem: Problem) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + problem.status, "reason": ""})
        return
    body = json.dumps(problem.content).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",  # what it goes on to send is not read
        **HEADERS,
        **problem.headers,
    }
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Any) -> Any:
    """Return a ``send`` that adds the headers which keep a browser from being misled."""

    async def send_with_headers(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = {name.decode("latin-1").lower() for name, _ in message["headers"]}
            more = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.lower() not in there]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_with_headers
