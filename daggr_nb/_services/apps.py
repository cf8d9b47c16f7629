"""A Gradio app as its configuration tells of it: endpoints, parameters, files.

One :class:`App` stands for an address and who asks there, for all nodes that call it.
"""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import pathlib
import re
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._provenance.digest.paths import file_digest
from daggr_nb._provenance.values.files import FileDraft
from daggr_nb._services.connection import Address, Connection, capital, said
from daggr_nb._services.queueing import PROTOCOLS, Call, Listener
from daggr_nb.errors import AppFailed, BadAnswer, GraphError, Refused, RemoteError, did_you_mean

_KNOWN_FOR = 5.0  # seconds for which what an app says of itself is not asked again
_ALIVE_FOR = 10.0  # seconds after a sign of an app, for which it is taken to be the same one
_BLOCK = 1 << 18
# The types of components that no caller gives or gets; newer apps say so themselves.
_HIDDEN = frozenset(
    {
        *("state", "button", "clearbutton", "duplicatebutton", "loginbutton", "deepcopybutton"),
        *("row", "column", "tabs", "tab", "tabitem", "box", "form", "accordion", "group"),
        *("interpretation", "dataset", "sidebar", "timer", "walkthrough", "step"),
    }
)


@dataclass(frozen=True)
class Parameter:
    """An input of an endpoint. ``component`` is its type in lower case, ``props`` its settings."""

    name: str
    label: str
    component: str
    type: str
    required: bool
    default: Any
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)
    props: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hidden: bool = False

    @property
    def takes_files(self) -> bool:
        """Whether a file may be (in) its value."""
        from gradio_client.utils import value_is_file  # noqa: PLC0415 - takes long to load

        return bool(value_is_file(dict(self.schema)))


@dataclass(frozen=True)
class Return:
    """An output of an endpoint."""

    label: str
    component: str
    props: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hidden: bool = False


@dataclass(frozen=True)
class Endpoint:
    """A function of an app. ``inputs`` and ``outputs`` are all there are on the wire.

    ``parameters`` and ``returns`` are those that callers know of.
    """

    api_name: str
    function: int
    inputs: tuple[Parameter, ...]
    outputs: tuple[Return, ...]
    generates: bool = False
    doc: str = ""

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The inputs that a caller gives, by name."""
        return {each.name: each for each in self.inputs if not each.hidden}

    @property
    def returns(self) -> list[Return]:
        """The outputs that a caller gets."""
        return [each for each in self.outputs if not each.hidden]

    def data(self, values: Mapping[str, Any]) -> list[Any]:
        """Return values by parameter as a list for the wire; the app's defaults for others."""
        return [
            None if each.hidden else values.get(each.name, each.default) for each in self.inputs
        ]

    def visible(self, data: Sequence[Any]) -> list[Any]:
        """Return those values of the wire that a caller gets."""
        pairs = zip(self.outputs, data, strict=False)
        return [value for output, value in pairs if not output.hidden]


