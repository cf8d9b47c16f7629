"""What nodes share whose work is done elsewhere: looking up, hooks, and what their cards tell."""

from __future__ import annotations

import abc
import asyncio
import base64
import functools
import os
import pathlib
import re
import threading
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from daggr_nb._model.evaluation import Code, Revision, RunContext
from daggr_nb._model.feed import feed
from daggr_nb._model.node import Feed
from daggr_nb._model.policy import Limits, Policy, check_pairing
from daggr_nb._nodes.calls.outputs import Outputs, output_ports, outputs_by_port
from daggr_nb._nodes.calls.signature import signature_of
from daggr_nb._nodes.choice import Choosable
from daggr_nb._nodes.function import called_function
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb._provenance.secrecy import remember
from daggr_nb._services.connection import capital
from daggr_nb._services.loop import wait_for
from daggr_nb._services.patience import patiently
from daggr_nb._text import brief
from daggr_nb.errors import (
    GraphError,
    InvalidInputError,
    OutputMismatch,
    RemoteError,
    RunCancelled,
    Unreachable,
    text_of,
)

LOOK_UP = 10.0
"""Seconds that looking up a node may take."""


class Answer(NamedTuple):
    """What a service gave: ``values`` in the shapes that hooks see.

    ``settle`` makes of them, or of what hooks made of them, what nodes hand on.
    """

    values: Sequence[Any]
    settle: Callable[[Sequence[Any]], Sequence[Any]]


