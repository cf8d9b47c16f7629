"""Requests to one service, and what their failures mean in plain words.

No request follows a redirect: a token, a text or a file goes to the address that was given, and to
no other one.
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daggr_nb._json import decode_json
from daggr_nb._provenance.secrecy import scrubbed
from daggr_nb._text import cut
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    Busy,
    OverQuota,
    Refused,
    RemoteError,
    Unreachable,
)

if TYPE_CHECKING:
    import httpx

CONNECT = 10.0
"""Seconds after which an address that does not answer is given up."""
SILENCE = 45.0
"""Seconds without a sign, three times what an app takes between two, after which it is gone."""
_LINE = 160  # characters of the first line of an error
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "InvalidURL", "UnsupportedProtocol"})


@dataclass(frozen=True)
class Address:
    """Where a service is, and how this user is known there.

    ``service`` is what errors call it, ``login`` what they advise to one who is not let in.
    ``headers`` and ``cookies`` may be secrets, and are in no text.
    """

    url: str
    service: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    verify: bool = True
    login: str = "Give auth=(user, password) or headers={...} to the node."

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells two addresses apart, with who asks."""
        headers, cookies = sorted(self.headers.items()), sorted(self.cookies.items())
        known = tuple(headers), tuple(cookies), self.auth, self.verify
        return self.url, self.service, *known


def capital(text: str) -> str:
    """Return a text as a sentence begins."""
    return text[:1].upper() + text[1:]


def said(service: str, what: str, remedy: str = "") -> str:
    """Return an error's text: who, what happened and what to do on the first line.

    What does not fit there follows below. Secrets that the service repeats are taken out.
    """
    what = scrubbed(what)
    who, event = cut(capital(service), 60), " ".join(what.split()).rstrip(".")
    room = max(_LINE - len(who) - len(remedy) - 3, 30)
    first = f"{who} {cut(event, room)}." + (f" {remedy}" if remedy else "")
    full = what.strip()
    return first if len(event) <= room else f"{first}\n{cut(full, 2_000)}"


class Connection:
    """Sends requests to an address. Lives on the shared loop.

    What goes wrong is a :class:`~daggr_nb.errors.RemoteError`, without the transport's own errors.
    """

    def __init__(self, address: Address, silence: float | None = None) -> None:
        import httpx  # noqa: PLC0415 - takes long to load, and only remote nodes need it

        self.address = address
        self._silence = SILENCE if silence is None else silence
        self.service = address.service
        self.client = httpx.AsyncClient(
            headers={"user-agent": "daggr_nb", **address.headers},
            cookies=dict(address.cookies),
            verify=_trust() if address.verify and address.url.startswith("https") else False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._silence, connect=CONNECT, write=None, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        )

    def url(self, path: str) -> str:
        """Return the full address of a path; a full one as it is."""
        if "://" in path.partition("?")[0]:
            return path
        return self.address.url.rstrip("/") + "/" + path.lstrip("/")

    async def get_json(self, path: str, **options: Any) -> Any:
        """Return what is at a path, read as JSON."""
        return self.read_json(await self.request("GET", path, **options))

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a request; raise if it is not one of success."""
        with self.failures():
            response = await self.client.request(method, self.url(path), **options)
        self.check(response)
        return response

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, path: str, *, accepted: bool = False, gone: str = "", **options: Any
    ) -> AsyncIterator[httpx.Response]:
        """Hand out an answer whose content is yet to come; see :meth:`failures`."""
        with self.failures(accepted, gone):
            async with self.client.stream(method, self.url(path), **options) as response:
                if not response.is_success:
                    await response.aread()
                self.check(response)
                yield response

    @contextlib.asynccontextmanager
    async def asked(self, url: str, **options: Any) -> AsyncIterator[httpx.Response]:
        """Hand out the answer to what is posted to a full address, once it is one of success.

        What was posted may be worth money: it is taken to be accepted as soon as it was sent, but
        for answers that say otherwise. With ``stream=True`` the content is yet to come.
        """
        stream = options.pop("stream", False)
        with self.failures(sent=True):
            request = self.client.build_request("POST", url, **options)
            response = await self.client.send(request, stream=stream)
        try:
            if not response.is_success:
                with self.failures(sent=True):
                    await response.aread()
                error = failure_of(
                    self.address, response.status_code, response.headers, response.content
                )
                error.accepted = response.status_code in (408, 504)  # at work, but too slow
                raise error
            yield response
        finally:
            await response.aclose()

    def read_json(self, response: httpx.Response) -> Any:
        """Return an answer's content as data; raise if it is none."""
        try:
            return decode_json(response.content)
        except ValueError:
            raise self.unreadable(response) from None

    def check(self, response: httpx.Response) -> None:
        """Raise what an answer means that is not one of success."""
        if not response.is_success:
            raise failure_of(self.address, response.status_code, response.headers, response.content)

    def unreadable(self, response: httpx.Response) -> BadAnswer:
        """Return the error of an answer that is no data."""
        what = f"answered what is no data: {excerpt(response.headers, response.content)}"
        remedy = "See that its address is right."
        return BadAnswer(said(self.service, what, remedy), service=self.service)

    @contextlib.contextmanager
    def failures(self, accepted: bool = False, gone: str = "", sent: bool = False) -> Any:
        """Turn errors of the transport within the block into ours.

        ``accepted`` says that the call has been taken, ``gone`` what to call it if the connection
        breaks then. ``sent`` says that it is taken to be accepted as soon as somebody was reached.
        """
        try:
            yield
        except RemoteError:
            raise
        except Exception as error:
            taken = accepted or (sent and not kinds_of(error) & _NOT_SENT)
            failure = transport_failure(self.address, error, self._silence, taken, gone)
            if failure is None:
                raise
            raise failure from None

    async def close(self) -> None:
        """Let go of its sockets."""
        await self.client.aclose()


