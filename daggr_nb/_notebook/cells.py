"""Keep graphs in step with the cells of their notebook: functions and nodes that are bound anew."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import sys
import types
import warnings
import weakref
from collections.abc import Mapping
from typing import Any, Protocol

from daggr_nb._canvas import let_go
from daggr_nb._engine.session.session import Session
from daggr_nb._model.feed import Drawn, draws
from daggr_nb._model.node import Node
from daggr_nb._model.wiring import Wiring
from daggr_nb._notebook.reach import Address, addresses, same
from daggr_nb._notebook.variables import NodeNames, Variables, names_of_nodes
from daggr_nb.errors import GraphError, is_interrupt, log_error


class Followed(Protocol):
    """A graph as it is kept in step. ``live`` is its session, if it was needed already."""

    name: str
    persist_key: str | None
    wiring: Wiring

    @property
    def live(self) -> Session | None: ...
    def close(self) -> None: ...


_Calls = tuple[Node, str]  # a node, and the role of one of the functions it calls

_graphs: weakref.WeakSet[Any] = weakref.WeakSet()
_variables: weakref.WeakKeyDictionary[Any, Variables] = weakref.WeakKeyDictionary()
_known: weakref.WeakKeyDictionary[Node, dict[str, tuple[Any, list[Address]]]] = (
    weakref.WeakKeyDictionary()
)
_named: weakref.WeakSet[Any] = weakref.WeakSet()
_shells: weakref.WeakSet[Any] = weakref.WeakSet()


def keep_in_step(graph: Followed) -> None:
    """Follow edits of cells for ``graph``; outside IPython there are none to follow."""
    shell = _shell()
    if shell is None:
        return
    _graphs.add(graph)
    if shell not in _shells:
        shell.events.register("post_run_cell", _after_cell)
        _shells.add(shell)
    follow(graph)


def leave_as_it_is(graph: Followed) -> None:
    """Follow edits for ``graph`` no more."""
    _graphs.discard(graph)


def follow(graph: Followed, names: NodeNames | None = None) -> None:
    """Let a graph's nodes call what the notebook's names stand for now.

    So are nodes themselves replaced by those that their variables are bound to. ``names`` are
    those of all nodes; they are looked for where they are not given.
    """
    shell = _shell()
    if shell is None or graph not in _graphs or _taken(graph):
        return
    names = names_of_nodes(shell.user_ns) if names is None else names
    session = graph.live
    with session.lock if session is not None else contextlib.nullcontext():
        _follow(graph, shell.user_ns, names)


def variable_of(graph: Followed | None) -> str:
    """Return a variable of the notebook that holds the graph; ``graph`` where none is known."""
    shell = _shell()
    names = list(shell.user_ns.items()) if shell is not None and graph is not None else []
    held = (name for name, value in names if value is graph and not name.startswith("_"))
    return next(held, "graph")


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _after_cell(result: Any = None) -> None:
    _close_superseded()
    shell = _shell()
    names = names_of_nodes(shell.user_ns) if shell is not None else {}
    for graph in list(_graphs):
        session = graph.live
        try:
            if not _taken(graph):
                follow(graph, names)
                if session is not None:
                    session.read_code(large=False)
        except BaseException as error:
            if is_interrupt(error):
                raise
            log_error("daggr_nb could not follow a cell", error)


def _close_superseded() -> None:
    """Close graphs that keep nothing and that a cell has defined again under their variable.

    Nobody can get at such a one any more but through what IPython keeps of outputs; as it has no
    key, the new one does not take its session over.
    """
    shell = _shell()
    if shell is None:
        return
    graphs = list(_graphs)
    if all(graph.persist_key is not None for graph in graphs):
        return
    names = {id(graph): graph.name for graph in graphs}
    bound = {
        id(value): names[id(value)]
        for name, value in list(shell.user_ns.items())
        if id(value) in names and not name.startswith("_")
    }
    for graph in graphs:
        if graph.persist_key is not None:
            continue
        if id(graph) in bound:
            _named.add(graph)
        elif graph in _named and graph.name in bound.values():
            _named.discard(graph)
            if not _held(graph, shell, graphs):
                if graph.live is not None:
                    let_go(graph.live)
                graph.close()


def _held(graph: Followed, shell: Any, graphs: list[Any]) -> bool:
    """Whether anybody but IPython's history of outputs holds a graph: a list, a function."""
    outputs = (shell.user_ns, shell.user_ns_hidden, shell.user_ns.get("_oh"))
    follow = graph.live.runs.follow if graph.live is not None else None
    arguments = follow.args if isinstance(follow, functools.partial) else None
    own = (vars(shell.displayhook), vars(graph), graphs, arguments)
    known = {id(holder) for holder in (*outputs, *own)}
    for holder in gc.get_referrers(graph):
        ours = type(holder).__module__.startswith("daggr_nb") or isinstance(holder, types.FrameType)
        method = isinstance(holder, types.MethodType) and holder.__name__ == "_follow"
        if not (ours or method or id(holder) in known):
            return True
    return False


