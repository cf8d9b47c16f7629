"""One session per persist key and store in a kernel, so that a graph can be defined again."""

from __future__ import annotations

import os
import pathlib
import threading
import weakref
from collections.abc import Iterable

from daggr_nb._engine.session.session import Session
from daggr_nb._engine.task.executors import Backend
from daggr_nb._provenance.log.store import home_folder, open_store
from daggr_nb._provenance.log.users import Users
from daggr_nb.errors import GraphError, is_interrupt, log_error

Place = tuple[str, str, str]

_sessions: weakref.WeakValueDictionary[Place, Session] = weakref.WeakValueDictionary()
_opening: weakref.WeakValueDictionary[Place, threading.Lock] = weakref.WeakValueDictionary()
_visited: weakref.WeakKeyDictionary[Session, str] = weakref.WeakKeyDictionary()
_names: weakref.WeakKeyDictionary[Session, str] = weakref.WeakKeyDictionary()
_lock = threading.Lock()
"""Over what is known of sessions; nobody holds it while a disk is slow."""


def live_session(
    key: str | None, home: str | os.PathLike[str] | None, visitor: str = ""
) -> Session | None:
    """Return the session of ``key`` below ``home`` if there is one in this kernel."""
    return _live_at(_place(key, home, visitor)) if key is not None else None


def session_for(
    key: str | None,
    home: str | os.PathLike[str] | None,
    backend: Backend | None = None,
    visitor: str = "",
    file: pathlib.Path | None = None,
    beside: Session | None = None,
) -> Session:
    """Return the session of ``key`` below ``home``, a new one if none is live.

    Each ``visitor`` of a page that several people look at has one of their own. Without a key
    (nothing persists) every call makes a session of its own. ``file`` is the notebook or script
    that asks: others who use the store are told of it. One ``beside`` another runs nodes on its
    threads and within its bounds.
    """
    if key is None:
        return _open(key, home, backend, visitor, beside)
    place = _place(key, home, visitor)
    with _lock:
        opening = _opening.setdefault(place, threading.Lock())
    with opening:
        session = _live_at(place)
        if session is None:
            session = _open(key, home, backend, visitor, beside)
            if session.log.store.folder is not None:
                users = Users(session.log.store.folder, key.partition("-")[0], file)
                if visitor:
                    users.note_file()
                else:
                    session.join(users)
            with _lock:
                _sessions[place] = session
        return session


def _open(
    key: str | None,
    home: str | os.PathLike[str] | None,
    backend: Backend | None,
    visitor: str,
    beside: Session | None = None,
) -> Session:
    store = open_store(key, home)
    session = Session(store, backend=backend, visited=bool(visitor), beside=beside)
    if visitor:
        with _lock:
            _visited[session] = visitor
    return session


def _live_at(place: Place) -> Session | None:
    session = _sessions.get(place)
    return None if session is None or session.closed else session


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
    """Close the sessions of a visitor who has left, whatever one of them meets."""
    with _lock:
        sessions = [session for session, who in _visited.items() if who == visitor]
    for session in sessions:
        try:
            session.close()
        except BaseException as error:
            if is_interrupt(error):
                raise
            log_error("daggr_nb could not close a session of a visitor", error)


def _begin_anew() -> None:
    """Know of nothing in a forked process: sessions are of the one that opened them."""
    global _lock
    _lock = threading.Lock()
    for known in (_sessions, _opening, _visited, _names):
        known.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_begin_anew)


def _place(key: str, home: str | os.PathLike[str] | None, visitor: str) -> Place:
    return str(home_folder(home).resolve()), key, visitor
