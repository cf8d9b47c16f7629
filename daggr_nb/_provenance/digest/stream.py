"""The stream of bytes that stands for a value's content: tags, lengths, bytes.

What a type writes is told by encoders, see ``standard_types``, ``objects`` and ``values``;
``content`` joins them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from daggr_nb.errors import DigestError

Foreign = Callable[[Any], Any]
Encoder = Callable[[Any, "Encoding"], None]

_length = struct.Struct("<q").pack


class Encoding:
    """Writes values with ``write``; keeps the open containers, to notice what contains itself.

    ``foreign`` stands in for what has no content of its own (code, and what would be refused): it
    returns plain data to write instead. Without it code counts by name and the rest is an error.
    """

    __slots__ = ("_choose", "_known", "_open", "_write", "foreign")

    def __init__(
        self,
        write: Callable[[Any], object],
        known: Mapping[type, Encoder],
        choose: Callable[[type], Encoder],
        foreign: Foreign | None = None,
    ) -> None:
        self.foreign = foreign
        self._write = write
        self._known = known
        self._choose = choose
        self._open: dict[int, int] = {}

    def add(self, value: Any) -> None:
        """Write any value."""
        kind = type(value)
        encode = self._known.get(kind) or self._choose(kind)
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
            if self.foreign is None:
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
            Encoding(lambda data: None, self._known, self._choose).add(value)
        except Exception:  # noqa: BLE001 - a property or a library may raise anything
            return False
        return True

    def kind(self, tag: bytes, kind: type) -> None:
        """Write which class a value is of."""
        self.text(tag, qualified(kind))
        if self.foreign is not None:
            self.add(self.foreign(kind))


def qualified(kind: Any) -> str:
    """Return the module and name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"
