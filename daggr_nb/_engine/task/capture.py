"""Prints and log records of a node run go to its own log, also when several run at once.

``sys.stdout``, ``sys.stderr`` and what loggers do are wrapped once; a context variable says to
whom a thread (or an asyncio task) belongs. A thread that a node starts belongs to it, too, until
the node is over. What does not belong to a node run passes through untouched.
"""

from __future__ import annotations

import contextvars
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Sink = Callable[[str], object]


@dataclass(eq=False, slots=True)
class _Capture:
    """Where the output of one node run goes until it is over, and for whom the node runs."""

    sink: Sink | None
    owner: object


_owner: contextvars.ContextVar[object] = contextvars.ContextVar("daggr_nb_owner", default=None)
_capture: contextvars.ContextVar[_Capture | None] = contextvars.ContextVar(
    "daggr_nb_capture", default=None
)


def _sink() -> Sink | None:
    capture = _capture.get()
    return None if capture is None else capture.sink


class _Redirect:
    """Stands in for a stream; everything but writing goes to the stream itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        sink = _sink()
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
        sink = _sink()
        if sink is None or record.name == "daggr_nb":
            call_handlers(logger, record)
            return
        sink(_format(record) + "\n")
        if logger.hasHandlers():  # else logging would print to stderr, as a last resort
            token = _capture.set(None)
            try:
                call_handlers(logger, record)
            finally:
                _capture.reset(token)

    call_and_capture.captures = True  # type: ignore[attr-defined]
    logging.Logger.callHandlers = call_and_capture  # type: ignore[assignment,method-assign]


def _watch_threads() -> None:
    """Let a thread that is started within a node run belong to that run, once."""
    start = threading.Thread.start
    if getattr(start, "hands_on", False):
        return

    def start_and_hand_on(thread: threading.Thread) -> None:
        capture = _capture.get()
        if capture is not None and capture.sink is not None:
            run = thread.run

            def run_captured() -> None:
                _capture.set(capture)
                run()

            thread.run = run_captured  # type: ignore[method-assign]
        start(thread)

    start_and_hand_on.hands_on = True  # type: ignore[attr-defined]
    threading.Thread.start = start_and_hand_on  # type: ignore[assignment,method-assign]


def captured_by(sink: Sink) -> None:
    """Send what the current context prints and logs from now on to ``sink``."""
    _watch_loggers()
    _watch_threads()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, _Redirect):
            setattr(sys, name, _Redirect(stream))
    _capture.set(_Capture(sink, _owner.get()))


def inside() -> object:
    """Return what the current context runs a node for, as :func:`run_for` says; else ``None``."""
    capture = _capture.get()
    open_for = None if capture is None or capture.sink is None else capture.owner
    return _owner.get() or open_for


def run_for(owner: object) -> None:
    """Note that the current context runs a node for ``owner``."""
    _owner.set(owner)


def released() -> None:
    """Let the current context print to the screen again, and what it has started."""
    capture = _capture.get()
    if capture is not None:
        capture.sink = None
    _capture.set(None)
