"""Brings nodes up to date by itself after an edit, for graphs that ask for it."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from daggr_nb._engine.session.run import Run
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.state.changes import Change, Edited
from daggr_nb._ids import NodeId

PAUSE = 0.3
"""Seconds without a further edit before a run starts: a slider that is drawn is one edit."""


class Autorun:
    """Runs what is stale after an edit of an input, a result, the code or the graph, or its undo.

    Several edits within a moment are one. A run that an edit has overtaken is cancelled: its
    results would be stale. Runs that people started, failures and restores start nothing. ``nodes``
    bounds it to these and what they need; none means all.
    """

    def __init__(self, session: Session, nodes: Sequence[NodeId] = ()) -> None:
        self.nodes = tuple(nodes)
        self._session = session
        self._edits = 0
        self._run: Run | None = None
        self._stop = session.watch(self._on_changes)

    def close(self) -> None:
        """Start nothing any more; what runs goes on."""
        self._edits += 1
        self._stop()

    def _on_changes(self, changes: Sequence[Change]) -> None:
        if Edited() not in changes:
            return
        self._edits += 1
        at = self._edits
        self._session.later(PAUSE, lambda: self._due(at))

    def _due(self, at: int) -> None:
        if at != self._edits:
            return
        if self._run is not None and self._run.status == "running":
            self._run.cancel()
        nodes = self._session.current.structure.nodes
        targets = [name for name in self.nodes if name in nodes]
        if targets or not self.nodes:
            self._run = self._session.submit(targets, "stale", reason="autorun")


_autoruns: weakref.WeakKeyDictionary[Session, Autorun] = weakref.WeakKeyDictionary()


def autorun_of(session: Session) -> Autorun | None:
    """Return what runs by itself after an edit of a session's graph, if anything does."""
    return _autoruns.get(session)


def run_after_edits(session: Session, nodes: Sequence[NodeId] | None) -> None:
    """Bring ``nodes`` (all, if there are none) up to date after edits; ``None`` ends that."""
    with session.lock:
        former = _autoruns.pop(session, None)
        if former is not None:
            former.close()
        if nodes is not None:
            _autoruns[session] = Autorun(session, nodes)
