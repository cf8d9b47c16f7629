"""After every cell, look whether the code behind a live graph has changed."""

from __future__ import annotations

import logging
import sys
import types
import weakref
from typing import Any

from daggr_nb._engine.session.session import Session
from daggr_nb._nodes.function import FnNode
from daggr_nb._notebook.variables import Variables
from daggr_nb.errors import GraphError

logger = logging.getLogger("daggr_nb")

_sessions: weakref.WeakSet[Session] = weakref.WeakSet()
_siblings: weakref.WeakSet[types.FunctionType] = weakref.WeakSet()
_names: weakref.WeakKeyDictionary[FnNode, str] = weakref.WeakKeyDictionary()
_variables: weakref.WeakKeyDictionary[Session, Variables] = weakref.WeakKeyDictionary()
_shells: weakref.WeakSet[Any] = weakref.WeakSet()


def keep_in_step(session: Session) -> None:
    """Follow edits of cells for ``session``; outside IPython there are none to follow."""
    _sessions.add(session)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and shell not in _shells:
        shell.events.register("post_run_cell", _after_cell)
        _shells.add(shell)


def _after_cell(result: Any = None) -> None:
    namespace = sys.modules["IPython"].get_ipython().user_ns
    for session in list(_sessions):
        if not session.closed:
            try:
                _follow(session, namespace)
            except Exception:
                logger.exception("daggr_nb could not follow a cell")


def _follow(session: Session, namespace: dict[str, Any]) -> None:
    with session.lock:
        _follow_nodes(session, namespace)
        nameless = []
        for node in session.current.structure.nodes.values():
            for worker in node.workers():
                if isinstance(worker, FnNode):
                    _rebind(session, worker, namespace)
                    if namespace.get(_own_name(worker.fn)) is not worker.fn:
                        nameless.append(worker)
        if nameless:
            _note_names(nameless, namespace)
        session.refresh_code(large=False)


def _follow_nodes(session: Session, namespace: dict[str, Any]) -> None:
    """Let nodes take the places of those whose variables they are bound to now."""
    variables = _variables.setdefault(session, Variables())
    nodes = set(session.current.structure.nodes.values())
    successors = variables.successors(namespace, nodes)
    if successors:
        try:
            next(iter(successors)).host().replace_nodes(successors)
        except GraphError as error:
            session.say(f"The graph stays as it was: {error}")
        nodes = set(session.current.structure.nodes.values())
    variables.note(namespace, nodes)


def _own_name(fn: Any) -> str:
    return str(getattr(fn, "__name__", ""))


def _note_names(nodes: list[FnNode], namespace: dict[str, Any]) -> None:
    """Remember what the notebook calls functions that do not know it: closures, lambdas."""
    functions = {id(node.fn) for node in nodes}
    names = {
        id(value): name
        for name, value in namespace.items()
        if id(value) in functions and name[:1] != "_"
    }
    for node in nodes:
        if id(node.fn) in names:
            _names[node] = names[id(node.fn)]


def _rebind(session: Session, node: FnNode, namespace: dict[str, Any]) -> None:
    """Give a node the function that its function's name stands for now."""
    previous = node.fn
    current = namespace.get(_names.get(node) or _own_name(previous))
    if current is previous or not callable(current) or type(current) is not type(previous):
        return
    if isinstance(previous, types.FunctionType) and not _same_origin(previous, current):
        return
    if node not in _names and _several(previous, current):
        return
    if not isinstance(previous, types.FunctionType) and node not in _names:
        return
    try:
        node.rebind(current)
    except GraphError as error:
        session.say(f"{node.name} keeps its former code: {error}")


def _several(previous: Any, current: Any) -> bool:
    """Whether one ``def`` in a loop has made both: the name stands for the last of them only."""
    if getattr(current, "__code__", current) is getattr(previous, "__code__", None):
        _siblings.add(previous)
    return previous in _siblings


def _same_origin(previous: types.FunctionType, current: Any) -> bool:
    """Whether two functions are versions of one, rather than two that had a name in turn."""
    if previous.__module__ != "__main__" or current.__module__ != "__main__":
        return False
    return bool(current.__qualname__ == previous.__qualname__)
