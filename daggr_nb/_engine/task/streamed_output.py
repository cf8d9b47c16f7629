"""What a node has said so far: values of its ports, and what it prints and logs."""

from __future__ import annotations

import collections
import functools
import itertools
import operator
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from daggr_nb._terminal import Screen, settled
from daggr_nb.errors import is_interrupt

LIMIT = 200_000
_HALF = LIMIT // 2


class OutputLog:
    """A text that grows as on a terminal; beyond :data:`LIMIT` characters its middle is left out.

    Threads of a node may write it while a canvas reads it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._above = _Ends()
        self._screen = Screen(self._above.add)
        self._unwritten: collections.deque[str] = collections.deque()
        self._at_it = False

    def add(self, text: str) -> None:
        with self._lock:
            self._unwritten.append(str.__str__(text))  # a subclass of str may answer anything
            if self._at_it:  # a finalizer prints while its thread does
                return
            self._at_it = True
            try:
                while self._unwritten:
                    self._screen.write(self._unwritten.popleft())
            finally:
                self._at_it = False

    def __str__(self) -> str:
        with self._lock:
            whole, last = self._above.copy(), self._screen.text
        whole.add(last)
        return str(whole)


class _Ends:
    """The beginning and the end of a text."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._room = _HALF
        self._tail: collections.deque[str] = collections.deque()
        self._length = 0
        self._lost = 0

    def copy(self) -> _Ends:
        other = _Ends()
        vars(other).update(vars(self), _head=self._head.copy(), _tail=self._tail.copy())
        return other

    def add(self, text: str) -> None:
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
        head, tail = "".join(self._head), "".join(self._tail)
        lost = self._lost + max(len(tail) - _HALF, 0)
        if not lost:
            return head + tail
        begun, _, whole = tail[-_HALF:].partition("\n")
        omitted = lost + len(begun)
        return f"{head}\n… {omitted:,} characters are left out here\n{whole or begun}"


def logs_of_items(logs: Iterable[tuple[str, str]]) -> str:
    r"""Return what items printed, by their numbers as people count them, as one log.

    >>> logs_of_items([("1", "read"), ("2.1", "asked")])
    '1 | read\n2.1 | asked'
    """
    whole = OutputLog()
    for number, log in logs:
        for line in log.splitlines():
            whole.add(f"{number} | {line}\n")
    return str(whole)[:-1]


def end_of(log: str, most: int) -> str:
    """Return the last lines of a log, and how many stand before them."""
    if "\r" in log or "\x1b" in log:  # it was kept before a log was that of a terminal
        log = settled(log)
    if len(log) <= most:
        return log
    tail = log[-most:].partition("\n")[2] or log[-most:]
    before = log.count("\n", 0, len(log) - len(tail))
    return f"… {before:,} lines before these\n{tail}"


Mark = tuple[int, int]
"""Where a growing text stood: which of a port's values it was, and how many characters it had."""
START: Mark = (0, 0)
_values = itertools.count(1)


class _Produced:
    """What one port has produced: pieces of one value, which is text as long as ``length`` counts.

    ``number`` is that of no other value; ``pieces_told`` counts what was ever said of it.
    """

    __slots__ = ("length", "number", "pieces", "pieces_told")

    def __init__(self, piece: Any) -> None:
        self.number = next(_values)
        self.pieces = [piece]
        self.pieces_told = 1
        self.length: int | None = len(piece) if type(piece) is str else None


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
        self._lock = threading.RLock()
        self._ports: dict[str, _Produced] = {}

    def set(self, port: str, value: Any) -> None:
        """Take ``value`` as what the port has produced."""
        value = _plain(value)
        with self._lock:
            known = self._ports.get(port)
            if known is None or known.length is None or type(value) is not str:
                self._ports[port] = _Produced(value)
            elif value.startswith(self[port]):
                known.pieces[:], known.length = [value], len(value)
                known.pieces_told += 1
            else:
                self._ports[port] = _Produced(value)

    def append(self, port: str, delta: Any) -> None:
        """Add ``delta`` to what the port has produced."""
        delta = _plain(delta)
        with self._lock:
            known = self._ports.get(port)
            if known is None:
                self._ports[port] = _Produced(delta)
                return
            known.pieces.append(delta)
            known.pieces_told += 1
            if known.length is not None:
                known.length = known.length + len(delta) if type(delta) is str else None

    def cut(self, port: str, length: int) -> None:
        """Keep the first ``length`` characters of a text, as another one; costs what is cut."""
        with self._lock:
            known = self._ports.get(port)
            if known is None or known.length is None:
                return
            while known.length > length:
                last = known.pieces.pop()
                known.length -= len(last)
                if known.length < length:
                    known.pieces.append(last[: length - known.length])
                    known.length = length
            known.number = next(_values)
            known.pieces_told += 1

    def __getitem__(self, port: str) -> Any:
        known = self._ports[port]
        pieces = known.pieces
        if known.length is not None:
            with self._lock:
                pieces[:] = ["".join(pieces)]
                return pieces[0]
        count = len(pieces)  # more may come while these are joined
        if count > 1:
            pieces[:count] = [_joined(pieces[:count])]
        return pieces[0] if pieces else None

    def since(self, port: str, mark: Mark = START) -> tuple[Mark, str] | None:
        """Return what a text has grown by since ``mark``, all of one that is another since then.

        With it comes the mark of now. Of what is no text, ``None``. Costs what is new, not what
        there is.
        """
        with self._lock:
            known = self._ports[port]
            if known.length is None:
                return None
            former = mark[1] if mark[0] == known.number else 0
            new = _end_of_all(known.pieces, known.length - former)
            return (known.number, known.length), new

    def version(self, port: str) -> tuple[int, int]:
        """Return what is another one whenever the port has produced something."""
        known = self._ports[port]
        return known.number, known.pieces_told

    def end(self, most: int) -> str:
        """Return the last characters of the text that is longest, ``most`` of them if it has."""
        with self._lock:
            texts = [known for known in self._ports.values() if known.length is not None]
            longest = max(texts, key=lambda known: known.length or 0, default=None)
            return "" if longest is None else _end_of_all(longest.pieces, most)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._ports))

    def __len__(self) -> int:
        return len(self._ports)


def _end_of_all(pieces: list[str], most: int) -> str:
    """Return the last ``most`` characters of texts one after the other."""
    parts: list[str] = []
    for piece in reversed(pieces):
        if most <= 0:
            break
        parts.append(piece[-most:])
        most -= len(piece)
    return "".join(reversed(parts))


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
