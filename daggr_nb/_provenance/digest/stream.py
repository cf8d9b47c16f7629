"""The stream of bytes that stands for a value's content: tags, lengths, bytes; plain data in it.

What other types write is told by encoders, see ``standard_types``, ``objects`` and ``values``;
``content`` joins them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import xxhash

from daggr_nb.errors import is_interrupt

StandIn = Callable[[Any], Any]
Encoder = Callable[[Any, "Encoding"], None]

_length = struct.Struct("<q").pack
_double = struct.Struct("<d").pack
_NAN = _double(float("nan"))
_DEEP, _MANY = 4, 1_000_000


class _Cycle(Exception):
    """A container has been met again inside itself; ``key`` says which."""

    def __init__(self, key: int) -> None:
        super().__init__()
        self.key = key


class Encoding:
    """Writes values with ``write``; keeps the open containers, to notice what contains itself.

    Without cycles a value is a tree: what is shared by two places is written twice, as sharing is
    no content. What is part of a cycle (a tree with links to parents, say) is written as a graph,
    from the container where the cycle was met: each container once, later only its number.
    Containers below others (``_DEEP`` of them), and those after many (``_MANY``), count by digests
    of their own, each worked out once: what shares its parts, level by level, is small in memory
    and endless as a tree.

    ``stand_in`` is called for what has no content of its own (code, and what would be refused):
    it returns plain data to write instead. Without it code counts by name and the rest is an error.
    ``whole`` says that nothing in the value at hand needs one, ``inside`` of how many objects that
    are taken apart it is a part. ``weigh`` is told of bytes that were looked at and are not
    themselves written, ``kinds`` gets the classes of what was met.
    """

    __slots__ = (
        "_count",
        "_encoders",
        "_graph",
        "_hashed",
        "_hashing",
        "_open",
        "_resolve",
        "_write",
        "inside",
        "kinds",
        "stand_in",
        "weigh",
        "whole",
    )

    def __init__(
        self,
        write: Callable[[Any], object],
        encoders: Mapping[type, Encoder],
        resolve: Callable[[type], Encoder],
        stand_in: StandIn | None = None,
        weigh: Callable[[int], object] = lambda size: None,
        kinds: set[type] | None = None,
    ) -> None:
        self.kinds = kinds
        self.stand_in = stand_in
        self.weigh = weigh
        self.whole = False
        self.inside = 0
        self._write = write
        self._encoders = encoders
        self._resolve = resolve
        self._open: set[int] = set()
        self._count = 0  # of the containers of the tree that has been written
        self._hashing = False
        self._hashed: dict[int, tuple[bytes, int, object]] = {}
        self._graph: dict[int, tuple[int, object]] | None = None

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
        key, graph = id(owner), self._graph
        if key in self._open:
            raise _Cycle(key)
        if graph is not None:
            if key in graph:
                self.text(b"^", str(graph[key][0]))
                return
            graph[key] = len(graph), owner  # which is kept: an id stands for no other then
            self._write(tag + _length(count))
            for value in values:
                self.add(value)
            return
        self._count += 1
        if len(self._open) < _DEEP and self._count < _MANY and not self._hashing:
            self._add_open(tag, owner, values, count)
            return
        known = self._hashed.get(key)
        if known is not None:
            self._count += known[1]
        else:
            hasher, write, before = xxhash.xxh3_128(), self._write, self._count
            is_outer, self._hashing = not self._hashing, True

            def update(data: Any) -> None:
                self.weigh(len(data))
                hasher.update(data)

            self._write = update
            try:
                self._add_open(tag, owner, values, count)
            finally:
                self._write, self._hashing = write, not is_outer
            # The owner is kept: an id stands for no other then.
            known = self._hashed[key] = hasher.digest(), self._count - before, owner
        self._write(b"~" + known[0])

    def _add_open(self, tag: bytes, owner: object, values: Iterable[Any], count: int) -> None:
        """Write the parts of a container, and notice when it is met again among them."""
        key = id(owner)
        self._open.add(key)
        try:
            self._write(tag + _length(count))
            for value in values:
                self.add(value)
        except _Cycle as cycle:
            self._open.discard(key)
            if cycle.key != key:
                raise
            self._add_graph(owner)
        else:
            self._open.discard(key)

    def _add_graph(self, owner: object) -> None:
        """Write what contains itself, after what has been written of it until that was met."""
        self._graph = {}
        try:
            self._write(b"@")
            self.add(owner)
        finally:
            self._graph = None

    @contextmanager
    def complete(self, value: Any) -> Iterator[bool]:
        """Whether all of ``value`` can be written without anything standing in; asked once."""
        if self.whole or self.stand_in is None:
            yield True
            return
        try:
            Encoding(lambda data: None, self._encoders, self._resolve).add(value)
        except BaseException as error:  # a property or a library may raise anything
            if is_interrupt(error):
                raise
            yield False
            return
        self.whole = True
        try:
            yield True
        finally:
            self.whole = False

    def kind(self, tag: bytes, kind: type) -> None:
        """Write which class a value is of."""
        self.text(tag, qualified(kind))
        if self.kinds is not None:
            self.kinds.add(kind)
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
