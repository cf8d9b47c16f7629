"""Calls functions when the value that a port shows is another one."""

from __future__ import annotations

import logging
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._ids import Digest, NodeId
from daggr_nb._model.feed import Control
from daggr_nb.errors import DaggrError

logger = logging.getLogger("daggr_nb")

Place = tuple[NodeId, str]
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
        self._handlers: dict[Place, list[Handler]] = {}
        self._last: dict[Place, tuple[Digest | None, Any]] = {}
        self._lock = threading.Lock()
        self._news: queue.SimpleQueue[Place | None] = queue.SimpleQueue()
        session.watch(self._on_change)
        weakref.finalize(session, self._news.put, None)
        threading.Thread(target=self._serve, name="daggr-nb-observers", daemon=True).start()

    def add(self, place: Place, handler: Handler) -> None:
        """Call ``handler`` from now on; it takes the place of its former version in a notebook."""
        with self._lock:
            known = [h for h in self._handlers.get(place, []) if not _versions(h, handler)]
            self._handlers[place] = [*known, handler]
            if place not in self._last:
                self._last[place] = self._look(place)

    def remove(self, place: Place, handler: Handler) -> None:
        """Call ``handler`` no more."""
        with self._lock:
            self._handlers[place] = [h for h in self._handlers.get(place, []) if h != handler]

    def _on_change(self, what: str, node: NodeId | None) -> None:
        if what == "closed":
            self._news.put(None)
        elif what in ("values", "input", "graph"):
            name = None if node is None else str(node).partition("\x00")[0]
            for place in list(self._handlers):
                if name is None or place[0] == name:
                    self._news.put(place)

    def _serve(self) -> None:
        while (place := self._news.get()) is not None:
            try:
                self._tell(place)
            except Exception:
                logger.exception("An observer of %s.%s raised", *place)

    def _tell(self, place: Place) -> None:
        with self._lock:
            handlers = list(self._handlers.get(place, ()))
            former, now = self._last.get(place, (None, None)), self._look(place)
            self._last[place] = now
        if former[0] == now[0]:
            return
        change = PortChange(node=str(place[0]), port=place[1], old=former[1], new=now[1])
        for handler in handlers:
            handler(change)

    def _look(self, place: Place) -> tuple[Digest | None, Any]:
        """Return what a port shows, with its digest."""
        session = self._session()
        if session is None or place[0] not in session.structure.nodes:
            return None, None
        node, port = place
        with session.reading() as state:
            fed = state.structure.nodes[node].inputs.get(port)
            if isinstance(fed, Control):
                held = state.inputs.control(node, port)
                return held.ref.digest, held.value
            shown = state.inputs.shown(node, port)
            if shown is None:
                return None, None
            try:
                return shown.digest, state.inputs.value(node, port)
            except DaggrError:
                return shown.digest, None


_observing: weakref.WeakKeyDictionary[Session, Observing] = weakref.WeakKeyDictionary()


def observing(session: Session) -> Observing:
    """Return what watches the ports of ``session``."""
    found = _observing.get(session)
    if found is None:
        found = _observing[session] = Observing(session)
    return found


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
