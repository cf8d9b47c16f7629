"""The nodes of a graph as people wire them: added, connected, put in each other's places."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from daggr_nb._ids import NodeId
from daggr_nb._model.edge import Edge
from daggr_nb._model.feed import Unfed, Wire, feed
from daggr_nb._model.node import (
    GatheredPort,
    Host,
    Node,
    Port,
    ScatteredPort,
    checked_name,
    port_of,
)
from daggr_nb._model.structure import Aliases, Structure, build, with_ancestors
from daggr_nb.errors import (
    CycleError,
    DuplicateNodeError,
    GraphError,
    UnknownPortError,
    did_you_mean,
)

Nodes = Node | Port | Iterable[Node | Port]
"""What people write for the nodes of a graph: the last one is enough."""
OfChildren = Literal["error", "remove", "disconnect"]
"""What becomes of nodes that a removed one feeds."""


class Wired:
    """A graph, as code elsewhere may capture it."""

    name: str
    wiring: Wiring


class Wiring:
    """The nodes of one graph. Each way to change it checks first, and changes all or nothing.

    The nodes join ``host``; ``changed`` is called with every structure that takes the place of
    another. Raises a :class:`~daggr_nb.errors.GraphError` for nodes that make no graph.
    """

    def __init__(self, nodes: Nodes, host: Host, aliases: Aliases = ()) -> None:
        self.host = host
        self.changed: Callable[[Structure], object] = lambda structure: None
        self._nodes: list[Node] = list(dict.fromkeys(nodes_of(nodes)))
        self._replaced: weakref.WeakKeyDictionary[Node, Node] = weakref.WeakKeyDictionary()
        self._warned: set[str] = set()
        self._own: weakref.WeakKeyDictionary[Node, str] = weakref.WeakKeyDictionary()
        self._aliases = aliases
        self._structure: Structure | None = self._build()

    def _build(self) -> Structure:
        return build(self._nodes, self._own, self._aliases)

    @property
    def structure(self) -> Structure:
        """The graph that the nodes make, with their ancestors."""
        if self._structure is None:
            self._structure = self._build()
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
        own, nodes_there = self._own, self.structure.nodes.values()
        names = {name: n for n in nodes_there if (name := own.get(n, n.given_name))}
        for node in with_ancestors(added):
            name = own.get(node, node.given_name)
            if name is not None and names.setdefault(name, node) is not node:
                raise DuplicateNodeError(
                    f"The graph already has another node called {name!r}. "
                    "Give one of them another name=.",
                    node=name,
                )
        former_nodes = list(self._nodes)
        self._nodes.extend(added)
        try:
            self._rebuild()
        except GraphError:
            self._nodes = former_nodes
            raise

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

    def remove(self, nodes: Iterable[Node], children: OfChildren) -> None:
        """Take nodes away, with their edges; for ``children`` see ``Graph.remove``."""
        structure = self.structure
        names = {structure.name_of(node): node for node in nodes}
        below = structure.topology.descendants(names)
        if children == "remove":
            names.update((name, structure.nodes[name]) for name in below)
        cut = [e for name in names for e in structure.out_of[name] if e.target not in names]
        if cut and children == "error":
            raise _still_feeds(cut)
        former_nodes, former_inputs = self._nodes, []
        for edge in cut:
            target = structure.nodes[edge.target]
            former_inputs.append((target, edge.target_port, target.inputs[edge.target_port]))
            target.inputs[edge.target_port] = target.unfed(edge.target_port) or Unfed()
        self._nodes = [each for name, each in structure.nodes.items() if name not in names]
        try:
            self._rebuild()
        except GraphError:
            self._nodes = former_nodes
            for target, port, fed in former_inputs:
                target.inputs[port] = fed
            raise
        for node in names.values():
            self._own.pop(node, None)
            node.leave(self.host)

    def renamed(self, node: Node, name: str) -> Structure:
        """Return the graph in which a node is called otherwise; :meth:`take_renamed` takes it."""
        structure = self.structure
        former = structure.name_of(node)
        if not structure.nodes[former].is_of(self.host):
            raise GraphError(
                f"{former!r} is in another graph by now, which was defined later. Rename it there.",
                node=former,
            )
        if checked_name(name) in structure.nodes:
            raise DuplicateNodeError(
                f"{former!r} cannot be renamed: the graph has a node called {name!r} already. Take "
                "another name, or rename that one first.",
                node=former,
            )
        names = {each: str(known) for known, each in structure.nodes.items()}
        return build(self._nodes, {**names, structure.nodes[former]: name})

    def take_renamed(self, structure: Structure, aliases: Aliases) -> None:
        """Take a graph of the same nodes with other names."""
        self._own.update({node: str(name) for name, node in structure.nodes.items()})
        self._aliases = aliases
        self._structure = structure
        self.join()
        self.changed(structure)

    def take_aliases(self, aliases: Aliases) -> None:
        """Take what is on record of former names; nobody has used the graph yet."""
        if aliases != self._aliases:
            self._aliases = aliases
            self._structure = None

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
        for former, latter in latter_of.items():
            same = (former.given_name, former.default_name) == (
                latter.given_name,
                latter.default_name,
            )
            if former in self._own and same:
                self._own[latter] = self._own[former]
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


def _still_feeds(edges: Sequence[Edge]) -> GraphError:
    """Return the error for nodes that others cannot do without."""
    source = edges[0].source
    fed = ", ".join(f"{e.target}.{e.target_port}" for e in edges if e.source == source)
    targets = dict.fromkeys(str(e.target) for e in edges)
    several = ", ".join(map(repr, targets))
    return GraphError(
        f"{source!r} feeds {fed}, so that it cannot be removed alone. Feed that from elsewhere "
        f'first, with graph.edge(...); or children="remove" takes {several} away with it, with all '
        'below, and children="disconnect" leaves its inputs to controls and defaults.',
        node=source,
    )


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
