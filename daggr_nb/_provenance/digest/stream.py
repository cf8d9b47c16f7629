"""The stream of bytes that stands for a value's content: tags, lengths, bytes; plain data in it.

What other types write is told by encoders, see ``standard_types``, ``objects`` and ``values``;
``content`` joins them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from daggr_nb.errors import DigestError

StandIn = Callable[[Any], Any]
Encoder = Callable[[Any, "Encoding"], None]

_length = struct.Struct("<q").pack
_double = struct.Struct("<d").pack
_NAN = _double(float("nan"))


class Encoding:
    """Writes values with ``write``; keeps the open containers, to notice what contains itself.

    ``stand_in`` is called for what has no content of its own (code, and what would be refused):
    it returns plain data to write instead. Without it code counts by name and the rest is an error.
    ``weigh`` is told of bytes that were looked at and are not themselves written.
    """

    __slots__ = ("_encoders", "_open", "_resolve", "_write", "stand_in", "weigh")

    def __init__(
        self,
        write: Callable[[Any], object],
        encoders: Mapping[type, Encoder],
        resolve: Callable[[type], Encoder],
        stand_in: StandIn | None = None,
        weigh: Callable[[int], object] = lambda size: None,
    ) -> None:
        self.stand_in = stand_in
        self.weigh = weigh
        self._write = write
        self._encoders = encoders
        self._resolve = resolve
        self._open: dict[int, int] = {}

    def add(self, value: Any) -> None:
        """Write any value."""
        kind = type(value)
        encode = self._encoders.get(kind) or self._resolve(kind)
        encode(value, self)

    def tagged(self, tag: bytes, data: bytes) -> None:
        """Write bytes under a tag."""
        self._write(tag + _length(len(data)))
        self._write(data)

    def text(self, tag: bytes, text: str) -> None:
        """Write text under a tag."""
        data = text.encode("utf-8", "surrogatepass")
        self._write(tag + _length(len(data)))
        self._write(data)

    def raw(self, data: memoryview) -> None:
        """Write a block of bytes without copying it."""
        self._write(_length(data.nbytes))
        if data.nbytes:
            self._write(data)

    def several(self, tag: bytes, owner: object, values: Iterable[Any], count: int) -> None:
        """Write the parts of a container."""
        key = id(owner)
        if key in self._open:
            if self.stand_in is None:
                raise DigestError("A value that contains itself has no digest.")
            self.text(b"^", str(self._open[key]))
            return
        self._open[key] = len(self._open)
        self._write(tag + _length(count))
        for value in values:
            self.add(value)
        del self._open[key]

    def complete(self, value: Any) -> bool:
        """Whether all of ``value`` can be written without anything standing in."""
        try:
            Encoding(lambda data: None, self._encoders, self._resolve).add(value)
        except Exception:  # noqa: BLE001 - a property or a library may raise anything
            return False
        return True

    def kind(self, tag: bytes, kind: type) -> None:
        """Write which class a value is of."""
        self.text(tag, qualified(kind))
        if self.stand_in is not None:
            self.add(self.stand_in(kind))


def qualified(kind: Any) -> str:
    """Return the module and name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


# ---------------------------------------------------------------- plain data


def _float(value: float) -> bytes:
    return _double(value) if value == value else _NAN


def _add_int(value: int, out: Encoding) -> None:
    out.tagged(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def add_dict(value: Mapping[Any, Any], out: Encoding, tag: bytes = b"d") -> None:
    """Write the pairs of a mapping in their order."""
    pairs = (part for pair in value.items() for part in pair)
    out.several(tag, value, pairs, len(value))


def _sequence(tag: bytes) -> Encoder:
    return lambda value, out: out.several(tag, value, value, len(value))


PLAIN: Mapping[type, Encoder] = {
    str: lambda value, out: out.text(b"s", value),
    int: _add_int,
    bool: lambda value, out: out.tagged(b"b", b"1" if value else b"0"),
    float: lambda value, out: out.tagged(b"f", _float(value)),
    complex: lambda value, out: out.tagged(b"j", _float(value.real) + _float(value.imag)),
    type(None): lambda value, out: out.tagged(b"N", b""),
    bytes: lambda value, out: out.tagged(b"B", value),
    list: _sequence(b"l"),
    tuple: _sequence(b"t"),
    dict: add_dict,
}
