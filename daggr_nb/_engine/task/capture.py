"""Prints and log records of a node run go to its own log, also when several run at once.

``sys.stdout``, ``sys.stderr`` and what loggers do are wrapped once; a context variable says to whom
a thread (or an asyncio task) belongs. What does not belong to a node run passes through untouched.
"""

from __future__ import annotations

import contextvars
import logging
import sys
from collections.abc import Callable
from typing import Any

Sink = Callable[[str], object]
_owner: contextvars.ContextVar[object] = contextvars.ContextVar("daggr_nb_owner", default=None)
_sink: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("daggr_nb_sink", default=None)


class _Redirect:
    """Stands in for a stream; everything but writing goes to the stream itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        sink = _sink.get()
        if sink is None:
            return int(self._stream.write(text) or 0)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        sink(text)
        return str.__len__(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_format = logging.Formatter("%(levelname)s %(name)s: %(message)s").format


def _watch_loggers() -> None:
    """Let every logger send what it logs within a node run to that run's log, once.

    No logger gets a handler of ours: one on the root would keep ``logging.basicConfig`` from
    configuring anything. Handlers of the person's own hear the record as ever; what they print
    meanwhile is not captured a second time.
    """
    call_handlers = logging.Logger.callHandlers
    if getattr(call_handlers, "captures", False):
        return

    def call_and_capture(logger: logging.Logger, record: logging.LogRecord) -> None:
        sink = _sink.get()
        if sink is None or record.name == "daggr_nb":
            call_handlers(logger, record)
            return
        sink(_format(record) + "\n")
        if logger.hasHandlers():  # else logging would print to stderr, as a last resort
            token = _sink.set(None)
            try:
                call_handlers(logger, record)
            finally:
                _sink.reset(token)

    call_and_capture.captures = True  # type: ignore[attr-defined]
    logging.Logger.callHandlers = call_and_capture  # type: ignore[assignment,method-assign]


def captured_by(sink: Sink) -> None:
    """Send what the current context prints and logs from now on to ``sink``."""
    _watch_loggers()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, _Redirect):
            setattr(sys, name, _Redirect(stream))
    _sink.set(sink)


def inside() -> object:
    """Return what the current context runs a node for, as :func:`run_for` says; else ``None``."""
    return _owner.get()


def run_for(owner: object) -> None:
    """Note that the current context runs a node for ``owner``."""
    _owner.set(owner)


def released() -> None:
    """Let the current context print to the screen again."""
    _sink.set(None)
