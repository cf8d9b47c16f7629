"""The errors of daggr_nb, each below what it is a kind of.

::

    DaggrError
    ├── GraphError (ValueError)      a graph that cannot be built
    │   ├── DuplicateNodeError
    │   ├── CycleError
    │   ├── UnknownNodeError
    │   ├── UnknownSheetError
    │   ├── UnknownPortError
    │   ├── InvalidInputError
    │   └── ScatterError
    ├── InputError (ValueError)      a value that an input does not accept
    ├── NotForVisitorsError          what only the owner of a page may do
    ├── ForkedProcessError           what only the process may do that a graph was made in
    ├── RunError                     a run that did not go well
    │   ├── NodeFailed
    │   ├── OutputMismatch
    │   ├── ExecutorError
    │   ├── NestedRunError
    │   ├── InputMutated
    │   ├── RunCancelled
    │   ├── RunPaused
    │   ├── NotRunYet
    │   └── RemoteError             a service elsewhere did not give a result
    │       ├── Unreachable         nobody answers there, or no longer
    │       ├── AppFailed           the app itself says that it failed
    │       ├── Refused             the service does not let this user in
    │       ├── OverQuota           it wants to be paid
    │       ├── Busy                it has no room now
    │       └── BadAnswer           it answers what nobody can read, or takes no such thing
    ├── DigestError (TypeError)      a value whose content cannot be addressed
    │   └── FolderLimitError
    └── StoreError                   a store that cannot be read or written
        ├── DamagedError
        └── UntrustedError

TypeMismatchWarning, StreamWarning and RenameWarning (UserWarning) only advise: nothing is refused
because of one.

Each says what was expected, what was seen and what to do, and carries its subject as ``.node``
and ``.port`` where it has one.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = [
    "AppFailed",
    "BadAnswer",
    "Busy",
    "CycleError",
    "DaggrError",
    "DamagedError",
    "DigestError",
    "DuplicateNodeError",
    "ExecutorError",
    "FolderLimitError",
    "ForkedProcessError",
    "GraphError",
    "InputError",
    "InputMutated",
    "InvalidInputError",
    "NestedRunError",
    "NodeFailed",
    "NotForVisitorsError",
    "NotRunYet",
    "OutputMismatch",
    "OverQuota",
    "Refused",
    "RemoteError",
    "RenameWarning",
    "RunCancelled",
    "RunError",
    "RunPaused",
    "ScatterError",
    "StoreError",
    "StreamWarning",
    "TypeMismatchWarning",
    "UnknownNodeError",
    "UnknownPortError",
    "UnknownSheetError",
    "Unreachable",
    "UntrustedError",
]


def __dir__() -> list[str]:
    return sorted(__all__)


class DaggrError(Exception):
    """The root of every error that daggr_nb raises on purpose."""

    def __init__(self, message: str, *, node: str | None = None, port: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.port = port


class GraphError(DaggrError, ValueError):
    """The graph cannot be built as written."""


class DuplicateNodeError(GraphError):
    """Two different nodes carry one name."""


class CycleError(GraphError):
    """A node would feed itself."""


class UnknownNodeError(GraphError):
    """No node of that name."""


class UnknownSheetError(GraphError):
    """No sheet of that name."""


class UnknownPortError(GraphError, AttributeError):
    """No port of that name. Also an ``AttributeError``, for ``node.typo``."""


class InvalidInputError(GraphError):
    """An input of a node is missing, unknown, or of a kind that cannot be an input."""


class ScatterError(GraphError):
    """``.each`` or ``.all()`` is missing or misplaced, or scattered lengths differ."""


class InputError(DaggrError, ValueError):
    """A value that the input does not accept; nothing was changed."""


class NotForVisitorsError(DaggrError):
    """A visitor of a page asked for what only its owner may do; nothing was changed."""


class ForkedProcessError(DaggrError):
    """A forked process used a graph of the process it was forked from; nothing was changed."""


class RunError(DaggrError):
    """A run that did not go well."""


class NodeFailed(RunError):
    """A node raised. The original error is ``__cause__``; ``traceback`` is its text."""

    def __init__(self, message: str, *, node: str, traceback: str = "") -> None:
        super().__init__(message, node=node)
        self.traceback = traceback


class OutputMismatch(RunError):
    """A node returned another number of values than it has output ports."""


class ExecutorError(RunError):
    """The executor could not run a node: it is shut down, or lost the work, or cannot be sent it.

    ``lost`` says that the process which ran it came to an end.
    """

    def __init__(
        self, message: str, *, node: str | None = None, port: str | None = None, lost: bool = False
    ) -> None:
        super().__init__(message, node=node, port=port)
        self.lost = lost


class NestedRunError(RunError):
    """A node would run the graph that it is part of, and wait for itself."""


class InputMutated(RunError):
    """A node changed one of its inputs in place."""


class RunCancelled(RunError):
    """The run was cancelled before it ended."""


class RunPaused(RunError):
    """The run waits for a person: ``waiting`` names the nodes that ask."""

    def __init__(
        self,
        message: str,
        *,
        node: str | None = None,
        port: str | None = None,
        waiting: Sequence[str] = (),
    ) -> None:
        super().__init__(message, node=node, port=port)
        self.waiting = list(waiting)


class NotRunYet(RunError):
    """The node has no result to show yet."""


class RemoteError(RunError):
    """A service elsewhere did not give a result. The message says who, what happened, what to do.

    ``service`` is who, as in ``the Space org/name``. ``status`` is the HTTP status of its answer,
    ``retry_after`` the seconds after which it says to try again; ``None`` where there is none.
    ``accepted`` says that the call had been taken: work may have been done, and paid, over there.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        accepted: bool = False,
        node: str | None = None,
        port: str | None = None,
    ) -> None:
        super().__init__(message, node=node, port=port)
        self.service = service
        self.status = status
        self.retry_after = retry_after
        self.accepted = accepted