class RemoteNode(Choosable):
    """A node whose work a service elsewhere does.

    Making one asks nobody. It is *looked up* before its first run in a session: whether there is
    such a service, what it takes, and at which revision it is. ``patience`` are the seconds that a
    busy service may let a run wait, ``validate=False`` skips the check of names.
    """

    at_hand = (*Choosable.at_hand, "test")

    def __init__(
        self,
        name: str | None,
        inputs: Mapping[str, Any] | None,
        outputs: Outputs,
        preprocess: Callable[[dict[str, Any]], dict[str, Any]] | None,
        postprocess: Callable[..., Any] | None,
        *,
        validate: bool,
        patience: float,
        volatile: bool,
        options: Mapping[str, Any],
    ) -> None:
        options = dict(options)
        scatter = options.pop("scatter", "zip")
        label = name or self.default_name
        ports = output_ports(outputs)
        self._result_ports = tuple(ports)
        self._preprocess, self._postprocess = map(called_function, (preprocess, postprocess))
        self._validate, self._patience, self._volatile = validate, patience, volatile
        self._looking = threading.Lock()
        self._looked_up = False
        self._lookup_error: Exception | None = None
        self._code: Code | None = None
        super().__init__(
            name,
            _feeds(inputs, label),
            ports,
            policy=Policy.of(options, label),
            limits=Limits.of(options, label, concurrent=True),
        )
        check_pairing(label, scatter)
        self.pairing = scatter

    # -- what a kind says

    @abc.abstractmethod
    async def _find(self) -> None:
        """Look the service up.

        Raises ``GraphError`` for what is wrong with the node, ``RemoteError`` if nobody tells.
        """

    def _make_ready(self, context: RunContext) -> None:
        """See to it that the service can be called; may take long."""

    @abc.abstractmethod
    def _evaluate(self, inputs: dict[str, Any], context: RunContext) -> Answer:
        """Call the service and return what it gave."""

    @property
    @abc.abstractmethod
    def described(self) -> Mapping[str, Any]:
        """What of the configuration counts for results; no secrets."""

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """What the results depend on elsewhere, as far as it is known."""
        return ()

    # -- description

    def code(self) -> Code:
        if self._code is None:
            self._code = Code(
                kind=self.kind,
                functions=self.calls(),
                config={"outputs": list(self.outputs), **self.described},
                volatile=self._volatile,
                revisions=self.revisions,
            )
        return self._code

    def calls(self) -> dict[str, Callable[..., Any]]:
        hooks = {"preprocess": self._preprocess, "postprocess": self._postprocess}
        return {role: hook for role, hook in hooks.items() if hook is not None}

    def rebind(self, function: Callable[..., Any], role: str = "fn") -> None:
        if role == "preprocess":
            self._preprocess = function
        elif role == "postprocess":
            self._postprocess = function
        else:
            super().rebind(function, role)
        self._code = None

    # -- looking up

    @property
    def looked_up(self) -> bool:
        return self._looked_up

    def look_up(self) -> None:
        with self._looking:
            if not self._looked_up:
                self._look_up(self._find_in_time)

    async def _find_in_time(self) -> None:
        await asyncio.wait_for(self._find(), LOOK_UP)

    def _look_up(
        self, find: Callable[[], Awaitable[None]], context: RunContext | None = None
    ) -> None:
        error: Exception | None = None
        try:
            wait_for(_awaited(find), None if context is None else context.when_stopped)
        except RunCancelled:
            raise
        except (TimeoutError, asyncio.TimeoutError):
            text = f"{capital(self._who)} did not answer within {LOOK_UP:g} s. See that it is up."
            error = Unreachable(text, node=self._name)
        except (GraphError, RemoteError) as failure:
            failure.node = failure.node or self._name
            error = failure
        except Exception as failure:  # noqa: BLE001 - of whatever library; the run says so
            why = f"{type(failure).__name__}: {text_of(failure)}"
            error = RemoteError(f"{capital(self._who)} could not be looked up: {why}")
        self._lookup_error, self._looked_up, self._code = error, True, None

    @property
    def problem(self) -> str:
        return "" if self._lookup_error is None else text_of(self._lookup_error)

    def _check_found(self, context: RunContext | None = None) -> None:
        """Raise if the node cannot run as it is written; ask again if nobody told.

        A run has the patience to wait for a service that is waking up.
        """

        async def find() -> None:
            if context is None:
                await self._find_in_time()
            else:
                tell = functools.partial(context.progress, 0, None)
                await patiently(self._find_in_time, self._patience, tell)

        with self._looking:
            if not self._looked_up or isinstance(self._lookup_error, RemoteError):
                self._look_up(find, context)
            error = self._lookup_error
        if error is not None:
            raise error.with_traceback(None)

    @property
    def _who(self) -> str:
        service = self.service
        return self.name if service is None else service.name

    # -- running

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        self._check_found(context)
        self._make_ready(context)
        arguments = {port: as_text(value) for port, value in inputs.items()}
        if self._preprocess is not None:
            arguments = self._preprocess(arguments)
            if not isinstance(arguments, Mapping):
                raise OutputMismatch(
                    f"preprocess of {self.name!r} expected to return a dict of inputs, got "
                    f"{type(arguments).__name__} {arguments!r}.",
                    node=self.name,
                )
        answer = self._evaluate(dict(arguments), context)
        if self._postprocess is None:
            return self._by_position(answer.settle(answer.values))
        return self._hooked(self._call_postprocess(answer.values), answer)

    def _call_postprocess(self, values: Sequence[Any]) -> Any:
        assert self._postprocess is not None
        if len(values) == 1 and isinstance(values[0], list) and self._takes_several():
            return self._postprocess(*values[0])  # a pair of pictures arrives as one value
        return self._postprocess(*values)

    def _takes_several(self) -> bool:
        assert self._postprocess is not None
        try:
            parameters = signature_of(self._postprocess).parameters.values()
        except (GraphError, TypeError, ValueError):
            return False
        required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
        return len(required) > 1

    def _by_position(self, values: Sequence[Any]) -> dict[str, Any]:
        ports = self._result_ports
        if len(values) < len(ports):
            raise OutputMismatch(
                f"{self.name!r} has {len(ports)} outputs ({', '.join(ports)}), but {self._who} "
                f"returns {len(values)}. Take out those that it does not have.",
                node=self.name,
            )
        return dict(zip(ports, values, strict=False))

    def _hooked(self, result: Any, answer: Answer) -> dict[str, Any]:
        ports = self._result_ports
        if len(ports) > 1 and isinstance(result, (tuple, list)) and len(result) > len(ports):
            result = result[: len(ports)]
        by_port = outputs_by_port(self.name, ports, result)
        return dict(zip(by_port, answer.settle(list(by_port.values())), strict=True))

    def test(self, **inputs: Any) -> dict[str, Any]:
        """Call the service alone, outside any graph, and return the outputs by port.

        Inputs that are not given take what feeds them: the example value of their component, their
        constant, a drawn value. Raises :class:`~daggr_nb.errors.InvalidInputError` for one that
        comes from another node and is not given. Nothing is recorded.
        """
        return run_standalone(self, inputs)


