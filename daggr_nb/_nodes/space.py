"""A node that calls an endpoint of a Gradio app: a Space, or an app at any address."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import pathlib
import re
import urllib.parse
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from typing_extensions import Unpack

from daggr_nb import ui
from daggr_nb._model.evaluation import Revision, RunContext
from daggr_nb._model.node import Service
from daggr_nb._model.policy import Pairing, RunOptions
from daggr_nb._nodes.calls.outputs import Outputs
from daggr_nb._nodes.remote import (
    Answer,
    RemoteNode,
    address_of,
    checked_revision,
    remember_secrets,
    revisions_skipped,
    when_moved,
)
from daggr_nb._services import hub, local, wire
from daggr_nb._services.apps import App, Endpoint, Parameter, app_at
from daggr_nb._services.connection import Address, capital
from daggr_nb._services.loop import wait_for
from daggr_nb._services.patience import patiently
from daggr_nb._text import brief, cut
from daggr_nb.errors import (
    GraphError,
    InvalidInputError,
    RemoteError,
    RunCancelled,
    did_you_mean,
)


class GradioNode(RemoteNode):
    """Call the endpoint ``api_name`` of a Gradio app.

    Files are paths, in and out. A Space gets the token of the Hugging Face account that is logged
    in here.

    Args:
        space_or_url: The id of a Space, ``"owner/name"``, the address of an app, or a
            ``gradio_client.Client`` that is connected to one.
        api_name: The endpoint, as ``"/predict"``.
        name: What the node is called; by default as the Space is.
        inputs: What feeds the endpoint's parameters, as in :class:`FnNode`; those that are not
            given take the app's default.
        outputs: Ports with displays, or ``None``, by position; what the endpoint returns beyond
            them is dropped.
        validate: Whether names are checked before the first call.
        run_locally: Whether a Space runs on this machine.
        preprocess: Gets and returns the dict of inputs.
        postprocess: Gets what the endpoint returned, a value for each argument, and returns what
            counts.
        revision: The commit that a Space is pinned to.
        auth: ``(user, password)`` for an app that asks who is there. Recorded nowhere.
        headers: Sent with each request. Recorded nowhere.
        patience: Seconds that a busy service may let a run wait before it takes the call.
        volatile: Whether it runs every time and never re-uses a result.
        scatter: ``"zip"`` or ``"product"``: how several scattered inputs make items.
        **options: ``retries``, ``timeout``, ``concurrency_group`` and the rest, as in
            :class:`FnNode`. Many calls run at once unless they name a group.

    Raises :class:`~daggr_nb.errors.GraphError` for an id that is none. Nobody is asked before the
    node is shown or run: what is wrong with the app is on the card, and is the error of the run.

    >>> GradioNode("owner/upscale", "/predict", inputs={"image": None}, outputs={"image": None})
    <GradioNode 'upscale' (image) -> (image)>
    """

    _let_go: Callable[[], object] = staticmethod(lambda: None)
    kind = "space"
    icon = "space"
    at_hand = (*RemoteNode.at_hand, "api_name")

    def __init__(
        self,
        space_or_url: Any,
        api_name: str | None = None,
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        outputs: Outputs = None,
        validate: bool = True,
        run_locally: bool = False,
        preprocess: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        postprocess: Callable[..., Any] | None = None,
        *,
        revision: str | None = None,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 60.0,
        volatile: bool = False,
        scatter: Pairing = "zip",
        **options: Unpack[RunOptions],
    ) -> None:
        self._target = _target(space_or_url, auth, headers, name)
        self.api_name = "/" + (api_name or "/predict").lstrip("/")
        self._revision = checked_revision(
            revision, self._target.service, "a Space", bool(self._target.space), name
        )
        if run_locally and not self._target.space:
            raise GraphError(
                f"run_locally= runs a Space on this machine, and {self._target.service} is none. "
                "Give the id of a Space, 'owner/name'.",
                node=name,
            )
        self._run_locally = run_locally
        self._local: local.LocalApp | None = None
        self._fallback = ""
        self._commit = ""
        self._app: App | None = None
        super().__init__(
            name,
            inputs,
            outputs,
            preprocess,
            postprocess,
            validate=validate,
            patience=patience,
            volatile=volatile,
            options={**options, "scatter": scatter},
        )

    @classmethod
    def of(
        cls, space_or_url: Any, api_name: str | None = None, name: str | None = None, **options: Any
    ) -> GradioNode:
        """Return a node with all ports of an endpoint, as the app itself tells of them.

        Asks the app at once. Every parameter becomes an input, with the control, the label and the
        default that it has over there, or with what ``inputs`` feeds it; every return value becomes
        an output with its display. ``options`` are those of :class:`GradioNode`.

        Raises what looking up raises: :class:`~daggr_nb.errors.GraphError` for an endpoint that
        there is not, :class:`~daggr_nb.errors.RemoteError` for an app that does not answer.
        """
        given = dict(options.pop("inputs", None) or {})
        shown = options.pop("outputs", None)
        probe = cls(space_or_url, api_name, name, **{**options, "validate": False})
        probe.look_up()
        probe._check_found()
        endpoint = probe._endpoint()
        for port in given:
            if port not in endpoint.parameters:
                raise probe._unknown(port, endpoint)
        inputs = {p.name: _control(p) for p in endpoint.parameters.values() if p.name not in given}
        ordered = {p: given.get(p, inputs.get(p)) for p in endpoint.parameters}
        names = _port_names([each.label for each in endpoint.returns])
        displays = [ui.component_from(each.component, each.props) for each in endpoint.returns]
        outputs = dict(zip(names, displays, strict=True)) if shown is None else shown
        made = cls(space_or_url, api_name, name, {**ordered, **given}, outputs, **options)
        made._app, made._commit, made._looked_up = probe._app, probe._commit, True
        return made

    # -- description

    @property
    def default_name(self) -> str:
        return self._target.label

    @property
    def doc(self) -> str:
        return self.api_name

    @property
    def service(self) -> Service:
        target = self._target
        if not target.space:
            return Service(target.service, target.url.partition("://")[2], target.url)
        url = f"{hub.endpoint()}/spaces/{target.space}"
        return Service(target.service, target.space, url, self._revision or self._commit)

    @property
    def described(self) -> Mapping[str, Any]:
        target = self._target
        return {"service": target.space or target.url, "api_name": self.api_name}

    @property
    def revisions(self) -> tuple[Revision, ...]:
        if not self._target.space:
            return ()
        commit = self._revision or ("" if revisions_skipped() else self._commit)
        return (Revision(self._target.service, commit, when_moved()),)

    @property
    def notes(self) -> Sequence[str]:
        if self._app is None or self._lookup_error is not None:
            return ()
        told = [f"not run on this machine: {self._fallback}"] if self._fallback else []
        endpoint = self._app.endpoint(self.api_name)
        given, returned = len(self._result_ports), len(endpoint.returns)
        if self._postprocess is None and given > returned:
            told.append(f"{given} outputs, of which the app returns {returned}: take out the rest")
        parameters = endpoint.parameters
        left = {n: p for n, p in parameters.items() if n not in self.inputs and not p.required}
        if not left:
            return told
        texts = [f"`{name}={cut(brief(each.default), 24)}`" for name, each in left.items()]
        more = f" and {len(texts) - 4} more" if len(texts) > 4 else ""
        return (*told, f"the app's defaults: {', '.join(texts[:4])}{more}")

    # -- looking up

    async def _find(self) -> None:
        if self._run_locally:
            await self._find_commit()
            return
        await self._find_app()

    async def _find_commit(self) -> None:
        """Find out which commit is to run here: what was run before, unless people say so."""
        space = self._target.space
        self._commit = self._revision or local.known_commit(space)
        if len(self._commit) < 40:
            self._commit = (await hub.space(space, self._commit)).commit

    def _make_ready(self, context: RunContext) -> None:
        if not self._run_locally:
            return
        space = self._target.space
        app = self._local
        if app is None or app.commit != self._commit:
            self._let_go()
            app = self._local = local.hold(space, self._commit)
            self._let_go = weakref.finalize(self, local.release, app)
        tell = functools.partial(context.progress, 0, None)
        try:
            app.start(tell, context.log, lambda: context.cancelled)
            local.remember_commit(space, self._commit)
            self._fallback = ""
            wait_for(self._find_local(app), context.when_stopped)
        except RemoteError as error:
            if os.environ.get("DAGGR_LOCAL_NO_FALLBACK"):
                raise
            self._fallback = str(error).partition("\n")[0]
            context.log(f"{error}\nThe Space itself takes over.")
            wait_for(self._find_app(), context.when_stopped)

    async def _find_local(self, app: local.LocalApp) -> None:
        service = f"{self._target.service} on this machine"
        self._app = await app_at(Address(app.url, service))
        await self._app.look_up_endpoint(self.api_name, self._check_names, self._name)

    async def _find_app(self) -> None:
        address = await self._address()
        app = await app_at(address)
        self._app = app
        await app.look_up_endpoint(self.api_name, self._check_names, self._name)

    async def _address(self) -> Address:
        """Return where the app is; asks the Hub for that of a Space."""
        target = self._target
        if not target.space:
            remember_secrets({**target.headers, **dict([target.auth] if target.auth else [])})
            return Address(
                *(target.url, target.service, target.headers, target.cookies, target.auth),
                verify=target.verify,
            )
        space = await hub.space(target.space)
        if not self._run_locally:
            self._commit = space.commit
        self._check_revision(space.commit)
        hub.check_up(space)
        token = hub.token()
        headers = {"x-hf-authorization": f"Bearer {token}"} if token else {}
        return Address(space.host, target.service, {**headers, **target.headers}, login=hub.LOGIN)

    def _check_revision(self, commit: str) -> None:
        wanted = self._revision
        if wanted and commit and not commit.startswith(wanted):
            space = self._target.space
            page = f"{hub.endpoint()}/spaces/{space}?duplicate=true"
            raise GraphError(
                f"The Space {space!r} is at {commit[:7]} now, and the node is pinned to "
                f"{wanted[:7]}. Run that commit on this machine with run_locally=True, or "
                f"duplicate the Space and call your own: {page}",
                node=self._name,
            )

    def _check_names(self, endpoint: Endpoint) -> None:
        if not self._validate or self._preprocess is not None:  # which may make other names
            return
        parameters = endpoint.parameters
        for port in self.inputs:
            if port not in parameters:
                raise self._unknown(port, endpoint)
        self._check_required(endpoint, self.inputs)

    def _check_required(self, endpoint: Endpoint, given: Iterable[str]) -> None:
        missing = [n for n, p in endpoint.parameters.items() if p.required and n not in given]
        if missing:
            each = endpoint.parameters[missing[0]]
            kind = f" ({each.type})" if each.type else ""
            others = f", nor for {', '.join(map(repr, missing[1:]))}" if missing[1:] else ""
            raise InvalidInputError(
                f"{self.api_name} of {self._target.service} needs a value for {missing[0]!r}"
                f"{kind}: the app has no default for it{others}. Add it to inputs=.",
                node=self._name,
                port=missing[0],
            )

    def _endpoint(self) -> Endpoint:
        assert self._app is not None
        return self._app.endpoint(self.api_name, self._name)

    # -- running

    def _evaluate(self, inputs: dict[str, Any], context: RunContext) -> Answer:
        app, endpoint = self._app, self._endpoint()
        assert app is not None
        values = {}
        for port, value in inputs.items():
            if port not in endpoint.parameters:
                raise self._unknown(port, endpoint)
            values[port] = wire.to_wire(value, endpoint.parameters[port])
        self._check_required(endpoint, values)
        ports = () if self._postprocess is not None else self._result_ports
        hearing = _Hearing(app, endpoint, ports, context)
        try:
            returned = wait_for(self._call(app, values, hearing), context.when_stopped)
        except RunCancelled:
            if hearing.at_work and not endpoint.generates:
                context.log(
                    f"{capital(self._target.service)} cannot be stopped, and goes on to its end."
                )
            raise
        except RemoteError as error:
            app.forget()
            error.node = self.name
            end = self._local.end() if self._local is not None and not self._fallback else ""
            if end:
                error.args = (f"{error}\n{end}",)
            raise error.with_traceback(None) from None  # what the transport did helps nobody
        return Answer([wire.from_wire(value, hearing.paths) for value in returned], hearing.settle)

    async def _call(self, app: App, values: dict[str, Any], hearing: _Hearing) -> list[Any]:
        try:
            returned = await patiently(
                lambda: app.call(self.api_name, values, hearing), self._patience, hearing.waits
            )
        finally:
            hearing.close()
        for file in wire.files_in(returned):
            await hearing.fetch(file)
        return returned

    def _unknown(self, port: str, endpoint: Endpoint) -> InvalidInputError:
        return InvalidInputError(
            f"{self.api_name} of {self._target.service} takes no parameter {port!r}."
            f"{did_you_mean(port, endpoint.parameters)}",
            node=self._name,
            port=port,
        )


_PLAIN = (str, int, float, bool)


class _Hearing:
    """Tells a run what an app says of a call, and knows the files that it told of."""

    def __init__(
        self, app: App, endpoint: Endpoint, ports: Sequence[str], context: RunContext
    ) -> None:
        self._app, self._endpoint, self._ports, self._context = app, endpoint, ports, context
        self._former: list[Any] = []
        self._fetching: asyncio.Task[None] | None = None
        self._latest: list[Any] = []
        self.at_work = False
        self.paths: dict[tuple[str, str], pathlib.Path] = {}

    def waits(self, text: str) -> None:
        self._context.progress(0, None, text)

    def queued(self, rank: int, size: int, seconds: float | None) -> None:
        about = f", about {max(seconds, 1):.0f} s" if seconds is not None else ""
        self.waits(f"queue {rank + 1} of {size}{about}")

    def started(self) -> None:
        self.at_work = True
        self.waits("")

    def progressed(self, units: Sequence[Mapping[str, Any]]) -> None:
        if not units:
            return
        outermost = units[0]
        text = " · ".join(str(each["desc"]) for each in units if each.get("desc"))
        done, total = outermost.get("index"), outermost.get("length")
        if done is None:
            done, total = outermost.get("progress"), 1.0
        if isinstance(done, (int, float)):
            self._context.progress(done, total if isinstance(total, (int, float)) else None, text)
        elif text:
            self.waits(text)

    def logged(self, level: str, text: str) -> None:
        self._context.log(text if level in ("info", "success") else f"{level}: {text}")

    def produced(self, data: Sequence[Any]) -> None:
        """Show values so far. A file in them is fetched first; the latest one counts."""
        values = self._endpoint.visible(data)[: len(self._ports)]
        if any(wire.files_in(value) for value in values):
            self._latest = [wire.copied(value) for value in values]
            if self._fetching is None or self._fetching.done():
                self._fetching = asyncio.get_running_loop().create_task(self._fetch_latest())
        else:
            self._show(values)

    async def _fetch_latest(self) -> None:
        while self._latest:
            values, self._latest = self._latest, []
            with contextlib.suppress(RemoteError):  # it is not the result yet
                for file in wire.files_in(values):
                    await self.fetch(file)
                self._show(values)

    def _show(self, values: Sequence[Any]) -> None:
        settled = self.settle([wire.from_wire(value, self.paths) for value in values])
        for index, value in enumerate(settled):
            former = self._former[index] if index < len(self._former) else None
            if not (type(value) is type(former) and type(value) in _PLAIN and value == former):
                self._context.produce(self._ports[index], value)
        self._former = list(settled)

    async def fetch(self, file: Mapping[str, Any]) -> None:
        """Bring a file here, once."""
        key = wire.file_key(file)
        if key not in self.paths:
            self.paths[key] = await self._app.download(file)

    def settle(self, values: Sequence[Any]) -> Sequence[Any]:
        """Return values of Gradio's shapes as nodes hand them on."""
        by_text = {str(path): path for path in self.paths.values()}
        returns = self._endpoint.returns
        return [
            wire.settled(value, by_text, returns[index] if index < len(returns) else None)
            for index, value in enumerate(values)
        ]

    def close(self) -> None:
        """Fetch nothing more of values so far."""
        self._latest = []
        if self._fetching is not None:
            self._fetching.cancel()


