"""Processes that are forked: threads are gone there, and what they held is held for ever.

So nothing is under way at the moment of a fork, or else for a second at most, and whoever uses
the store in the new process begins anew there.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol

PATIENCE = 1.0
"""Seconds that a fork waits for what is under way."""


class ForkAware(Protocol):
    """What threads may be using when a process is forked.

    ``pause`` lets nobody begin to, ``resume`` does again, in the process that was forked from;
    ``renew`` begins without what is open or held, in the new one.
    """

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def renew(self) -> None: ...


class _Forks:
    """Who knows of forks, and the one that is under way."""

    def __init__(self) -> None:
        self._users: weakref.WeakSet[ForkAware] = weakref.WeakSet()
        self._begin()

    def _begin(self) -> None:
        self._turn = threading.Lock()
        self._thread: int | None = None
        self._paused: list[ForkAware] = []

    def add(self, user: ForkAware) -> None:
        self._users.add(user)

    def before(self) -> None:
        if self._turn.acquire(timeout=PATIENCE):
            self._thread = threading.get_ident()
            for user in list(self._users):
                user.pause()
                self._paused.append(user)

    def after_in_parent(self) -> None:
        if self._thread == threading.get_ident():  # not another thread's, which takes that long
            while self._paused:
                self._paused.pop().resume()
            self._thread = None
            self._turn.release()

    def after_in_child(self) -> None:
        self._begin()
        for user in list(self._users):
            user.renew()


_forks = _Forks()

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_forks.before,
        after_in_parent=_forks.after_in_parent,
        after_in_child=_forks.after_in_child,
    )


def watch_forks(user: ForkAware) -> None:
    """Let it know of every fork from now on, as long as it lives."""
    _forks.add(user)
