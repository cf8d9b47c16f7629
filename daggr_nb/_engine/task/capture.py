"""Prints and log records of a node run go to its own log, also when several run at once.

``sys.stdout`` and ``sys.stderr`` are wrapped once; a context variable says to whom a thread (or an
asyncio task) belongs. What does not belong to a node run passes through untouched.
"""

from __future__ import annotations

import contextvars
import logging
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


class _Records(logging.Handler):
    """Sends log records of a node run to its log, as ``LEVEL logger: message``."""

    def emit(self, record: logging.LogRecord) -> None:
        sink = _sink.get()
        if sink is not None and record.name != "daggr_nb":
            sink(self.format(record) + "\n")


_records = _Records()
_records.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))


def captured_by(sink: Sink) -> None:
    """Send what the current context prints and logs from now on to ``sink``."""
    root = logging.getLogger()
    if _records not in root.handlers:
        root.addHandler(_records)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, _Redirect):
            setattr(sys, name, _Redirect(stream))
    _sink.set(sink)


def released() -> None:
    """Let the current context print to the screen again."""
    _sink.set(None)
