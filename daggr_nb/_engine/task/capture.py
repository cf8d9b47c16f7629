"""Prints and log records of a node run go to its own log, also when several run at once.

``sys.stdout``, ``sys.stderr`` and what loggers do are wrapped once; a context variable says to
whom a thread (or an asyncio task) belongs. A thread that a node starts belongs to it, too, until
the node is over; so does a process whose output nobody else takes, but for a fork, which goes on
with the streams that it has. What does not belong to a node run passes through untouched, and so
does what is not written by Python: others print by the same descriptors.
"""

from __future__ import annotations

import codecs
import contextlib
import contextvars
import functools
import inspect
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Sink = Callable[[str], object]
_PATIENCE = 1.0  # seconds for the last words of a process; its children may hold its streams


@dataclass(eq=False, slots=True)
class _Capture:
    """Where the output of one node run goes until it is over, and for whom the node runs."""

    sink: Sink | None
    owner: object
    readers: list[tuple[Any, threading.Thread]] = field(default_factory=list)
    """Processes that the node has started, and who reads what they print."""
    bars: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)
    """Bars of tqdm that it has made."""


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


def _watch_processes() -> None:
    """Let what a process prints that is started within a node run be in that run's log, once.

    One whose streams go somewhere is left alone. The module is not loaded for it.
    """
    module = sys.modules.get("subprocess")
    start = None if module is None else module.Popen.__init__
    if start is None or getattr(start, "hands_on", False):
        return
    bind = inspect.signature(start).bind

    @functools.wraps(start)
    def start_and_read(process: Any, *args: Any, **options: Any) -> None:
        capture = _capture.get()
        given = bind(process, *args, **options).arguments
        free = [name for name in ("stdout", "stderr") if given.get(name) is None]
        if capture is None or capture.sink is None or not free:
            start(process, *args, **options)
            return
        given.pop("self")
        ours, theirs = os.pipe()
        try:
            start(process, **{**given, **dict.fromkeys(free, theirs)})
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        reader = threading.Thread(
            target=_read, args=(ours, capture), name="daggr-nb-process", daemon=True
        )
        capture.readers.append((process, reader))
        contextvars.Context().run(reader.start)

    start_and_read.hands_on = True  # type: ignore[attr-defined]
    module.Popen.__init__ = start_and_read  # type: ignore[union-attr]


def _watch_system() -> None:
    """Let ``os.system`` start its shell as a process of the run that calls it, once."""
    system = os.system
    if getattr(system, "hands_on", False):
        return

    @functools.wraps(system)
    def run_and_read(command: Any) -> int:
        capture = _capture.get()
        if capture is None or capture.sink is None or os.name != "posix":
            return system(command)
        import subprocess  # noqa: PLC0415 - nobody needs it but for this

        _watch_processes()
        code = subprocess.Popen(command, shell=True).wait()
        return -code if code < 0 else code << 8  # as the system tells it

    run_and_read.hands_on = True  # type: ignore[attr-defined]
    os.system = run_and_read


def _watch_bars() -> None:
    """Let bars of tqdm be lines of text of the node run that makes them, once.

    A widget that a thread makes has no cell to stand in, and rows below those of bars of others,
    which go elsewhere, would stay empty. Nothing is loaded for it.
    """
    _watch_rows_of_bars()
    module, asynchronous = sys.modules.get("tqdm.notebook"), sys.modules.get("tqdm.asyncio")
    kind = getattr(module, "tqdm_notebook", None)
    if kind is None or "hands_on" in vars(kind):
        return
    make = kind.__new__

    def make_text(cls: Any, *args: Any, **options: Any) -> Any:
        if _sink() is None or not cls.__module__.startswith("tqdm."):  # a subclass has its ways
            return make(cls, *args, **options)
        options.pop("display", None)
        plain = getattr(asynchronous, "tqdm_asyncio", None) or kind.__mro__[1]
        return plain(*args, **options)

    kind.__new__ = make_text
    kind.hands_on = True


def _watch_rows_of_bars() -> None:
    kind = getattr(sys.modules.get("tqdm.std"), "tqdm", None)
    find = getattr(kind, "_get_free_pos", None)
    if kind is None or find is None or getattr(find, "hands_on", False):
        return

    def row_among_own(cls: Any, bar: Any = None) -> Any:
        capture = _capture.get()
        if capture is None or capture.sink is None or bar is None:
            return find.__func__(cls, bar)
        own = capture.bars
        others = [each for each in cls._instances if each in own and each is not bar]
        rows = {abs(getattr(each, "pos", 0)) for each in others}
        own.add(bar)
        return min({*range(len(rows) + 1)} - rows)

    row_among_own.hands_on = True  # type: ignore[attr-defined]
    kind._get_free_pos = classmethod(row_among_own)  # noqa: SLF001 - nothing public says it


def _leave_to_child() -> None:
    """In a forked child: print to the screen, as the run's log is that of another process."""
    _capture.set(None)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_to_child)


def _read(pipe: int, capture: _Capture) -> None:
    """Take what a process prints, to its end: also when its node is over."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    with open(pipe, "rb", buffering=0) as stream:
        while data := stream.read(65_536):
            sink = capture.sink or sys.stdout.write
            with contextlib.suppress(Exception):  # the screen may be gone; the process goes on
                sink(decode(data))


def captured_by(sink: Sink) -> None:
    """Send what the current context prints and logs from now on to ``sink``."""
    _watch_loggers()
    _watch_threads()
    _watch_processes()
    _watch_system()
    _watch_bars()
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
        for process, reader in capture.readers:
            if process.returncode is not None:  # all that it printed is on its way
                reader.join(_PATIENCE)
        capture.sink = None
    _capture.set(None)