def _taken(graph: Followed) -> bool:
    """Whether a graph that was defined later has the session of this one, or nobody has."""
    session = graph.live
    if session is None:
        return False
    return session.closed or session.current.structure is not graph.wiring.structure


def _follow(graph: Followed, namespace: dict[str, Any], names: NodeNames) -> None:
    _follow_nodes(graph, namespace, names)
    calls = {
        (node, role): function
        for outer in graph.wiring.structure.nodes.values()
        for node in dict.fromkeys((outer, *outer.workers()))
        for role, function in {**node.calls(), **draws(node.inputs)}.items()
    }
    for call, function in calls.items():
        current = _current(call, function, namespace)
        if current is not function:
            calls[call] = _rebind(graph, call, function, current)
    _note(calls, namespace)


def _follow_nodes(graph: Followed, namespace: dict[str, Any], names: NodeNames) -> None:
    """Let nodes take the places of those whose variables they are bound to now."""
    variables = _variables.setdefault(graph, Variables())
    nodes = set(graph.wiring.structure.nodes.values())
    successors = variables.successors(namespace, nodes)
    if successors:
        try:
            graph.wiring.replace(successors)
        except GraphError as error:
            _say(graph, f"The graph stays as it was: {error}")
        nodes = set(graph.wiring.structure.nodes.values())
    variables.note(namespace, nodes, names)


def _note(calls: Mapping[_Calls, Any], namespace: Mapping[str, Any]) -> None:
    """Remember how the notebook reaches what nodes call; each is looked for once."""
    unknown = {call: function for call, function in calls.items() if not _is_known(call, function)}
    if not unknown:
        return
    found = addresses(_parts(unknown.values()), namespace)
    for (node, role), function in unknown.items():
        ways = found[id(function)]
        part = function
        while not ways and isinstance(part, functools.partial):
            part = part.func
            ways = found[id(part)]
        known = _known.setdefault(node, {})
        known[role] = (function, ways or _own_name(function, namespace))


def _parts(functions: Any) -> list[Any]:
    parts = []
    for function in functions:
        parts.append(function)
        while isinstance(function, functools.partial):
            function = function.func
            parts.append(function)
    return parts


def _own_name(function: Any, namespace: Mapping[str, Any]) -> list[Address]:
    """Return the name of a function that a cell defined and has bound anew since.

    One ``def`` in a loop makes several; the name stands for the last of them only.
    """
    if not isinstance(function, types.FunctionType) or function.__module__ != "__main__":
        return []
    current = namespace.get(function.__qualname__)
    if getattr(current, "__code__", None) is function.__code__:
        return []
    return [Address(function.__qualname__)]


def _is_known(call: _Calls, function: Any) -> bool:
    node, role = call
    return role in _known.get(node, {}) and same(_known[node][role][0], function)


def _addresses(call: _Calls, function: Any) -> list[Address]:
    node, role = call
    known, ways = _known.get(node, {}).get(role, (None, []))
    return ways if known is not None and same(known, function) else []


def _current(call: _Calls, function: Any, namespace: Mapping[str, Any]) -> Any:
    """Return what stands now where the notebook reached ``function``, else ``function``."""
    ways = _addresses(call, function)
    values = [way.look(namespace) for way in ways]
    part = function
    if isinstance(function, functools.partial) and not any(same(v, function) for v in values):
        part = _innermost(function, values)
    if any(same(value, part) for value in values):
        return function
    for way, value in zip(ways, values, strict=True):
        if callable(value) and _continues(part, value, (way.attributes or (way.name,))[-1]):
            return value if part is function else _partial_of(function, value)
    return function


def _innermost(function: Any, values: list[Any]) -> Any:
    """Return the function within a partial that the notebook reaches, or did."""
    part = function
    while isinstance(part, functools.partial):
        part = part.func
    is_partial = any(isinstance(value, functools.partial) for value in values)
    return function if is_partial else part


def _partial_of(partial: Any, function: Any) -> Any:
    inner = partial.func
    if isinstance(inner, functools.partial):
        function = _partial_of(inner, function)
    return functools.partial(function, *partial.args, **partial.keywords)


def _continues(previous: Any, current: Any, name: str) -> bool:
    """Whether ``current`` is another version of ``previous``, rather than something else."""
    origin = _origin(current)
    return origin == _origin(previous) or origin[1].rpartition(".")[2] == name


def _origin(thing: Any) -> tuple[str, str]:
    thing = inspect.unwrap(thing)
    if isinstance(thing, types.MethodType):
        thing = thing.__func__
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return str(named.__module__), str(named.__qualname__)


def _rebind(graph: Followed, call: _Calls, previous: Any, current: Any) -> Any:
    node, role = call
    try:
        if role.endswith("()"):
            node.inputs[role[:-2]] = Drawn(current)
        else:
            node.rebind(current, role)
    except GraphError as error:
        _say(graph, f"{node.name} keeps its former code: {error}")
        return previous
    ways = _known[node][role][1]
    _known[node][role] = (current, ways)
    return current


def _say(graph: Followed, text: str) -> None:
    if graph.live is not None:
        graph.live.say(text)
    else:
        warnings.warn(text, stacklevel=2)
