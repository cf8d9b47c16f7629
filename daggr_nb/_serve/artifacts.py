"""Values that have an address on this server: those that an answer or a question has named.

An address has the content's digest in it, so that what is behind it never changes. What is there is
read from the log again when somebody asks; nothing is found that no answer has named.
"""

from __future__ import annotations

import collections
import mimetypes
import pathlib
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._ids import Digest
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.digest.content import digest
from daggr_nb._serve.problem import Problem
from daggr_nb._serve.results import Step
from daggr_nb.errors import DaggrError, DigestError

_MOST = 10_000  # addresses that are remembered
_KEPT = 200  # values that are on no record, and live here only
_NAME = re.compile(r"[^\w.-]+")
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"})
"""Media types that may run something in a browser: never shown, only downloaded."""

ReadValue = Callable[[ValueRef], Any]


@dataclass(frozen=True)
class Content:
    """What is behind an address: a file, or bytes."""

    mime: str
    name: str
    path: pathlib.Path | None
    data: bytes

    @property
    def shown(self) -> bool:
        """Whether a browser may show it rather than keep it as a file."""
        return self.mime.partition(";")[0] not in ACTIVE and self.mime.startswith(
            ("image/", "audio/", "video/", "text/plain")
        )


@dataclass(frozen=True)
class _Artifact:
    """Where a value is read from: a reference and the steps within, or the value itself."""

    name: str
    ref: ValueRef | None
    steps: tuple[Step, ...]
    component: ui.Component | None
    value: Any = None


class Artifacts:
    """The addresses that a server has given out below ``root``; the oldest go first.

    ``read`` reads a value on record. What is not on record is kept here.
    """

    def __init__(self, read: ReadValue, root: str = "") -> None:
        self._read = read
        self._root = root
        self._artifacts: collections.OrderedDict[str, _Artifact] = collections.OrderedDict()
        self._lock = threading.Lock()

    def address(
        self, value: Any, ref: ValueRef, steps: tuple[Step, ...], component: ui.Component | None
    ) -> str:
        """Return the address of a value of a record, or of a part of it."""
        if ref.encoding == "none":
            return self.keep(value, component)
        artifact = _Artifact(_name_of(value, component), ref, steps, component)
        return self._note(_digest_of(value, ref, steps), artifact)

    def keep(self, value: Any, component: ui.Component | None) -> str:
        """Return an address of a value that is not on record, and keep it here."""
        artifact = _Artifact(_name_of(value, component), None, (), component, value)
        try:
            content = digest(value)
        except DigestError:
            content = Digest(uuid.uuid4().hex)
        return self._note(content, artifact)

    def _note(self, content: Digest, artifact: _Artifact) -> str:
        with self._lock:
            self._artifacts[content] = artifact
            self._artifacts.move_to_end(content)
            while len(self._artifacts) > _MOST:
                self._artifacts.popitem(last=False)
            kept = [each for each, other in self._artifacts.items() if other.ref is None]
            for each in kept[:-_KEPT] if artifact.ref is None else ():
                del self._artifacts[each]
        return f"{self._root}/api/artifacts/{content}/{artifact.name}"

    def content(self, identity: str, name: str) -> Content:
        """Return what is behind an address; raises :class:`Problem` where nothing is."""
        with self._lock:
            artifact = self._artifacts.get(identity)
        if artifact is None or artifact.name != name:
            raise Problem(
                404,
                "There is no such artifact, or its address is from before a restart. Make the "
                "call again: a known result is answered, not computed.",
            )
        try:
            return _content(artifact, self._value(artifact))
        except (DaggrError, OSError, LookupError, TypeError) as error:
            raise Problem(410, f"The artifact cannot be read any more: {error}") from error

    def _value(self, artifact: _Artifact) -> Any:
        if artifact.ref is None:
            return artifact.value
        value = self._read(artifact.ref)
        for step in artifact.steps:
            value = value[step]
        return value


def _digest_of(value: Any, ref: ValueRef, steps: tuple[Step, ...]) -> Digest:
    if not steps:
        return ref.digest
    try:
        return digest(value)
    except DigestError:
        return digest([ref.digest, list(steps)])


def _content(artifact: _Artifact, value: Any) -> Content:
    if isinstance(value, pathlib.Path):
        mime = ui.media_type(value.name) or "application/octet-stream"
        return Content(mime, artifact.name, value, b"")
    look = look_at(value, artifact.component)
    mime, data = look.whole() if look.whole is not None else look.content(None)
    return Content(mime, artifact.name, None, data)


def _name_of(value: Any, component: ui.Component | None) -> str:
    """Return what a file of the value is called: its own name, or one that says what it is."""
    if isinstance(value, pathlib.PurePath):
        return _NAME.sub("_", value.name)[-100:].lstrip(".") or "file"
    look = look_at(value, component)
    mime = look.preview.mime if look.whole is not None else ""
    suffix = mimetypes.guess_extension(mime.partition(";")[0]) if mime else None
    kind = component.type.lower() if component is not None else "value"
    return f"{kind}{suffix or ''}"
