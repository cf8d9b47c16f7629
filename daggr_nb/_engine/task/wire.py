"""What a kernel and a process of its own tell each other: frames of byte strings over two pipes.

The first part of a frame is a pickled tuple of plain data: what it is, which evaluation it is
about (id and attempt), which of its messages it is, and more. The others are values, pickled by
who sends them: whoever reads a message need not read its values.
"""

from __future__ import annotations

import os
import pickle
import struct
import threading
from typing import Any, BinaryIO

_COUNT = struct.Struct("!I")
_SIZE = struct.Struct("!Q")


class Wire:
    """One end of a pair of pipes. Any thread may send; one receives."""

    def __init__(self, reads: BinaryIO, writes: int) -> None:
        self._reads = reads
        self._writes = writes
        self._lock = threading.Lock()

    def send(self, message: tuple[Any, ...], *values: bytes) -> None:
        """Send a message; raises ``OSError`` when nobody is there."""
        parts = (pickle.dumps(message), *values)
        sizes = b"".join(_SIZE.pack(len(part)) for part in parts)
        head = _COUNT.pack(len(parts)) + sizes + parts[0]
        with self._lock:
            self._write(head)
            for value in values:
                self._write(value)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._writes, left) :]

    def receive(self) -> tuple[tuple[Any, ...], list[bytes]] | None:
        """Return the next message with its values; ``None`` when nobody is there any more."""
        try:
            count = _COUNT.unpack(self._read(_COUNT.size))[0]
            sizes = [_SIZE.unpack(self._read(_SIZE.size))[0] for _ in range(count)]
            message, *values = [self._read(size) for size in sizes]
        except (EOFError, OSError, ValueError):  # ValueError: our own end was closed
            return None
        return pickle.loads(message), values  # noqa: S301 - of a process of our own

    def _read(self, size: int) -> bytes:
        data = self._reads.read(size)
        if len(data) < size:
            raise EOFError
        return data
