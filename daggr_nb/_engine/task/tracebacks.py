"""What is kept of an error that user code raised: the lines of its author, not those between."""

from __future__ import annotations

import pathlib
import traceback
import types
from collections.abc import Callable, Iterator

from daggr_nb._provenance.log.records import ErrorInfo
from daggr_nb._provenance.redaction import without_secrets
from daggr_nb._provenance.secrecy import scrubbed
from daggr_nb._terminal import settled
from daggr_nb._text import cut
from daggr_nb.errors import DaggrError, text_of

_LONGEST = 100_000  # characters of a message, or of a traceback
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
    a fault of ours. An error is foreign code: whatever it does when it is looked at, it is told.
    """
    name = type(error).__name__
    try:
        text = "".join(_summary(error).format())
    except BaseException:  # noqa: BLE001 - see above
        text = f"{name}, whose traceback cannot be shown\n"
    message = scrubbed(cut(settled(text_of(error)), _LONGEST))
    return ErrorInfo(name, message, scrubbed(without_secrets(_ends_of(settled(text)))))


def _summary(error: BaseException) -> traceback.TracebackException:
    trace = _from_user_code(error.__traceback__)
    if trace is not None or isinstance(error, DaggrError):
        error.__traceback__ = trace
    summary = traceback.TracebackException(type(error), error, trace)
    for frame in _frames(summary):
        frame.filename = _source_name(frame.filename)
    return summary


def _ends_of(text: str) -> str:
    """Return a text without its middle, if it is too long."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}\n…\n{text[-_LONGEST // 2 :]}"


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