class _Target(NamedTuple):
    """Whom a node calls: a ``space`` by its id, or the app at ``url``."""

    service: str
    label: str
    space: str = ""
    url: str = ""
    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}
    auth: tuple[str, str] | None = None
    verify: bool = True

    def __repr__(self) -> str:
        return f"<{self.service}>"  # what lets somebody in is in no text


def _target(
    source: Any,
    auth: tuple[str, str] | None,
    headers: Mapping[str, str] | None,
    node: str | None,
) -> _Target:
    extra = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    if type(source).__module__.startswith("gradio_client"):
        return _target_of_client(source, auth, extra)
    if not isinstance(source, str) or not source.strip():
        raise GraphError(
            "GradioNode expected the id of a Space as 'owner/name', the address of an app, or a "
            f"gradio_client.Client, got {type(source).__name__} {brief(source)}.",
            node=node,
        )
    source = source.strip()
    if "://" not in source:
        space = hub.check_id("Space", source, node)
        return _Target(f"the Space {space}", space.split("/")[1], space, "", extra)
    url, _, known = address_of("GradioNode", source, node)
    extra = {**known, **extra}
    host = urllib.parse.urlsplit(url).netloc
    label = url.rpartition("/")[2] or host
    return _Target(f"the app at {url}", label, "", url, extra, {}, auth)


