"""The nodes of a graph as people wire them: added, connected, put in each other's places."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from daggr_nb._ids import NodeId
from daggr_nb._model.feed import Wire, feed
from daggr_nb._model.node import GatheredPort, Host, Node, Port, ScatteredPort, port_of
from daggr_nb._model.structure import Structure, build, with_ancestors
from daggr_nb.errors import (
    CycleError,
    DuplicateNodeError,
    GraphError,
    UnknownPortError,
    did_you_mean,
)

Nodes = Node | Port | Iterable[Node | Port]
"""What people write for the nodes of a graph: the last one is enough."""


class Wired:
    """A graph, as code elsewhere may capture it."""

    name: str
    wiring: Wiring


class Wiring:
    """The nodes of one graph. Each way to change it checks first, and changes all or nothing.

    The nodes join ``host``; ``changed`` is called with every structure that takes the place of
    another. Raises a :class:`~daggr_nb.errors.GraphError` for nodes that make no graph.
    """

    def __init__(self, nodes: Nodes, host: Host) -> None:
        self.host = host
        self.changed: Callable[[Structure], object] = lambda structure: None
        self._nodes: list[Node] = list(dict.fromkeys(nodes_of(nodes)))
        self._replaced: weakref.WeakKeyDictionary[Node, Node] = weakref.WeakKeyDictionary()
        self._warned: set[str] = set()
        self._structure: Structure | None = build(self._nodes)

    @property
    def structure(self) -> Structure:
        """The graph that the nodes make, with their ancestors."""
        if self._structure is None:
            self._structure = build(self._nodes)
            self.join()
        return self._structure

    def join(self) -> None:
        """Let the nodes take their names in this graph; the latest graph of a node wins."""
        for name, node in self.structure.nodes.items():
            node.join(self.host, name)

    def new_mismatches(self) -> list[str]:
        """Return, once each, what edges have ends whose annotations do not fit."""
        return self._new(map(str, self.structure.mismatches))

    def new_discontinuities(self) -> list[str]:
        """Return, once each, what generators yielded that may not be meant (see ``FnNode``)."""
        return self._new(
            f"{node.name!r}: {worker.discontinuity}."
            for node in self.structure.nodes.values()
            for worker in node.workers()
            if worker.discontinuity
        )

    def _new(self, texts: Iterable[str]) -> list[str]:
        texts = dict.fromkeys(texts)
        unseen = [text for text in texts if text not in self._warned]
        self._warned.update(unseen)
        return unseen

    # -- changing it

    def add(self, nodes: Nodes) -> None:
        """Add nodes with their ancestors."""
        added = list(nodes_of(nodes))
        names = {n.given_name: n for n in self.structure.nodes.values() if n.given_name}
        for node in with_ancestors(added):
            if node.given_name is not None and names.setdefault(node.given_name, node) is not node:
                raise DuplicateNodeError(
                    f"The graph already has another node called {node.given_name!r}. "
                    "Give one of them another name=.",
                    node=node.given_name,
                )
        self._nodes.extend(added)
        self._rebuild()

    def connect(self, source: Node | Port | ScatteredPort | GatheredPort, target: Port) -> None:
        """Feed ``target``, an input port, from ``source``."""
        origin = port_of(source) if isinstance(source, (Node, Port)) else source.port
        node = target.node
        if target.name not in node.inputs:
            raise UnknownPortError(
                f"{node.name!r} has no input {target.name!r}."
                f"{did_you_mean(target.name, node.inputs)}",
                node=node.name,
                port=target.name,
            )
        if node in with_ancestors([origin.node]):
            raise CycleError(
                f"A graph must not feed itself, but {node.name!r} already feeds "
                f"{origin.node.name!r}.",
                node=node.name,
            )
        former = node.inputs[target.name]
        node.inputs[target.name] = feed(source)
        self._nodes.extend(n for n in (origin.node, node) if n not in self._nodes)
        try:
            self._rebuild()
        except GraphError:
            node.inputs[target.name] = former
            raise

    def replace(self, replacements: Mapping[Node, Node]) -> None:
        """Put nodes in the places of others: what consumed the former consumes the latter.

        So do new ancestors of theirs, in the places of nodes of the same name. Raises a
        :class:`~daggr_nb.errors.GraphError`, and changes nothing, when that cannot be built.
        """
        nodes = self.structure.nodes
        latter_of = dict(replacements)
        for node in with_ancestors(replacements.values()):
            namesake = nodes.get(NodeId(node.name), node)
            if namesake is not node and node not in nodes.values():
                latter_of.setdefault(namesake, node)
        former_nodes, former_inputs = self._nodes, [(n, dict(n.inputs)) for n in nodes.values()]
        for node in nodes.values():
            if node not in latter_of:
                _rewire(node, latter_of)
        self._nodes = list(dict.fromkeys(latter_of.get(node, node) for node in self._nodes))
        try:
            self._rebuild()
        except GraphError:
            self._nodes = former_nodes
            for node, inputs in former_inputs:
                node.inputs.update(inputs)
            raise
        self._replaced.update({latter: former for former, latter in latter_of.items()})

    def give_up(self, node: Node, *, defined_again: bool) -> None:
        """Let go of a node that another graph has taken.

        If it stood here by its variable's name alone, the variable serves another graph now: the
        former node comes back. A graph that was ``defined_again`` holds on to nothing of the new
        one.
        """
        former = self._replaced.pop(node, None)
        if former is None:
            return
        if defined_again:
            self._nodes = [former if each is node else each for each in self._nodes]
            self._structure = None
        elif node in self.structure.nodes.values():
            self.replace({node: former})

    def _rebuild(self) -> None:
        former, self._structure = self._structure, None
        try:
            structure = self.structure
        except GraphError:
            self._structure = former
            raise
        self.changed(structure)


def _rewire(node: Node, latter_of: Mapping[Node, Node]) -> None:
    """Feed a node from what took the places of its sources."""
    for port, wire in node.inputs.items():
        if isinstance(wire, Wire) and wire.port.node in latter_of:
            source = Port(latter_of[wire.port.node], wire.port.name)
            node.inputs[port] = replace(wire, port=source)


def nodes_of(nodes: Nodes) -> Iterator[Node]:
    """Yield each node once, in the order of ``nodes``; a port stands for the node that it is of."""
    listed = [nodes] if isinstance(nodes, (Node, Port)) else nodes
    if isinstance(listed, (str, bytes)) or not isinstance(listed, Iterable):
        raise GraphError(f"nodes= expected a list of nodes, got {type(nodes).__name__} {nodes!r}.")
    for node in listed:
        if isinstance(node, Port):
            node = node.node
        if not isinstance(node, Node):
            raise GraphError(
                f"nodes= expected nodes such as FnNode(...), got {type(node).__name__} {node!r}. "
                "A decorated function that is called with plain values runs; Const(...) makes a "
                "constant of one."
            )
        yield node
