"""huggingface_hub's client on our own transport. Loads that library, so it is imported when needed.

The client knows what each provider and task wants to be sent, and how it answers. How it is sent is
ours: no redirect is followed, the token goes where it may go, and failures say what to do.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Mapping
from typing import Any

import huggingface_hub

from daggr_nb._json import decode_json
from daggr_nb._services import hub
from daggr_nb._services.connection import (
    Address,
    Connection,
    excerpt,
    failure_of,
    kinds_of,
    said,
    told,
    transport_failure,
)
from daggr_nb._services.inference import ANSWER, Listener, Where
from daggr_nb._services.patience import patiently
from daggr_nb._services.tasks import NoMedium, Task
from daggr_nb._services.wire import suffix_of
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    DaggrError,
    RemoteError,
    Unreachable,
    text_of,
)
from daggr_nb.ui import media_type

_PICTURES = frozenset({"text-to-image", "image-to-image"})


async def ask(
    where: Where, task: Task, values: Mapping[str, Any], listener: Listener, patience: float
) -> Any:
    """Return what a model makes of values by argument.

    Blocks the loop that it is on now and then: that has to be the call's own.
    """

    async def once() -> Any:
        client = ModelClient(where)
        try:
            listener.waits("")
            return await client.do(task, values)
        finally:
            await client.leave()

    return await patiently(once, patience, listener.waits)


class ModelClient(huggingface_hub.AsyncInferenceClient):
    """Asks one model once, on the loop of that call. ``taken`` says that it has been accepted."""

    def __init__(self, where: Where) -> None:
        provider: Any = None if where.url else where.provider or None
        super().__init__(model=where.url or where.name, provider=provider, token=where.secret)
        self._where = where
        self._address = Address(where.url or hub.router(), where.service, login=where.login)
        self._connection = Connection(self._address, ANSWER)
        self._answer: tuple[Mapping[str, str], bytes] = ({}, b"")
        self.taken = False

    async def leave(self) -> None:
        """Let go of its sockets."""
        await self._connection.close()

    async def do(self, task: Task, values: Mapping[str, Any]) -> Any:
        """Return what a model makes of values by argument."""
        try:
            method = getattr(self, task.method)
            arguments = dict(values)
            if "extra_body" in arguments and not _takes(method, "extra_body"):
                arguments.update(arguments.pop("extra_body"))
            return task.result(await method(**arguments))
        except DaggrError:
            raise
        except Exception as error:  # noqa: BLE001 - of whatever library
            raise self._failure(error) from None

    # -- sending

    async def _inner_post(self, request_parameters: Any, *, stream: bool = False) -> Any:
        """Send what the client has made ready. Its name is the client's own."""
        request = request_parameters
        if request.url.startswith(f"{hub.ROUTER}/"):
            request.url = hub.router() + request.url[len(hub.ROUTER) :]
        headers = {name.lower(): value for name, value in request.headers.items()}
        if self.token is None:
            headers.pop("authorization", None)  # the client has looked for one by itself
        elif self._where.routed and not request.url.startswith(f"{hub.router()}/"):
            what = "is not behind the router, and the token of this user is sent to no other server"
            remedy = "Give the provider's own key: api_key=."
            raise BadAnswer(said(self._address.service, what, remedy), **self._details)
        request.headers = headers
        sent: dict[str, Any] = {**headers, **self._where.headers}
        if request.task in _PICTURES:
            sent.setdefault("accept", "image/png")
        options: dict[str, Any] = {"json": request.json}
        if request.data is not None:
            options = {"content": bytes(request.data)}
            suffix = suffix_of(options["content"])
            sent.setdefault(
                "content-type", media_type(f"it.{suffix}") or "application/octet-stream"
            )
        asked = self._connection.asked(request.url, headers=sent, **options)
        async with asked as response:
            self._answer = response.headers, response.content
            self.taken = True
            return response.content

    # -- failures

    @property
    def _details(self) -> dict[str, Any]:
        return {"service": self._address.service, "accepted": self.taken}

    def _failure(self, error: Exception) -> RemoteError:
        """Return what an error of the client, or of what it uses, means."""
        address, kinds = self._address, kinds_of(error)
        response: Any = getattr(error, "response", None)
        if isinstance(getattr(response, "status_code", None), int):  # of a request of its own
            content = getattr(response, "content", b"")
            failure = failure_of(address, response.status_code, response.headers, content)
            failure.accepted = self.taken
            return failure
        failure_there = transport_failure(address, error, None, self.taken)
        if failure_there is not None:
            return failure_there
        kind, what, remedy = self._meaning(error, kinds)
        return kind(said(address.service, what, remedy), **self._details)

    def _meaning(self, error: Exception, kinds: set[str]) -> tuple[type[RemoteError], str, str]:
        text = " ".join(text_of(error).split()) or type(error).__name__
        shown = excerpt(*self._answer)
        if "OfflineModeIsEnabled" in kinds:
            return Unreachable, "was not asked, as HF_HUB_OFFLINE is set", "Unset it to go on line."
        if "ImportError" in kinds:
            what = f"answered, and this kernel lacks a library to read it: {text}"
            return BadAnswer, what, "Install it here."
        if not self.taken:
            return BadAnswer, f"cannot be asked: {text}", "See its task, provider and inputs."
        failed = self._told_failure()
        if failed:
            return AppFailed, f"failed: {failed}", "See the inputs of the node, or run again."
        if isinstance(error, NoMedium):
            return BadAnswer, f"answered what is no {text}: {shown}", self._way_out
        if "UnidentifiedImageError" in kinds:
            return BadAnswer, f"answered what is no image: {shown}", self._way_out
        if kinds & {"JSONDecodeError", "UnicodeDecodeError"}:
            return BadAnswer, f"answered what is no data: {shown}", self._way_out
        if "TimeoutError" in kinds:
            return Unreachable, f"gave no answer in time: {text}", "Run again."
        if kinds & {"ValueError", "RuntimeError"}:
            return BadAnswer, f"gave no result: {text}", self._way_out
        what = f"answered in a form that is not known: {shown} ({type(error).__name__}: {text})"
        return BadAnswer, what, self._way_out

    def _told_failure(self) -> str:
        with contextlib.suppress(ValueError):
            answer = decode_json(self._answer[1])
            if isinstance(answer, dict) and answer.get("error"):
                return told(answer)
        return ""

    @property
    def _way_out(self) -> str:
        if self._where.routed:
            return "Another provider may do: model='org/name:provider'."
        return "See that it is a server for this task."


def _takes(method: Any, name: str) -> bool:
    return name in inspect.signature(method).parameters
