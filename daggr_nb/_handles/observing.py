"""Calls functions when the value that a port shows is another one."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._engine.state.changes import (
    Change,
    Closed,
    InputChanged,
    NodeChanged,
    NodeRenamed,
    SheetChanged,
)
from daggr_nb._ids import Digest, NodeId, PortRef
from daggr_nb._model.feed import Control
from daggr_nb.errors import DaggrError, is_interrupt, log_error

Handler = Callable[["PortChange"], object]


class PortChange(dict[str, Any]):
    """What a handler of :meth:`Port.observe` gets; keys are attributes too, as in traitlets.

    ``node`` and ``port`` are names, ``new`` is the value shown now, ``None`` where nothing is
    shown any more, and ``old`` the one before.
    """

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"A change has no {name!r}; it has {', '.join(self)}.")


class Observing:
    """Watches the ports of one session that somebody observes, on a thread of its own.

    A port is looked at when its session says that it may have changed; several changes within a
    moment are one.
    """

    def __init__(self, session: Session) -> None:
        self._session = weakref.ref(session)
        self._handlers: dict[PortRef, list[Handler]] = {}
        self._last: dict[PortRef, tuple[Digest | None, Any]] = {}
        self._lock = threading.Lock()  # below the session's: nobody takes that one with it
        self._news: queue.SimpleQueue[PortRef | None] = queue.SimpleQueue()
        session.watch(self._on_changes)
        weakref.finalize(session, self._news.put, None)
        threading.Thread(target=self._serve, name="daggr-nb-observers", daemon=True).start()

    def add(self, ref: PortRef, handler: Handler) -> None:
        """Call ``handler`` from now on; it takes the ref of its former version in a notebook."""
        now = self._look(ref)
        with self._lock:
            others = [h for h in self._handlers.get(ref, []) if not _versions(h, handler)]
            self._handlers[ref] = [*others, handler]
            self._last.setdefault(ref, now)

    def remove(self, ref: PortRef, handler: Handler) -> None:
        """Call ``handler`` no more."""
        with self._lock:
            self._handlers[ref] = [h for h in self._handlers.get(ref, []) if h != handler]

    def _rename(self, former: NodeId, latter: NodeId) -> None:
        """Go on with the ports of a node that is called otherwise."""
        with self._lock:
            for ref in [ref for ref in self._handlers if ref.node == former]:
                new_ref = PortRef(latter, ref.port)
                handlers = self._handlers.pop(ref)
                self._handlers[new_ref] = [*self._handlers.get(new_ref, []), *handlers]
                self._last.setdefault(new_ref, self._last.pop(ref, (None, None)))

    def _on_changes(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, NodeRenamed):
                self._rename(change.former, change.latter)
        if Closed() in changes:
            self._news.put(None)
            return
        touched = {name for change in changes for name in _touched(change)}
        for ref in list(self._handlers):
            if None in touched or ref.node in touched:
                self._news.put(ref)

    def _serve(self) -> None:
        while (ref := self._news.get()) is not None:
            try:
                self._tell(ref)
            except BaseException as error:
                if is_interrupt(error):
                    raise
                log_error(f"An observer of {ref.node}.{ref.port} raised", error)

    def _tell(self, ref: PortRef) -> None:
        now = self._look(ref)
        with self._lock:
            handlers = list(self._handlers.get(ref, ()))
            former = self._last.get(ref, (None, None))
            self._last[ref] = now
        if former[0] == now[0]:
            return
        change = PortChange(node=str(ref.node), port=ref.port, old=former[1], new=now[1])
        for handler in handlers:
            handler(change)

    def _look(self, ref: PortRef) -> tuple[Digest | None, Any]:
        """Return what a port shows, with its digest."""
        session = self._session()
        if session is None or ref.node not in session.current.structure.nodes:
            return None, None
        node, port = ref
        with session.reading() as state:
            fed = state.structure.nodes[node].inputs.get(port)
            if isinstance(fed, Control):
                tracked = state.inputs.control(node, port)
                return tracked.ref.digest, tracked.value
            value_ref = state.inputs.shown(node, port)
            if value_ref is None:
                return None, None
            try:
                return value_ref.digest, state.inputs.value(node, port)
            except DaggrError:
                return value_ref.digest, None


_observing: weakref.WeakKeyDictionary[Session, Observing] = weakref.WeakKeyDictionary()


def observing(session: Session) -> Observing:
    """Return what watches the ports of ``session``."""
    observer = _observing.get(session)
    if observer is None:
        observer = _observing[session] = Observing(session)
    return observer


def _touched(change: Change) -> tuple[NodeId | None, ...]:
    """Return the nodes of which a change may show other values; ``None`` for all of them."""
    if isinstance(change, NodeChanged):
        return (change.node,) if change.values else ()
    if isinstance(change, InputChanged):
        return (change.input.node,)
    return (None,) if isinstance(change, SheetChanged) else ()


def _versions(one: Handler, other: Handler) -> bool:
    """Whether two handlers are one, or versions of one function that a cell has defined again."""
    if one == other:
        return True
    name = _name_in_notebook(one)
    return name is not None and name == _name_in_notebook(other)


def _name_in_notebook(handler: Handler) -> str | None:
    name = str(getattr(handler, "__qualname__", "<"))
    ours = getattr(handler, "__module__", "") == "__main__" and "<" not in name
    return name if ours else None