def kinds_of(error: BaseException) -> set[str]:
    """Return the names of the classes of an error: those of libraries are not at hand."""
    return {kind.__name__ for kind in type(error).__mro__}


def transport_failure(
    address: Address,
    error: Exception,
    silence: float | None = None,
    accepted: bool = False,
    gone: str = "",
) -> RemoteError | None:
    """Return what an error of httpx, or of its kin in other clients, means; ``None`` for others.

    They are told by the names of their classes, which are the same in all of them.
    """
    kinds, service = kinds_of(error), address.service
    kind: type[RemoteError] = Unreachable
    if "ConnectTimeout" in kinds:
        what, remedy = f"did not answer within {CONNECT:g} s", "See that it is up, and its address."
    elif "ConnectError" in kinds:
        what = f"went away {gone}" if gone else f"cannot be reached: {_reason(error)}"
        remedy = "See that it is up, and its address."
    elif "TimeoutException" in kinds or "InferenceTimeoutError" in kinds:
        span = f": no sign for {silence:g} s" if silence is not None else ""
        what = f"went silent {gone}".strip() + span
        remedy = "See whether it is still up, and run again."
    elif kinds & {"InvalidURL", "UnsupportedProtocol"}:
        what, remedy = f"has an address that is none: {error}", "Write it as https://host/path."
    elif "DecodingError" in kinds:
        kind, what, remedy = BadAnswer, f"sent data that is damaged: {error}", "Run again."
    elif "TransportError" in kinds:
        what = f"went away {gone}".strip() + f": {_reason(error)}"
        remedy = "See whether it is still up, and run again."
    else:
        return None
    return kind(said(service, what, remedy), service=service, accepted=accepted)


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", text)


def failure_of(
    address: Address, status: int, headers: Mapping[str, str], content: bytes
) -> RemoteError:
    """Return what an answer of another status than success means.

    ``headers`` are looked up in lower case.
    """
    detail = _detail(headers, content)
    because = f": {detail}" if detail else ""
    service, what, remedy = address.service, f"failed ({status}){because}", "Run again later."
    kind: type[RemoteError] = BadAnswer
    retry_after = None
    if 300 <= status < 400:
        target = cut(str(headers.get("location", "another address")), 80)
        what = f"redirects to {target} ({status}), which is not followed"
        remedy = "Give that address if you trust it."
    elif status in (401, 407):
        kind, what, remedy = Refused, f"does not know this user ({status}){because}", address.login
    elif status == 403 and "gated" in f"{headers.get('x-error-code', '')} {detail}".lower():
        kind, what = Refused, f"asks for its terms to be accepted first (403){because}"
        remedy = "Ask for access on its page, with the account that is logged in here."
    elif status == 403:
        kind, what, remedy = Refused, f"does not let this user in (403){because}", address.login
    elif status == 402:
        kind, what = OverQuota, f"wants to be paid (402){because}"
        remedy = "See the billing page there, or use another provider."
    elif status == 404:
        what, remedy = f"has nothing at that address (404){because}", "See its address and name."
    elif status in (408, 502, 504):
        kind, what = Unreachable, f"gave no answer in time ({status}){because}"
    elif status == 413:
        what, remedy = f"takes no file of that size (413){because}", "Send a smaller one."
    elif status in (400, 405, 409, 415, 422):
        what = f"does not take what it was asked ({status}){because}"
        remedy = "See the inputs of the node."
    elif status in (429, 503):
        kind, retry_after = Busy, _retry_after(headers, content)
        what = f"has no room now ({status}){because}"
    elif status >= 500:
        kind = AppFailed
        what, remedy = f"failed inside ({status}){because}", "See its log, or run again."
    return kind(
        said(service, what, remedy), service=service, status=status, retry_after=retry_after
    )


def _retry_after(headers: Mapping[str, str], content: bytes) -> float | None:
    """Return the seconds after which to try again: ``Retry-After``, or ``estimated_time``."""
    value = headers.get("retry-after")
    if value is not None:
        with contextlib.suppress(ValueError):
            return max(float(value), 0.0)
        with contextlib.suppress(ValueError, TypeError):
            at = email.utils.parsedate_to_datetime(value)
            return max(at.timestamp() - time.time(), 0.0)
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return max(float(decode_json(content)["estimated_time"]), 0.0)
    return None


def _detail(headers: Mapping[str, str], content: bytes) -> str:
    """Return what an answer says of its failure, however it is written."""
    with contextlib.suppress(ValueError):
        return told(decode_json(content))
    return excerpt(headers, content) if content else ""


def told(data: Any) -> str:
    """Return what data says of a failure, in any of the usual shapes."""
    if isinstance(data, str):
        return data
    if isinstance(data, Mapping):
        for name in ("error", "detail", "message", "msg", "error_description"):
            if data.get(name):
                where = data.get("loc")
                place = ".".join(map(str, where)) + ": " if isinstance(where, list) else ""
                return place + told(data[name])
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, map(told, data[:3])))
    return ""


def excerpt(headers: Mapping[str, str], content: bytes) -> str:
    """Return what an answer looks like that is no data: a page's title, or its first words."""
    text = content[:4_000].decode("utf-8", "replace")
    if "html" in headers.get("content-type", "") or text.lstrip()[:1] == "<":
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return f"a web page ({cut(' '.join(title[1].split()), 40)})" if title else "a web page"
    if not content:
        return "nothing"
    if "\ufffd" in text or "\0" in text:
        return f"{len(content)} bytes that are no text"
    return repr(cut(" ".join(text.split()), 60))