def _target_of_client(client: Any, auth: Any, extra: dict[str, str]) -> _Target:
    """Return the app that somebody's client is connected to, asked as the client does."""
    url, space = str(client.src).rstrip("/"), client.space_id
    headers = {str(k).lower(): str(v) for k, v in dict(client.headers).items()}
    headers.pop("user-agent", None)
    service = f"the Space {space}" if space else f"the app at {url}"
    label = (space or url).rpartition("/")[2]
    cookies, verify = dict(client.cookies), bool(client.ssl_verify)
    return _Target(service, label, "", url, {**headers, **extra}, cookies, auth, verify)


def _control(parameter: Parameter) -> ui.Component:
    """Return the control that a parameter has over there, starting with its default."""
    props = dict(parameter.props)
    if not parameter.required:
        props["value"] = parameter.default
    if not props.get("label"):
        props["label"] = parameter.label if parameter.label != parameter.name else None
    control: ui.Component = ui.component_from(parameter.component, props)
    return control


def _port_names(labels: Sequence[str]) -> list[str]:
    """Return names of ports after the labels of outputs; ``output`` for those without one."""
    names: list[str] = []
    for label in labels:
        words = re.sub(r"\W+", "_", label.lower()).strip("_")
        plain = not words or re.fullmatch(r"value_\d+|output_\d+", words) or words[0].isdigit()
        base = "output" if plain else words
        name, number = base, 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names
