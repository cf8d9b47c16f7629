"""What the ports of a running node have produced so far."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping
from typing import Any


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
        self._pieces[port] = [value]

    def append(self, port: str, delta: Any) -> None:
        """Add ``delta`` to what the port has produced."""
        self._pieces.setdefault(port, []).append(delta)

    def __getitem__(self, port: str) -> Any:
        pieces = self._pieces[port]
        count = len(pieces)  # more may come while these are joined
        if count > 1:
            pieces[:count] = [_joined(pieces[:count])]
        return pieces[0]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._pieces))

    def __len__(self) -> int:
        return len(self._pieces)


def _joined(pieces: list[Any]) -> Any:
    if all(type(piece) is str for piece in pieces):
        return "".join(pieces)
    return functools.reduce(operator.add, pieces)
