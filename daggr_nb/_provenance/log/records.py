"""The immutable record of one node run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

import xxhash

from daggr_nb._ids import Digest, NodeId, RunId
from daggr_nb._json import decode_json, encode_json
from daggr_nb._model.words import InputSource, RecordStatus
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.log.rows import Form, fits, is_ref, shaped


class InputRef(NamedTuple):
    """What one input was: its value, and where it came from.

    For a port ``origin`` is ``(node, port)`` and ``record`` the node run that produced the value;
    a port of an input node has no record.
    """

    value: ValueRef
    source: InputSource
    origin: tuple[NodeId, str] | None = None
    record: RunId | None = None


VISIT = "visit"
"""How the ids of the sheets of visitors begin, which are on record nowhere."""


def own_key(key: Digest, sheet: str) -> Digest:
    """Return the key by which a sheet alone finds a record."""
    return Digest(f"{key}@{sheet}")


def shared_key(key: Digest) -> Digest:
    """Return the key that all sheets share, of one by which a sheet alone finds a record."""
    return Digest(key.partition("@")[0])


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """What a node raised, as text."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Record:
    """One node run, or one item of it. Times are seconds since the epoch (UTC).

    ``scope`` is empty for the node itself and ``[3]`` or ``[3][0]`` for an item; ``items`` are the
    records of a scattered node's items in index order. ``edited`` is the record of which a person
    has changed an output. ``own`` says that it is no result but what somebody made of one, so that
    it answers its key on its own sheet only. ``index`` counts the records of a node and
    scope from 1; the log assigns it.
    """

    id: RunId
    node: NodeId
    scope: str
    key: Digest
    status: RecordStatus
    run: RunId
    sheet: str
    started_at: float
    ended_at: float
    inputs: Mapping[str, InputRef]
    outputs: Mapping[str, ValueRef]
    code: Digest
    environment: Digest
    attempt: int = 1
    logs: str = ""
    error: ErrorInfo | None = None
    items: tuple[RunId, ...] = ()
    unverified: str = ""
    edited: RunId | None = None
    own: bool = False
    index: int = field(default=0)

    @property
    def codes(self) -> set[Digest]:
        """The digests of its code, and of that of its inputs' classes."""
        classes = (ref.value.class_digests().values() for ref in self.inputs.values())
        return {self.code}.union(*classes)

    def answers(self, sheet: str) -> bool:
        """Whether it may stand for a run of the same key on a sheet."""
        return self.sheet == sheet or not (self.own or self.edited)

    @property
    def index_key(self) -> Digest:
        """The key under which the index has it; empty for one that stands for no run."""
        if self.status != "succeeded" or self.unverified:
            return Digest("")
        return own_key(self.key, self.sheet) if self.own or self.edited else self.key

    @property
    def duration(self) -> float:
        """Seconds from start to end; a clock that was set back in between makes none of it."""
        return max(0.0, shown_time(self.ended_at) - shown_time(self.started_at))

    def number(self, index: int) -> None:
        """Set the index in the node's history; the log does, once, when it writes the record."""
        object.__setattr__(self, "index", index)

    def cut(self, is_here: Callable[[RunId], bool]) -> None:
        """Refer to no record that is not there any more; before it is written."""
        inputs = {
            port: ref if ref.record is None or is_here(ref.record) else ref._replace(record=None)
            for port, ref in self.inputs.items()
        }
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "items", tuple(filter(is_here, self.items)))
        if self.edited is not None and not is_here(self.edited):
            object.__setattr__(self, "edited", None)

    def to_bytes(self) -> bytes:
        """Return the record as one line of JSON with a checksum; empty fields are left out."""
        fields: dict[str, Any] = {
            "id": self.id,
            "node": self.node,
            "key": self.key,
            "status": self.status,
            "run": self.run,
            "sheet": self.sheet,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "inputs": {
                p: [list(i.value), i.source, i.origin, i.record] for p, i in self.inputs.items()
            },
            "outputs": {port: list(ref) for port, ref in self.outputs.items()},
            "code": self.code,
            "environment": self.environment,
            "index": self.index,
        }
        optional = {
            "scope": self.scope,
            "attempt": self.attempt if self.attempt != 1 else None,
            "logs": self.logs,
            "items": self.items,
            "unverified": self.unverified,
            "edited": self.edited,
            "own": self.own,
        }
        fields.update((name, value) for name, value in optional.items() if value)
        if self.error is not None:
            fields["error"] = [self.error.type, self.error.message, self.error.traceback]
        return _with_checksum(encode_json(fields))

    @staticmethod
    def from_bytes(data: bytes) -> Record:
        """Return the record that :meth:`to_bytes` wrote; ``ValueError`` if it is not as it was."""
        _verify_checksum(data)
        fields: dict[str, Any] = shaped(decode_json(data), _is_record)
        fields["inputs"] = {port: _input_ref(value) for port, value in fields["inputs"].items()}
        fields["outputs"] = {p: ValueRef.from_json(v) for p, v in fields["outputs"].items()}
        fields["error"] = ErrorInfo(*fields["error"]) if "error" in fields else None
        fields["items"] = tuple(fields.get("items", ()))
        fields.setdefault("scope", "")
        return Record(**{name: fields[name] for name in fields.keys() & _FIELDS})


_INPUT = (
    is_ref,
    str,
    frozenset({None, (str, str)}),
    frozenset({None, str}),
)
_FORMS: Mapping[str, Form] = {
    "id": str,
    "node": str,
    "key": str,
    "status": lambda status: status in get_args(RecordStatus),
    "run": str,
    "sheet": str,
    "started_at": float,
    "ended_at": float,
    "inputs": {str: _INPUT},
    "outputs": {str: is_ref},
    "code": str,
    "environment": str,
}
_OPTIONAL: Mapping[str, Form] = {
    "index": int,
    "scope": str,
    "attempt": int,
    "logs": str,
    "error": (str, str, str),
    "items": [str],
    "unverified": str,
    "edited": frozenset({None, str}),
}


def _is_record(content: Any) -> bool:
    return (
        type(content) is dict
        and all(name in content and fits(content[name], form) for name, form in _FORMS.items())
        and all(fits(content[n], form) for n, form in _OPTIONAL.items() if n in content)
    )


_MOST_SECONDS = 60e9  # since the epoch, about 1,900 years
_FIELDS = {field.name for field in dataclasses.fields(Record)}


_MARK = b',"check":"'
_TAIL = len(_MARK) + 16 + len(b'"}')


def _with_checksum(line: bytes) -> bytes:
    """Return a line with the checksum of what comes before, as its last field."""
    body = line[:-1]
    return body + _MARK + _checksum(body) + b'"}'


def _checksum(data: bytes) -> bytes:
    return xxhash.xxh3_64_hexdigest(data).encode()


def _verify_checksum(line: bytes) -> None:
    """Raise if a line is not what was written; those of former versions have no checksum."""
    body, tail = line[:-_TAIL], line[-_TAIL:]
    if tail.startswith(_MARK) and tail[len(_MARK) : -2] != _checksum(body):
        raise ValueError("its content is not what was written")


def _input_ref(parts: list[Any]) -> InputRef:
    value, source, origin, record = parts
    return InputRef(ValueRef.from_json(value), source, tuple(origin) if origin else None, record)


def shown_time(seconds: float) -> float:
    """Return a time as calendars can show it: a record may come from elsewhere.

    >>> shown_time(1e300), shown_time(float("nan"))
    (60000000000.0, 0.0)
    """
    return 0.0 if math.isnan(seconds) else max(-_MOST_SECONDS, min(seconds, _MOST_SECONDS))
