"""Witnesses: whether a value is what it was, many times faster than by its digest.

A witness is a hash of the value's pickle, taken in this process for this process: the same bytes
mean the same content, as identity and insertion history are kept out of them. Other bytes mean
nothing; the digest has to tell then.
"""

from __future__ import annotations

import io
import itertools
import math
import pathlib
import pickle
import time
import types
from collections.abc import Iterable, Iterator
from typing import Any

import xxhash

from daggr_nb._provenance.digest.objects import is_plain, pickles_itself
from daggr_nb._provenance.packages import installed
from daggr_nb.errors import is_interrupt

_CHUNK = 1024  # items that are looked at in one go
_SLICED = (list, tuple, dict)
_CODE = (type, types.FunctionType, types.BuiltinFunctionType)
_LIBRARIES = frozenset({"builtins", "collections", "datetime", "decimal", "enum", "fractions"}) | {
    "numpy",
    "pandas",
    "uuid",
    "zoneinfo",
}


class Witness:
    """Hashes of a value, chunk by chunk. Use :meth:`of`."""

    def __init__(self, hashes: list[bytes], count: int) -> None:
        self._hashes = hashes
        self._count = count

    @classmethod
    def of(cls, value: Any, seconds: float = math.inf) -> Witness | None:
        """Return the witness of a value if it takes no longer than ``seconds``.

        ``None`` also for one that pickling does not tell all about.
        """
        until = time.perf_counter() + seconds
        try:
            return cls([_hash(chunk, until) for chunk in _chunks(value)], _count(value))
        except BaseException as error:  # a foreign __reduce__ may raise anything
            if is_interrupt(error):
                raise
            return None

    def holds(self, value: Any, until: float | None = None) -> bool | None:
        """Whether a value is what it was; ``None`` if the time is over before anything differs.

        ``until`` is on the clock of ``time.perf_counter``.
        """
        return self._compare(value, enumerate(_chunks(value)), until)

    def ends_hold(self, value: Any) -> bool:
        """Whether the number of items is what it was, and the first and the last of many are."""
        last = len(self._hashes) - 1
        if last == 0:
            return True
        ends = ((number, _chunk(value, number)) for number in (0, last))
        return bool(self._compare(value, ends, None))

    def _compare(
        self, value: Any, chunks: Iterable[tuple[int, Any]], until: float | None
    ) -> bool | None:
        try:
            if _count(value) != self._count:
                return False
            for number, chunk in chunks:
                if until is not None and time.perf_counter() > until:
                    return None
                if _hash(chunk) != self._hashes[number]:
                    return False
        except BaseException as error:  # a foreign __reduce__ may raise anything
            if is_interrupt(error):
                raise
            return False
        return True


def _count(value: Any) -> int:
    return len(value) if type(value) in _SLICED else 1


def _chunks(value: Any) -> Iterator[Any]:
    if type(value) not in _SLICED or len(value) <= _CHUNK:
        yield value
        return
    items = iter(value.items() if type(value) is dict else value)
    while chunk := list(itertools.islice(items, _CHUNK)):
        yield chunk


def _chunk(value: Any, number: int) -> list[Any]:
    begin, end = number * _CHUNK, (number + 1) * _CHUNK
    if type(value) is dict:
        return list(itertools.islice(value.items(), begin, end))
    return list(value[begin:end])


def _hash(value: Any, until: float | None = None) -> bytes:
    buffer = _Buffer()
    buffer.until = until
    pickler = _Pickler(buffer, protocol=5)
    pickler.fast = True  # what is met twice is written twice: sharing is no content
    pickler.dump(value)
    return xxhash.xxh3_128_digest(buffer.getbuffer())


class _Buffer(io.BytesIO):
    """Holds what is written in time: of parts that share parts there may be no end."""

    until: float | None = None

    def write(self, data: Any, /) -> int:
        if self.until is not None and time.perf_counter() > self.until:
            raise TimeoutError
        return super().write(data)


class _Pickler(pickle.Pickler):
    """Pickles data whose pickle says all that a digest does; own code by what it is."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _CODE) or hasattr(obj, "__code__"):
            return NotImplemented if installed(obj) else (int, (id(obj),))
        if not _tells_all(type(obj)):
            raise pickle.PicklingError(type(obj))
        return NotImplemented


def _tells_all(kind: type) -> bool:
    if issubclass(kind, pathlib.PurePath) or hasattr(kind, "__daggr_digest__"):
        return False
    if installed(kind):
        return kind.__module__.partition(".")[0] in _LIBRARIES
    return is_plain(kind) and not pickles_itself(kind)
