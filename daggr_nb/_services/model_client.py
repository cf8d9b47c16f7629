"""huggingface_hub's client on our own transport. Loads that library, so it is imported when needed.

The client knows what each provider and task wants to be sent, and how it answers. How it is sent is
ours: no redirect is followed, the token goes where it may go, and failures say what to do.
"""

from __future__ import annotations

import contextlib
import inspect
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import huggingface_hub

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
from daggr_nb._services.inference import Listener, Where
from daggr_nb._services.patience import patiently
from daggr_nb._services.tasks import NoMedium, Task, conversation
from daggr_nb._services.wire import suffix_of
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    Busy,
    DaggrError,
    RemoteError,
    Unreachable,
    text_of,
)
from daggr_nb.ui import media_type

ANSWER = 600.0
"""Seconds without a sign for which an answer is waited for: models are slow, and say nothing."""
_PICTURES = frozenset({"text-to-image", "image-to-image"})
_SHOWN = 4_000  # characters of an answer that are kept for the error


async def ask(
    where: Where, task: Task, values: Mapping[str, Any], listener: Listener, patience: float
) -> list[Any]:
    """Return what a model makes of values by argument: the result, and the thoughts before it.

    Blocks the loop that it is on now and then: that has to be the call's own.
    """

    async def once() -> list[Any]:
        client = ModelClient(where)
        try:
            listener.waits("")
            return await client.do(task, values, listener)
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
        self._instead: dict[str, Any] = {}
        self._answer: tuple[Mapping[str, str], bytes] = ({}, b"")
        self._beside, self._events = "", 0
        self.taken = False

    async def leave(self) -> None:
        """Let go of its sockets."""
        await self._connection.close()

    async def do(self, task: Task, values: Mapping[str, Any], listener: Listener) -> list[Any]:
        """Return what a model makes of values by argument: the result, and its thoughts."""
        try:
            if task.chats:
                return list(await self._talk(values, listener))
            method = getattr(self, task.method)
            arguments = dict(values)
            if "extra_body" in arguments and not _takes(method, "extra_body"):
                arguments.update(arguments.pop("extra_body"))
            return [task.result(await method(**arguments)), ""]
        except DaggrError:
            raise
        except Exception as error:  # noqa: BLE001 - of whatever library
            raise self._failure(error) from None

    # -- a conversation

    async def _talk(self, values: Mapping[str, Any], listener: Listener) -> tuple[str, str]:
        rest = {
            n: v for n, v in values.items() if n not in ("prompt", "messages", "system", "image")
        }
        if "response_format" in rest:  # the client would write it as one kind of server wants it
            self._instead["response_format"] = rest["response_format"]
        options = {"model": self._where.name or None, "stream": True, **rest}
        stream = await self.chat_completion(conversation(values), **options)
        text, thoughts, reason = "", "", ""
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                for choice in (event.choices or ())[:1]:
                    reason = choice.finish_reason or reason
                    if choice.delta is None:
                        continue
                    thought = _words(getattr(choice.delta, "reasoning_content", None))
                    thought = thought or _words(getattr(choice.delta, "reasoning", None))
                    word = _words(choice.delta.content)
                    thoughts, text = thoughts + thought, text + word
                    if thought:
                        listener.thought(thought)
                    if word:
                        listener.wrote(word)
        self._check_end(reason, len(text))
        listener.ended(reason)
        return text, thoughts

    def _check_end(self, reason: str, length: int) -> None:
        what, remedy = "", "Run again."
        kind: type[RemoteError] = BadAnswer
        if not self._events:
            with contextlib.suppress(ValueError):
                what = (
                    told(json.loads(self._beside)) and f"failed: {told(json.loads(self._beside))}"
                )
            shown = excerpt(self._answer[0], self._beside.encode())
            what = what or f"answered without a single event: {shown}"
            remedy = "See that it is a server of chat models."
        elif reason == "error":
            kind, what = AppFailed, f"failed after {length} characters, and does not say why"
        elif not reason:
            what = f"broke off after {length} characters, before the end of its answer"
        if what:
            raise kind(said(self._address.service, what, remedy), **self._details)

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
        elif isinstance(request.json, dict) and self._instead:
            options = {"json": {**request.json, **self._instead}}
        with self._connection.failures(sent=True):
            client = self._connection.client
            built = client.build_request("POST", request.url, headers=sent, **options)
            response = await client.send(built, stream=stream)
            if not (stream and response.is_success):
                await response.aread()
                self._answer = response.headers, response.content
        if not response.is_success:
            raise self._refusal(response.status_code)
        self.taken = True
        if not stream:
            return response.content
        self._answer = response.headers, b""
        return self._lines(response)

    async def _lines(self, response: Any) -> AsyncIterator[str]:
        with self._connection.failures(accepted=True, gone="in the middle of its answer"):
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    self._events += 1
                elif line.strip() and not line.startswith(":") and len(self._beside) < _SHOWN:
                    self._beside += line[:_SHOWN] + "\n"
                yield line.strip()

    # -- failures

    @property
    def _details(self) -> dict[str, Any]:
        return {"service": self._address.service, "accepted": self.taken}

    def _refusal(self, status: int) -> RemoteError:
        error = failure_of(self._address, status, *self._answer)
        error.accepted = status in (408, 504)  # somebody is at work, and it takes too long
        return error

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
        if "TextGenerationError" in kinds:  # an event that tells of a failure
            detail = told(error.args[0]) if error.args else ""
            if "OverloadedError" in kinds:
                return Busy, f"has no room now: {detail}", "Run again later."
            kind = BadAnswer if "ValidationError" in kinds else AppFailed
            return kind, f"failed: {detail or text}", "See the inputs of the node, or run again."
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
            where = "sent an event" if self._events else "answered"
            detail = text if self._events else shown
            return BadAnswer, f"{where} that is no data: {detail}", self._way_out
        if "TimeoutError" in kinds:
            return Unreachable, f"gave no answer in time: {text}", "Run again."
        if kinds & {"ValueError", "RuntimeError"}:
            return BadAnswer, f"gave no result: {text}", self._way_out
        what = f"answered in a form that is not known ({type(error).__name__}: {text}): {shown}"
        return BadAnswer, what, self._way_out

    def _told_failure(self) -> str:
        with contextlib.suppress(ValueError):
            answer = json.loads(self._answer[1])
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


def _words(content: Any) -> str:
    """Return the text of a piece of an answer; some send it in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "".join(str(p.get("text") or "") for p in content if isinstance(p, Mapping))
    raise TypeError(f"expected text, got {type(content).__name__}")
