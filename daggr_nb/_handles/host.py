"""The graph as its nodes and ports see it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from daggr_nb._engine.freshness.reasons import brief
from daggr_nb._engine.session.session import Session
from daggr_nb._handles.history import NodeRun
from daggr_nb._handles.inputs import control_of
from daggr_nb._handles.observing import PortChange, observing
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.node import Host, Node, Port
from daggr_nb._model.wiring import Wiring
from daggr_nb.errors import DaggrError, NotRunYet


class Hosted(Protocol):
    """What the host asks of its graph. ``live`` is the session, if it was needed already."""

    wiring: Wiring

    @property
    def session(self) -> Session: ...
    @property
    def live(self) -> Session | None: ...


class GraphHost:
    """Answers the nodes of a graph and their ports."""

    def __init__(self, graph: Hosted) -> None:
        self.graph = graph

    def port_value(self, port: Port) -> Any:
        """Return what a port shows now (see :attr:`Port.value`)."""
        ref = self._ref(port)
        with self.graph.session.reading() as current:
            if port.name in port.node.outputs:
                return current.inputs.value(*ref)
            resolved = current.inputs.resolve(*ref, current.sheet.shown.get(ref.node))
            if resolved.ref is None:
                raise NotRunYet(f"{port!r} has no value yet.", node=ref.node, port=ref.port)
            return current.inputs.take(*ref, resolved.ref).value

    def port_content(self, port: Port) -> tuple[str, str] | None:
        """Return digest and text of what a port shows (see :attr:`Port.content`).

        Takes no lock: whoever asks may hold that of another graph, which may be asking this one.
        """
        if self.graph.live is None:
            return None
        current, name = self.graph.live.current, NodeId(port.node.name)
        if current.structure.nodes.get(name) is not port.node:
            return None
        if port.name in port.node.outputs:
            ref = current.inputs.shown(name, port.name)
            return None if ref is None else (ref.digest, brief(ref))
        with contextlib.suppress(DaggrError):
            fed = current.inputs.resolve(name, port.name, current.sheet.shown.get(name)).ref
            return None if fed is None else (fed.value.digest, brief(fed.value))
        return None

    def observe(self, port: Port, handler: Callable[[PortChange], object]) -> None:
        """Call ``handler`` when a port shows another value (see :meth:`Port.observe`)."""
        observing(self.graph.session).add(self._ref(port), handler)

    def unobserve(self, port: Port, handler: Callable[[PortChange], object]) -> None:
        """Call ``handler`` no more."""
        observing(self.graph.session).remove(self._ref(port), handler)

    def set_input(self, port: Port, value: Any) -> None:
        """Set the control that a port is (see ``Graph.inputs``)."""
        session = self.graph.session
        ref = control_of(self.graph.wiring.structure, port)
        session.current.set_inputs({ref: value})

    def last_run(self, node: Node) -> NodeRun:
        """Return the newest recorded run of a node (see :attr:`Node.last`)."""
        name, log = self.graph.wiring.structure.name_of(node), self.graph.session.log
        with self.graph.session.reading():
            newest = next(iter(log.history(name, 1)), None)
        if newest is None:
            raise NotRunYet(f"{name!r} has not been run. Try graph.run({name!r}).", node=name)
        return NodeRun(newest, log)

    def replace_nodes(self, successors: Mapping[Node, Node]) -> None:
        """Put nodes in the places of others (see :meth:`Wiring.replace`)."""
        self.graph.wiring.replace(successors)

    def release(self, node: Node, host: Host) -> None:
        """Hear that another graph has taken a node."""
        same = isinstance(host, GraphHost) and host.graph.live is self.graph.live
        self.graph.wiring.give_up(node, defined_again=same)

    def _ref(self, port: Port) -> PortRef:
        return PortRef(self.graph.wiring.structure.name_of(port.node), port.name)
