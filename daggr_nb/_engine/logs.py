"""What a node prints and logs, of which the beginning and the end count most."""

from __future__ import annotations

import collections
import threading

LIMIT = 200_000
_HALF = LIMIT // 2


class Log:
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
            self._add(text)

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
            head, tail, lost = "".join(self._head), "".join(self._tail), self._lost
        if not lost:
            return head + tail
        begun, _, whole = tail.partition("\n")
        lost += len(begun)
        return f"{head}\n… {lost:,} characters are left out here\n{whole or begun}"


def end_of(log: str, most: int) -> str:
    """Return the last lines of a log, and how many stand before them."""
    if len(log) <= most:
        return log
    kept = log[-most:].partition("\n")[2] or log[-most:]
    before = log.count("\n", 0, len(log) - len(kept))
    return f"… {before:,} lines before these\n{kept}"
