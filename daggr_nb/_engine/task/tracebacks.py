"""What is kept of an error that user code raised: the lines of its author, not those between."""

from __future__ import annotations

import pathlib
import traceback
import types
from collections.abc import Callable, Iterator

from daggr_nb._provenance.log.records import ErrorInfo
from daggr_nb.errors import DaggrError

_OURS = str(pathlib.Path(__file__).resolve().parents[2])
_WAITING = ("asyncio", "concurrent.futures")  # what stands between us and a coroutine
_source_name: Callable[[str], str] = str


def name_sources(by: Callable[[str], str]) -> None:
    """Let ``by`` say what tracebacks call the file of a code object; cells have one each."""
    global _source_name
    _source_name = by


def ours(trace: types.TracebackType) -> bool:
    """Whether a traceback begins with a frame of this package."""
    return trace.tb_frame.f_code.co_filename.startswith(_OURS)


def describe(error: BaseException) -> ErrorInfo:
    """Return an error as text; its traceback begins where user code does, here and from now on.

    A foreign error that no user code was part of is told without frames, and keeps them: it may be
    a fault of ours.
    """
    trace = _from_user_code(error.__traceback__)
    if trace is not None or isinstance(error, DaggrError):
        error.__traceback__ = trace
    try:
        summary = traceback.TracebackException(type(error), error, trace)
        for frame in _frames(summary):
            frame.filename = _source_name(frame.filename)
        text = "".join(summary.format())
        message = str(error)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything
        text = message = f"<{type(error).__name__} that cannot be shown>"
    return ErrorInfo(type(error).__name__, message, text)


def _from_user_code(trace: types.TracebackType | None) -> types.TracebackType | None:
    while trace is not None and (ours(trace) or _waits(trace)):
        trace = trace.tb_next
    return trace


def _waits(trace: types.TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__", "")).startswith(_WAITING)


def _frames(chain: traceback.TracebackException | None) -> Iterator[traceback.FrameSummary]:
    """Yield the frames of an error and of those that led to it."""
    while chain is not None:
        yield from chain.stack
        chain = chain.__cause__ or chain.__context__
