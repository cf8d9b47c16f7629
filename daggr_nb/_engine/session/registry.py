"""One session per persist key and store in a kernel, so that a graph can be defined again."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable

from daggr_nb._engine.session.session import Session
from daggr_nb._engine.task.executors import Backend
from daggr_nb._provenance.log.store import home_folder, open_store
from daggr_nb.errors import GraphError

_sessions: weakref.WeakValueDictionary[tuple[str, str, str], Session] = (
    weakref.WeakValueDictionary()
)
_visited: weakref.WeakKeyDictionary[Session, str] = weakref.WeakKeyDictionary()
_names: weakref.WeakKeyDictionary[Session, str] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def live_session(
    key: str | None, home: str | os.PathLike[str] | None, visitor: str = ""
) -> Session | None:
    """Return the session of ``key`` below ``home`` if there is one in this kernel."""
    session = _sessions.get(_place(key, home, visitor)) if key is not None else None
    return None if session is None or session.closed else session


def session_for(
    key: str | None,
    home: str | os.PathLike[str] | None,
    backend: Backend | None = None,
    visitor: str = "",
) -> Session:
    """Return the session of ``key`` below ``home``, a new one if none is live.

    Each ``visitor`` of a page that several people look at has one of their own. Without a key
    (nothing persists) every call makes a session of its own.
    """
    with _lock:
        session = live_session(key, home, visitor)
        if session is not None:
            return session
        session = Session(open_store(key, home), backend=backend, visited=bool(visitor))
        if key is not None:
            _sessions[_place(key, home, visitor)] = session
        if visitor:
            _visited[session] = visitor
        return session


def check_name(session: Session, name: str, nodes: Iterable[str], key: str | None) -> None:
    """Note what the graph of a session is called; raise when it is another one altogether.

    A graph may be renamed, and its nodes may. One of another name that shares no node is another
    graph, and would take over results that are not its own.
    """
    former = _names.get(session)
    known = session.current.structure.nodes
    if former not in (None, name) and known and known.keys().isdisjoint(nodes):
        raise GraphError(
            f"{former!r} is kept under the key {key!r} and has other nodes than {name!r}. Give "
            f"one of the two another persist_key=."
        )
    _names[session] = name


def close_sessions_of(visitor: str) -> None:
    """Close the sessions of a visitor who has left."""
    with _lock:
        sessions = [session for session, who in _visited.items() if who == visitor]
    for session in sessions:
        session.close()


def _place(key: str, home: str | os.PathLike[str] | None, visitor: str) -> tuple[str, str, str]:
    return str(home_folder(home).resolve()), key, visitor
