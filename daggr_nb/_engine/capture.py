"""Prints of a node run go to its own log, also when several run at once.

``sys.stdout`` and ``sys.stderr`` are wrapped once; a context variable says to whom a thread (or an
asyncio task) belongs. What does not belong to a node run passes through untouched.
"""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable
from typing import Any

Sink = Callable[[str], object]
_sink: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("daggr_nb_sink", default=None)


class _Redirect:
    """Stands in for a stream; everything but writing goes to the stream itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        sink = _sink.get()
        if sink is None:
            return int(self._stream.write(text) or 0)
        sink(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def captured_by(sink: Sink) -> None:
    """Send what the current context prints from now on to ``sink``."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, _Redirect):
            setattr(sys, name, _Redirect(stream))
    _sink.set(sink)


def released() -> None:
    """Let the current context print to the screen again."""
    _sink.set(None)
