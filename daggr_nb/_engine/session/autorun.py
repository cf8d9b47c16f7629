"""Brings nodes up to date by itself after an edit, for graphs that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daggr_nb._engine.session.run import Run
from daggr_nb._engine.state.changes import Change, Edited, Watcher
from daggr_nb._ids import NodeId

PAUSE = 0.3
"""Seconds without a further edit before a run starts: a slider that is drawn is one edit."""


class Autorun:
    """Runs what is stale after an edit of an input, a result, the code or the graph, or its undo.

    Several edits within a moment are one. A run that an edit has overtaken is cancelled: its
    results would be stale. Runs that people started, failures and restores start nothing. ``nodes``
    bounds it to these and what they need; none means all. ``run`` starts a run of these.
    """

    def __init__(
        self,
        nodes: Sequence[NodeId],
        watch: Callable[[Watcher], Callable[[], None]],
        later: Callable[[float, Callable[[], None]], None],
        run: Callable[[Sequence[NodeId]], Run | None],
    ) -> None:
        self.nodes = tuple(nodes)
        self._edits = 0
        self._later = later
        self._start = run
        self._run: Run | None = None
        self._stop = watch(self._on_changes)

    def rename(self, former: NodeId, latter: NodeId) -> None:
        """Note that a node is called otherwise."""
        self.nodes = tuple(latter if name == former else name for name in self.nodes)

    def close(self) -> None:
        """Start nothing any more; what runs goes on."""
        self._edits += 1
        self._stop()

    def _on_changes(self, changes: Sequence[Change]) -> None:
        if Edited() not in changes:
            return
        self._edits += 1
        at = self._edits
        self._later(PAUSE, lambda: self._due(at))

    def _due(self, at: int) -> None:
        if at != self._edits:
            return
        if self._run is not None and self._run.status == "running":
            self._run.cancel()
        self._run = self._start(self.nodes)