async def _awaited(call: Callable[[], Awaitable[None]]) -> None:
    await call()


def when_moved() -> Any:
    """Return what people want of a service that has moved on: ``DAGGR_DEPENDENCY_CHECK``."""
    wanted = os.environ.get("DAGGR_DEPENDENCY_CHECK", "").strip().lower()
    return {"update": "accept", "error": "refuse"}.get(wanted, "rerun")


def revisions_skipped() -> bool:
    """Whether people have said that nothing is to be looked up: ``DAGGR_DEPENDENCY_CHECK=skip``."""
    return os.environ.get("DAGGR_DEPENDENCY_CHECK", "").strip().lower() == "skip"


def remember_secrets(secrets: Mapping[str, str]) -> None:
    """Have texts hidden wherever they turn up: they let somebody in."""
    for name, secret in secrets.items():
        remember(name, secret)


def address_of(kind: str, source: str, node: str | None) -> tuple[str, str, dict[str, str]]:
    """Return an address without who asks, its query, and the header that says who asks.

    Raises :class:`~daggr_nb.errors.GraphError` for what is no address.
    """
    parts = urllib.parse.urlsplit(source)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GraphError(
            f"{kind} expected an address as https://host/path, got {brief(source)}.", node=node
        )
    headers = {}
    if parts.username is not None:  # who is there goes into a header, and into no text
        user, password = map(urllib.parse.unquote, (parts.username, parts.password or ""))
        known = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers["authorization"] = f"Basic {known}"
    host = parts.netloc.rpartition("@")[2]
    url = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    return url, parts.query, headers


def checked_revision(
    revision: str | None, service: str, of: str, on_the_hub: bool, node: str | None
) -> str:
    """Return the commit that a node is pinned to, or nothing; raise for what is none."""
    if revision is None:
        return ""
    if not on_the_hub:
        raise GraphError(
            f"revision= pins {of} of the Hub, and {service} is not there. Take it out.", node=node
        )
    if not isinstance(revision, str) or not re.fullmatch(r"[0-9a-f]{7,40}", revision):
        raise GraphError(
            f"revision= expected a commit of 7 to 40 hexadecimal digits, got {revision!r}.",
            node=node,
        )
    return revision


def with_paths(value: Any, paths: Mapping[str, pathlib.Path]) -> Any:
    """Return a value in which the texts of ``paths`` are paths again."""
    if isinstance(value, str):
        return paths.get(value, value)
    if type(value) in (list, tuple):
        return type(value)(with_paths(part, paths) for part in value)
    if type(value) is dict:
        return {key: with_paths(part, paths) for key, part in value.items()}
    return value


def paths_in(value: Any) -> dict[str, pathlib.Path]:
    """Return the paths in a value by their text."""
    if isinstance(value, pathlib.Path):
        return {str(value): value}
    parts = value.values() if type(value) is dict else value
    if type(value) not in (list, tuple, dict):
        return {}
    return {text: path for part in parts for text, path in paths_in(part).items()}


def as_text(value: Any) -> Any:
    """Return a value with paths as text, as Gradio's hooks know files."""
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if type(value) in (list, tuple):
        return type(value)(map(as_text, value))
    if type(value) is dict:
        return {key: as_text(part) for key, part in value.items()}
    return value


def _feeds(inputs: Mapping[str, Any] | None, label: str) -> dict[str, Feed]:
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise InvalidInputError(
            f"{label!r} expected inputs= as a dict of parameter to value, got "
            f"{type(inputs).__name__} {inputs!r}.",
            node=label,
        )
    for port in inputs:
        if not isinstance(port, str) or not port:
            raise InvalidInputError(
                f"{label!r} expected names of parameters in inputs=, got {port!r}.", node=label
            )
    return {port: feed(value) for port, value in inputs.items()}