class App:
    """A Gradio app at an address. Its coroutines run on the shared loop."""

    connection: Connection
    _looking: asyncio.Lock
    _uploads: dict[tuple[bytes, str], asyncio.Future[str]]

    def __init__(self, address: Address) -> None:
        self.address = address
        self.service = address.service
        self.endpoints: dict[str, Endpoint] = {}
        self._prefix = ""
        self._protocol = ""
        self._app_id: Any = None
        self._looked_up = 0.0
        self._seen = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin_on_loop()

    def _begin_on_loop(self) -> None:
        """Begin anew where the loop is another one: the former came to an end, with all on it."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self.connection = Connection(self.address)
            self._looking, self._uploads = asyncio.Lock(), {}
            self._looked_up = 0.0

    # -- what it is

    async def look_up(self, anew: bool = False) -> None:
        """Read what the app says of itself, unless that was done just now."""
        self._begin_on_loop()
        async with self._looking:  # many nodes ask at once
            now = time.monotonic()
            if anew or not self._looked_up or now - self._looked_up > _KNOWN_FOR:
                await self._read_config()
                self._looked_up = self._seen = time.monotonic()

    async def _read_config(self) -> None:
        if self.address.auth is not None and not self.connection.client.cookies:
            await self._log_in(self.address.auth)
        config = await self.connection.get_json("config")
        if not isinstance(config, dict) or "dependencies" not in config:
            raise BadAnswer(
                said(self.service, "is no Gradio app: it has no configuration", "See its address."),
                service=self.service,
            )
        version = str(config.get("version", "?"))
        self._protocol = str(config.get("protocol", "ws"))
        if self._protocol not in PROTOCOLS:
            raise BadAnswer(
                said(
                    self.service,
                    f"runs Gradio {version}, which speaks {self._protocol!r}",
                    "Expected Gradio 4.21 or later: ask its owner, or duplicate and update it.",
                ),
                service=self.service,
            )
        self._prefix = str(config.get("api_prefix") or "").strip("/")
        info = await self.connection.get_json(f"{self._prefix}/info?all_endpoints=true")
        if config.get("app_id") != self._app_id:
            self._uploads.clear()
        self._app_id = config.get("app_id")
        self.endpoints = dict(_endpoints(config, info if isinstance(info, dict) else {}))

    async def _log_in(self, auth: tuple[str, str]) -> None:
        data = {"username": auth[0], "password": auth[1]}
        with contextlib.suppress(Refused, BadAnswer):  # the next request is refused, and says so
            await self.connection.request("POST", "login", data=data)

    async def look_up_endpoint(
        self, api_name: str, check: Callable[[Endpoint], object], node: str | None = None
    ) -> None:
        """Check an endpoint; what does not fit is looked up anew before anybody says so."""
        try:
            check(self.endpoint(api_name, node))
        except GraphError:
            await self.look_up(anew=True)  # it may have been started anew just now
            check(self.endpoint(api_name, node))

    def endpoint(self, api_name: str, node: str | None = None) -> Endpoint:
        """Return the endpoint of a name; raise ``GraphError`` with a suggestion for none."""
        name = "/" + api_name.lstrip("/")
        if name not in self.endpoints:
            known = did_you_mean(name, self.endpoints)
            raise GraphError(f"{capital(self.service)} has no endpoint {name!r}.{known}", node=node)
        return self.endpoints[name]

    # -- calls

    async def call(
        self, api_name: str, values: Mapping[str, Any], listener: Listener, *, again: bool = True
    ) -> list[Any]:
        """Call an endpoint and return what callers get of it, as it is on the wire.

        ``values`` are by parameter, as on the wire but for :class:`Upload`. An app that was
        started anew since it was last heard of is looked up again first.
        """
        await self._same_app()
        endpoint = self.endpoint(api_name)
        data = [await self._with_uploads(value) for value in endpoint.data(values)]
        call = Call(self.connection, self._prefix, self._protocol, endpoint.function)
        try:
            await call.join(data)
            result = await call.result(listener)
        except AppFailed:
            if again and _uploads_in(values) and await self._is_another():
                return await self.call(api_name, values, listener, again=False)
            raise
        self._seen = time.monotonic()
        returned = endpoint.visible(result)
        if len(result) < len(endpoint.outputs):
            what = f"returned {len(result)} values instead of {len(endpoint.outputs)}"
            raise BadAnswer(
                said(self.service, what, "Run again."), service=self.service, accepted=True
            )
        return returned

    async def _same_app(self) -> None:
        """See to it that what is known is of the app that runs there now."""
        self._begin_on_loop()
        if not self._looked_up:
            await self.look_up()
        elif time.monotonic() - self._seen > _ALIVE_FOR:
            await self._is_another()

    async def _is_another(self) -> bool:
        """Whether the app was started anew since it was looked up; it is looked up again then."""
        former = self._app_id
        with contextlib.suppress(BadAnswer):  # it does not tell
            answer = await self.connection.get_json(f"{self._prefix}/app_id")
            if isinstance(answer, dict) and answer.get("app_id") == former:
                self._seen = time.monotonic()
                return False
        await self.look_up(anew=True)
        return bool(self._app_id != former)

    def forget(self) -> None:
        """Take nothing for granted at the next call: something went wrong."""
        self._seen = 0.0

    # -- files

    async def _with_uploads(self, value: Any) -> Any:
        if isinstance(value, Upload):
            return await self._uploaded(value)
        if isinstance(value, dict):
            return {key: await self._with_uploads(part) for key, part in value.items()}
        if isinstance(value, list):
            return [await self._with_uploads(part) for part in value]
        return value

    async def _uploaded(self, upload: Upload) -> dict[str, Any]:
        """Return a file as the app knows it; each content is sent once."""
        key = (upload.content, upload.name)
        known = self._uploads.get(key)
        if known is None or (known.done() and (known.cancelled() or known.exception())):
            known = self._uploads[key] = asyncio.ensure_future(self._send(upload))
        path = await asyncio.shield(known)
        kind = mimetypes.guess_type(upload.name)[0]
        described = {"path": path, "orig_name": upload.name, "mime_type": kind}
        return {**described, "meta": {"_type": "gradio.FileData"}}

    async def _send(self, upload: Upload) -> str:
        with upload.open() as file:
            answer = await self.connection.request(
                "POST", f"{self._prefix}/upload", files={"files": (upload.name, file)}
            )
        paths = self.connection.read_json(answer)
        if not (isinstance(paths, list) and paths and isinstance(paths[0], str)):
            raise self.connection.unreadable(answer)
        return paths[0]

    async def download(self, file: Mapping[str, Any]) -> pathlib.Path:
        """Bring a file of the app to this machine, to a place that its content names.

        Only what the app itself has is fetched, by its path over there.
        """
        path = file.get("path")
        if not isinstance(path, str) or not path:
            raise BadAnswer(
                said(self.service, f"told of a file without a path: {file!r}", "Run again."),
                service=self.service,
                accepted=True,
            )
        if urllib.parse.urlsplit(path).scheme in ("http", "https"):
            path = self._own_path(path)
        else:
            path = f"{self._prefix}/file=" + urllib.parse.quote(path, safe="/:\\")
        name = file.get("orig_name") or pathlib.PurePosixPath(urllib.parse.unquote(path)).name
        draft = FileDraft(str(name))
        try:
            gone = "while a file was fetched"
            stream = self.connection.stream("GET", path, accepted=True, gone=gone)
            async with stream as response:
                async for block in response.aiter_bytes(_BLOCK):
                    draft.write(block)
            return draft.keep()
        except RemoteError as error:
            error.accepted = True
            raise
        finally:
            draft.drop()

    def _own_path(self, url: str) -> str:
        own = self.address.url.rstrip("/") + "/"
        if url.startswith(own):
            return url[len(own) :]
        host = urllib.parse.urlsplit(url).netloc
        raise BadAnswer(
            said(
                self.service,
                f"hands on a file that another server has ({host}), which is not fetched",
                "Fetch it with a node of its own if you trust that server.",
            ),
            service=self.service,
            accepted=True,
        )

    async def close(self) -> None:
        """Let go of its sockets."""
        await self.connection.close()


@dataclass(frozen=True)
class Upload:
    """A file that is to be sent: at a path, or as bytes. ``content`` is its hash."""

    name: str
    content: bytes
    path: pathlib.Path | None = None
    data: bytes = field(default=b"", repr=False)

    @classmethod
    def of_file(cls, path: pathlib.Path) -> Upload:
        """Return the upload of a file; raises ``OSError`` if it cannot be read."""
        return cls(path.name, file_digest(path), path)

    def open(self) -> Any:
        """Return the content as a file."""
        import io  # noqa: PLC0415

        return io.BytesIO(self.data) if self.path is None else open(self.path, "rb")


_apps: dict[tuple[Any, ...], App] = {}


async def app_at(address: Address) -> App:
    """Return the app at an address, looked up; one for all who ask as the same user."""
    app = _apps.get(address.identity)
    if app is None:
        app = _apps[address.identity] = App(address)
    await app.look_up()
    return app


# ---------------------------------------------------------------- reading its configuration


def _endpoints(
    config: Mapping[str, Any], info: Mapping[str, Any]
) -> Iterable[tuple[str, Endpoint]]:
    components = {c.get("id"): c for c in config.get("components", ()) if isinstance(c, dict)}
    named = info.get("named_endpoints")
    for index, dependency in enumerate(config["dependencies"]):
        api_name = dependency.get("api_name")
        if not isinstance(api_name, str) or not dependency.get("backend_fn", True):
            continue
        name = "/" + api_name.lstrip("/")
        described = named.get(name) if isinstance(named, dict) else None
        if isinstance(described, dict):
            yield name, _endpoint(name, index, dependency, described, components)


def _endpoint(
    name: str,
    index: int,
    dependency: Mapping[str, Any],
    described: Mapping[str, Any],
    components: Mapping[Any, Mapping[str, Any]],
) -> Endpoint:
    parameters, returns = iter(described.get("parameters", ())), iter(described.get("returns", ()))
    inputs = []
    for number, identity in enumerate(dependency.get("inputs", ())):
        component = components.get(identity, {})
        hidden = _is_hidden(component)
        inputs.append(_parameter({} if hidden else next(parameters, {}), component, hidden, number))
    outputs = []
    for identity in dependency.get("outputs", ()):
        component = components.get(identity, {})
        hidden = _is_hidden(component)
        told: Mapping[str, Any] = {} if hidden else next(returns, {})
        kind = str(component.get("type", "")).lower()
        props = component.get("props", {})
        outputs.append(Return(str(told.get("label", "")), kind, props, hidden))
    return Endpoint(
        name,
        dependency.get("id", index),
        tuple(inputs),
        tuple(outputs),
        bool((dependency.get("types") or {}).get("generator")),
        str(described.get("description") or ""),
    )


def _parameter(
    told: Mapping[str, Any], component: Mapping[str, Any], hidden: bool, number: int
) -> Parameter:
    name = str(told.get("parameter_name") or f"param_{number}")
    kind, label = (told.get("python_type") or {}).get("type", ""), str(told.get("label") or "")
    schema = told.get("type") if isinstance(told.get("type"), dict) else {}
    return Parameter(
        name,
        name if re.fullmatch(r"parameter_\d+|", label) else label,
        str(component.get("type", "")).lower(),
        str(kind),
        not told.get("parameter_has_default", False),
        told.get("parameter_default"),
        schema or {},
        component.get("props", {}),
        hidden,
    )


def _is_hidden(component: Mapping[str, Any]) -> bool:
    told = component.get("skip_api")
    return bool(told) if told is not None else component.get("type") in _HIDDEN


def _uploads_in(value: Any) -> bool:
    if isinstance(value, (dict, list, tuple)):
        parts = value.values() if isinstance(value, dict) else value
        return any(map(_uploads_in, parts))
    return isinstance(value, Upload)
