"""What changed since the views were told the last time: changes of a window are one batch."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

from daggr_nb._engine.state.changes import (
    Change,
    EdgesChanged,
    InputChanged,
    NodeChanged,
    Notice,
    RunChanged,
    SheetChanged,
)
from daggr_nb._ids import NodeId, PortRef


@dataclass
class Window:
    """What is to be told with the next batch. The last four are of the drawing itself."""

    nodes: dict[NodeId, None] = field(default_factory=dict)
    values: dict[NodeId, None] = field(default_factory=dict)
    inputs: dict[PortRef, None] = field(default_factory=dict)
    edges: dict[str, bool] = field(default_factory=dict)
    sheet: bool = False
    run: bool = False
    notice: bool = False
    layout: bool = False
    fit: bool = False
    tidy: bool = False
    collapsed: bool = False

    @singledispatchmethod
    def take(self, change: Any) -> None:
        """Note a change of the session, if a view shows it."""

    @take.register
    def _(self, change: NodeChanged) -> None:
        if change.state:
            self.nodes[change.node] = None
        if change.values:
            self.values[change.node] = None

    @take.register
    def _(self, change: InputChanged) -> None:
        self.inputs[change.input] = None

    @take.register
    def _(self, change: EdgesChanged) -> None:
        self.edges.update(change.fresh)

    @take.register
    def _(self, change: RunChanged) -> None:
        self.run = True

    @take.register
    def _(self, change: SheetChanged) -> None:
        self.sheet = True

    @take.register
    def _(self, change: Notice) -> None:
        self.notice = True


class Pending:
    """The window that is open. Changes come from the session's threads, one thread closes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window: Window | None = None

    def __bool__(self) -> bool:
        return self._window is not None

    def add(self, changes: Iterable[Change] = (), *drawing: str) -> bool:
        """Note changes, and fields of ``drawing``; says whether this opens the window."""
        with self._lock:
            opened = self._window is None
            window = self._window = self._window or Window()
            for change in changes:
                window.take(change)
            for name in drawing:
                setattr(window, name, True)
            return opened

    def close(self) -> Window:
        """Return what was noted, and wait for the next change."""
        with self._lock:
            window, self._window = self._window or Window(), None
            return window
