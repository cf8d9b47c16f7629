"""What a node has said so far: values of its ports, and what it prints and logs."""

from __future__ import annotations

import collections
import functools
import operator
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb.errors import is_interrupt

LIMIT = 200_000
_HALF = LIMIT // 2


class OutputLog:
    """A text that grows; beyond :data:`LIMIT` characters its middle is left out.

    Threads of a node may write it while a canvas reads it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a finalizer may print while its thread does
        self._head: list[str] = []
        self._room = _HALF
        self._tail: collections.deque[str] = collections.deque()
        self._length = 0
        self._lost = 0

    def add(self, text: str) -> None:
        with self._lock:
            self._add(str.__str__(text))  # a subclass of str may answer anything

    def _add(self, text: str) -> None:
        if self._room > 0:
            self._head.append(text[: self._room])
            text, self._room = text[self._room :], self._room - len(text)
        self._tail.append(text[-_HALF:])
        self._lost += max(len(text) - _HALF, 0)
        self._length += len(self._tail[-1])
        while self._length - len(self._tail[0]) >= _HALF:
            first = self._tail.popleft()
            self._length -= len(first)
            self._lost += len(first)

    def __str__(self) -> str:
        with self._lock:
            head, tail, omitted = "".join(self._head), "".join(self._tail), self._lost
        if not omitted:
            return head + tail
        begun, _, whole = tail.partition("\n")
        omitted += len(begun)
        return f"{head}\n… {omitted:,} characters are left out here\n{whole or begun}"


def end_of(log: str, most: int) -> str:
    """Return the last lines of a log, and how many stand before them."""
    if len(log) <= most:
        return log
    tail = log[-most:].partition("\n")[2] or log[-most:]
    before = log.count("\n", 0, len(log) - len(tail))
    return f"… {before:,} lines before these\n{tail}"


class Partial(Mapping[str, Any]):
    """Values so far by port. What is appended is joined when somebody looks, not before.

    One thread writes, others may read.

    >>> so_far = Partial()
    >>> so_far.append("text", "he"), so_far.append("text", "llo")
    (None, None)
    >>> dict(so_far)
    {'text': 'hello'}
    """

    def __init__(self) -> None:
        self._pieces: dict[str, list[Any]] = {}

    def set(self, port: str, value: Any) -> None:
        """Take ``value`` as what the port has produced."""
        self._pieces[port] = [_plain(value)]

    def append(self, port: str, delta: Any) -> None:
        """Add ``delta`` to what the port has produced."""
        self._pieces.setdefault(port, []).append(_plain(delta))

    def __getitem__(self, port: str) -> Any:
        pieces = self._pieces[port]
        count = len(pieces)  # more may come while these are joined
        if count > 1:
            pieces[:count] = [_joined(pieces[:count])]
        return pieces[0] if pieces else None

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._pieces))

    def __len__(self) -> int:
        return len(self._pieces)


def _plain(value: Any) -> Any:
    """Return a text of a subclass as what it is: the subclass may answer anything."""
    return str.__str__(value) if issubclass(type(value), str) else value


def _joined(pieces: list[Any]) -> Any:
    """Return the sum of what was appended; the last of what cannot be added."""
    if all(type(piece) is str for piece in pieces):
        return "".join(pieces)
    try:
        return functools.reduce(operator.add, pieces)
    except BaseException as error:  # a foreign __add__ may raise anything
        if is_interrupt(error):
            raise
        return pieces[-1]