class Unreachable(RemoteError):
    """Nobody answers at that address, or no longer: the network, the address, a service down."""


class AppFailed(RemoteError):
    """The app took the call and says that it failed. ``title`` is the heading that it gave."""

    def __init__(self, message: str, *, title: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.title = title


class Refused(RemoteError):
    """The service does not let this user in: no token, the wrong one, or no access to a model."""


class OverQuota(RemoteError):
    """The service wants to be paid before it goes on."""


class Busy(RemoteError):
    """The service has no room now: a full queue, a rate limit, a model that is being loaded."""


class BadAnswer(RemoteError):
    """The service answered what cannot be read, or does not take what it was asked."""


class DigestError(DaggrError, TypeError):
    """A value has no canonical content, so that it cannot be compared or stored."""


class FolderLimitError(DigestError):
    """A folder that is to count by content is beyond its budget of files, bytes or time."""


class StoreError(DaggrError):
    """The store cannot be read or written."""


class DamagedError(StoreError):
    """Something recorded cannot be read back; everything else still can."""


class UntrustedError(StoreError):
    """A stored pickle does not carry this machine's signature, so it was not loaded."""


class TypeMismatchWarning(UserWarning):
    """What a node returns is annotated with another type than the input it feeds expects."""


class StreamWarning(UserWarning):
    """A generator yielded texts of which one does not continue the other: pieces, perhaps."""


class RenameWarning(UserWarning):
    """A node is new where another one is gone, and may be what that was: its history waits."""


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is a person's Ctrl-C rather than what foreign code raised.

    Bodies and values may raise whatever there is, also what ends a program; Python tells Ctrl-C to
    the main thread alone.
    """
    on_main_thread = threading.current_thread() is threading.main_thread()
    return issubclass(type(error), KeyboardInterrupt) and on_main_thread


def text_of(error: BaseException) -> str:
    """Return what an error says, or that it cannot be told: its ``__str__`` is foreign code."""
    try:
        return str.__str__(str(error))  # a subclass of str may answer anything
    except BaseException as other:
        if is_interrupt(other):
            raise
        return "<its text cannot be told>"


def unreadable(error: BaseException) -> str:
    """Return why a value on record is not to be had, when reading it back raised."""
    said = text_of(error)
    return said if issubclass(type(error), DaggrError) else f"{type(error).__name__}: {said}"


def log_error(message: str, error: BaseException) -> None:
    """Log an error with its traceback, as ``logger.exception`` does.

    One that cannot be shown, which would raise again within logging, is logged without.
    """
    logger = logging.getLogger("daggr_nb")
    try:
        traceback.format_exception(error)
    except BaseException as other:
        if is_interrupt(other):
            raise
        logger.error("%s: %s: %s", message, type(error).__name__, text_of(error))
    else:
        logger.error(message, exc_info=error)


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known name, else the known names, else "".

    >>> did_you_mean("titel", ["title", "n"])
    " Did you mean 'title'?"
    """
    import difflib  # noqa: PLC0415 - slow to load, rarely needed

    names = sorted(known)
    close = difflib.get_close_matches(seen, names, n=1, cutoff=0.6)
    if close:
        return f" Did you mean {close[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(map(repr, names[:12])) + (", …" if len(names) > 12 else "")
    return f" Known: {shown}."
