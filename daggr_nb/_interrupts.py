"""Ctrl-C held back: it comes before or after what must not be left half done, never within.

Python raises KeyboardInterrupt on the main thread, between any two instructions. Whoever changes
what is in memory and what is on disk holds it back until both agree, and lets it through where
nothing can be left half done: while a value is digested, or a file is written beside.
"""

from __future__ import annotations

import inspect
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from daggr_nb.errors import ForkedProcessError

_POLL = 0.05  # seconds between two looks whether somebody has pressed Ctrl-C


class _Deferral:
    """What is known of Ctrl-C; only the main thread touches it."""

    def __init__(self) -> None:
        self.depth = 0
        self.is_open = False
        self.permits = False
        self.is_pending = False
        self.handler: Any = signal.default_int_handler

    def take(self, number: int, frame: Any) -> None:
        """Handle the signal in the place of whoever does otherwise."""
        if self.depth and not self.is_open:
            self.is_pending = True
            return
        self.is_open = False  # whoever cleans up now is not interrupted again
        self.handler(number, frame)

    def deliver(self) -> None:
        """Let through what was held back."""
        if self.is_pending and not (self.depth and not self.is_open):
            self.is_pending = self.is_open = False
            self.handler(signal.SIGINT, inspect.currentframe())


_deferral = _Deferral()
_take = _deferral.take  # one object, so that it can be recognised


def _on_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def interrupt_pending() -> bool:
    """Whether Ctrl-C is held back now; may be asked on any thread."""
    return _deferral.is_pending


def interrupt_check() -> Callable[[], None]:
    """Return a function that raises ``KeyboardInterrupt`` where one is held back from the caller.

    For long work that another thread does for it, at points where it can be given up as a whole.
    """
    is_main = _on_main_thread()

    def check() -> None:
        if is_main and _deferral.is_pending:
            raise KeyboardInterrupt

    return check


class held_back:  # noqa: N801 - reads as a statement, like contextlib's
    """Hold Ctrl-C back within the block; it comes at its end. Blocks may be nested."""

    _outermost = False
    _inert = False

    def __enter__(self) -> held_back:
        if not _on_main_thread():
            self._inert = True
            return self
        self._depth = _deferral.depth
        self._was_open, self._permitted = _deferral.is_open, _deferral.permits
        handler = signal.getsignal(signal.SIGINT)
        if handler is not _take:
            if not callable(handler):  # the process ends at once, or nobody cares
                self._inert = True
                return self
            self._outermost = True
            self._depth, self._was_open, self._permitted = 0, False, False
            _deferral.depth, _deferral.is_pending = 1, False
            _deferral.is_open = _deferral.permits = False
            _deferral.handler = handler
            signal.signal(signal.SIGINT, _take)
            return self
        _deferral.is_open = _deferral.permits = False
        _deferral.depth += 1
        return self

    def let_through(self) -> None:
        """Let Ctrl-C through if it came within the block, unless that is within another one."""
        if self._outermost and _deferral.is_pending:
            with let_through():
                pass

    def __exit__(self, *_: object) -> None:
        if self._inert:
            return
        if self._outermost and signal.getsignal(signal.SIGINT) is _take:
            signal.signal(signal.SIGINT, _deferral.handler)
        _deferral.depth, _deferral.is_open = self._depth, self._was_open
        _deferral.permits = self._permitted
        _deferral.deliver()


class let_through:  # noqa: N801
    """Let Ctrl-C through within the block, where nothing can be left half done."""

    def __enter__(self) -> None:
        self._is_main = _on_main_thread()
        if self._is_main:
            self._was_open, _deferral.is_open = _deferral.is_open, True
            _deferral.deliver()

    def __exit__(self, *_: object) -> None:
        if self._is_main:
            _deferral.is_open = self._was_open


class permitting:  # noqa: N801
    """Let Ctrl-C through in foreign code within the block: nothing has been changed yet."""

    def __enter__(self) -> None:
        self._is_main = _on_main_thread()
        if self._is_main:
            self._permitted, _deferral.permits = _deferral.permits, True

    def __exit__(self, *_: object) -> None:
        if self._is_main:
            _deferral.permits = self._permitted


class foreign_code:  # noqa: N801
    """Call code of others within the block, which may never come back: Ctrl-C ends it.

    Only where whoever calls it is :class:`permitting` that.
    """

    _window: let_through | None = None

    def __enter__(self) -> None:
        if _deferral.permits and _on_main_thread():
            self._window = let_through()
            self._window.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._window is not None:
            self._window.__exit__()


class StateLock:
    """A reentrant lock over a state that is to be whole: its holder gets no Ctrl-C.

    Whoever waits for it does. It is of one process: in one that was forked from it, the state may
    be half changed, and the threads that were at work on it are gone.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._blocks: list[held_back] = []
        self._process = os.getpid()

    @property
    def inherited(self) -> bool:
        """Whether this process was forked from the one that it is of."""
        return self._process != os.getpid()

    def __enter__(self) -> None:
        if self.inherited:
            raise ForkedProcessError(
                f"This graph is of process {self._process}, and was used in {os.getpid()}, which "
                "was forked from it. Make the graph anew there, or hand over values."
            )
        if not _on_main_thread():
            self._lock.acquire()
            return
        block = held_back()
        block.__enter__()
        try:
            while not self._lock.acquire(timeout=_POLL):
                block.let_through()
        except BaseException:
            block.__exit__()
            raise
        self._blocks.append(block)

    def __exit__(self, *_: object) -> None:
        if not _on_main_thread():
            self._lock.release()
            return
        block = self._blocks.pop()
        self._lock.release()
        block.__exit__()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_deferral.__init__)  # type: ignore[misc]
