"""A whole graph as structure: named nodes, edges, topology, scatter depths, all checked."""

from __future__ import annotations

import collections
import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from daggr_nb._ids import NodeId, PortName, PortRef
from daggr_nb._model.annotations import Mismatch, mismatches
from daggr_nb._model.edge import Edge
from daggr_nb._model.feed import Control, Wire
from daggr_nb._model.node import Node, Port
from daggr_nb._model.topology import Topology, topology
from daggr_nb.errors import (
    DuplicateNodeError,
    GraphError,
    ScatterError,
    UnknownNodeError,
    UnknownPortError,
    did_you_mean,
)

Aliases = Sequence[tuple[str, str]]
"""Names that nodes had, each with the one that they have now; the latest first."""
Wires = Mapping[tuple[NodeId, str], Wire]
_NO_NAMES: Mapping[Node, str] = MappingProxyType({})


@dataclass(frozen=True)
class Structure:
    """An immutable picture of a graph. Build it with :func:`build`."""

    nodes: Mapping[NodeId, Node]
    edges: tuple[Edge, ...]
    topology: Topology
    depth: Mapping[NodeId, int]
    """How many scatter levels a node runs at: 0 runs once, 1 once per item, and so on."""
    into: Mapping[NodeId, tuple[Edge, ...]]
    """The edges that end at a node."""
    wires: Wires
    """What feeds each input that another node feeds, as it comes to at the depth of that."""

    @property
    def mismatches(self) -> list[Mismatch]:
        """Edges whose two ends are annotated with types that do not fit, as the code is now."""
        return mismatches(self.nodes, self.edges)

    @functools.cached_property
    def controls(self) -> Mapping[str, PortRef]:
        """What a person can set, by ``node__port``."""
        return {
            f"{name}__{port}": PortRef(name, port)
            for name, node in self.nodes.items()
            for port, feed in node.inputs.items()
            if feed.source == "component"
        }

    @functools.cached_property
    def one_control(self) -> Mapping[tuple[NodeId, str], tuple[PortRef, ...]]:
        """The inputs that are one control, by each of them: they were given one component object.

        Those that are a control by themselves are left out.
        """
        by_component: dict[int, list[PortRef]] = {}
        for name, node in self.nodes.items():
            for port, feed in node.inputs.items():
                if isinstance(feed, Control) and not feed.own:
                    by_component.setdefault(id(feed.component), []).append(PortRef(name, port))
        groups = (tuple(refs) for refs in by_component.values() if len(refs) > 1)
        return {ref: refs for refs in groups for ref in refs}

    @functools.cached_property
    def unknown(self) -> Mapping[NodeId, Node]:
        """The nodes that were to be looked up when the graph was built; most kinds never are."""
        return {
            name: node
            for name, node in self.nodes.items()
            if not all(worker.looked_up for worker in node.workers())
        }

    @functools.cached_property
    def speakers(self) -> frozenset[NodeId]:
        """The nodes that say something while what feeds them is made, or may once chosen to."""
        return frozenset(
            name
            for name, node in self.nodes.items()
            if any(worker.utterance is not None for worker in node.workers())
        )

    @functools.cached_property
    def out_of(self) -> Mapping[NodeId, tuple[Edge, ...]]:
        """The edges that begin at a node."""
        edges: dict[NodeId, list[Edge]] = {name: [] for name in self.nodes}
        for edge in self.edges:
            edges[edge.source].append(edge)
        return {name: tuple(each) for name, each in edges.items()}

    @functools.cached_property
    def between(self) -> Mapping[tuple[NodeId, NodeId], tuple[Edge, ...]]:
        """The edges from one node to another, by both."""
        edges: dict[tuple[NodeId, NodeId], list[Edge]] = {}
        for edge in self.edges:
            edges.setdefault((edge.source, edge.target), []).append(edge)
        return {ends: tuple(each) for ends, each in edges.items()}

    @functools.cached_property
    def shared_ports(self) -> Mapping[NodeId, frozenset[str]]:
        """The output ports of each node that more than one input is fed from."""
        shared = {}
        for name, edges in self.out_of.items():
            counts = collections.Counter(edge.source_port for edge in edges)
            shared[name] = frozenset(port for port, count in counts.items() if count > 1)
        return shared

    @functools.cached_property
    def shared_inputs(self) -> Mapping[NodeId, frozenset[str]]:
        """The inputs of each node whose source feeds others as well."""
        shared = self.shared_ports
        return {
            name: frozenset(e.target_port for e in edges if e.source_port in shared[e.source])
            for name, edges in self.into.items()
        }

    def restricted(self, names: Iterable[NodeId]) -> Structure:
        """Return the part of the graph that is ``names``, which have all that feeds them."""
        kept = set(names)
        if len(kept) == len(self.nodes):
            return self
        nodes = {name: node for name, node in self.nodes.items() if name in kept}
        into = {name: self.into[name] for name in nodes}
        parents = {name: [edge.source for edge in edges] for name, edges in into.items()}
        edges = tuple(edge for each in into.values() for edge in each)
        depth = {name: self.depth[name] for name in nodes}
        wires = {ref: wire for ref, wire in self.wires.items() if ref[0] in kept}
        return Structure(nodes, edges, topology(parents), depth, into, wires)

    def node(self, name: str) -> Node:
        """Return the node of that name, or raise with "did you mean"."""
        node = self.nodes.get(NodeId(name))
        if node is None:
            raise UnknownNodeError(
                f"No node is called {name!r}.{did_you_mean(name, self.nodes)}", node=name
            )
        return node

    def name_of(self, node: Node | Port | str) -> NodeId:
        """Return the name under which a node, that of a port, or its name, is in this graph."""
        if isinstance(node, Port):
            node = node.node
        name = node if isinstance(node, str) else node.name
        namesake = self.node(name)
        if isinstance(node, Node) and namesake is not node:
            raise UnknownNodeError(
                f"{node!r} is not in this graph, which has another node of that name.", node=name
            )
        return NodeId(name)


def graph_key(name: str) -> str:
    """Return the key a graph is stored under.

    That is the name in lower case, with blanks and hyphens as ``_``, where this says all of it;
    what else there is in a name goes into a hash behind it, so that two names never share a key by
    what was left out.

    >>> graph_key("My paper")
    'my_paper'
    >>> graph_key("A/B")
    'a_b_561853dc'
    """
    if not isinstance(name, str) or not name.strip():
        raise GraphError(f"A graph needs a name that is not empty, got {name!r}.")
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if re.sub(r"[ _-]+", "_", name.lower()).strip("_") == slug and slug:
        return slug
    data = unicodedata.normalize("NFC", name.strip()).encode("utf-8", "surrogatepass")
    if not slug and len(data) <= 16:
        return f"graph_{data.hex()}"
    content = hashlib.blake2b(data, digest_size=4).hexdigest()
    return f"{slug[:60] or 'graph'}_{content}"


def with_ancestors(nodes: Iterable[Node]) -> list[Node]:
    """Return ``nodes`` and everything that feeds them, each once, parents first (postorder)."""
    order: dict[Node, None] = {}
    visited: set[Node] = set()
    stack = [(node, False) for node in reversed(list(nodes))]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order[node] = None
        elif node not in visited:
            visited.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return list(order)


def choose_names(
    nodes: Iterable[Node], own: Mapping[Node, str] = _NO_NAMES, aliases: Aliases = ()
) -> dict[NodeId, Node]:
    """Name every node: given names as they are, the others after their kind, in order.

    ``own`` are the names that nodes have in this graph, whatever they were given. Of all others
    those whose name is the former one of ``aliases`` get the latter, unless a node has that.

    Raises :class:`~daggr_nb.errors.DuplicateNodeError` when two nodes were given one name.
    """
    nodes = list(nodes)
    namesakes: dict[str, Node] = {}
    for node in nodes:
        given_name = own.get(node, node.given_name)
        if given_name is not None:
            if given_name in namesakes:
                raise DuplicateNodeError(
                    f"Two different nodes are called {given_name!r}. "
                    "Give one of them another name=.",
                    node=given_name,
                )
            namesakes[given_name] = node
    counts: dict[str, int] = {}
    names: dict[Node, str] = {}
    for node in nodes:
        name = own.get(node, node.given_name) or _free(node.default_name, namesakes, counts)
        namesakes[name] = node
        names[node] = name
    for former, latter in aliases:
        renamed = namesakes.get(former)
        if renamed is not None and renamed not in own and latter not in namesakes:
            names[renamed] = latter
            namesakes[latter] = namesakes.pop(former)
    return {NodeId(name): node for node, name in names.items()}


def _free(base: str, namesakes: Mapping[str, Node], counts: dict[str, int]) -> str:
    name = base
    while name in namesakes:
        counts[base] = counts.get(base, 0) + 1
        name = f"{base}_{counts[base]}"
    return name


def build(
    nodes: Iterable[Node], own: Mapping[Node, str] = _NO_NAMES, aliases: Aliases = ()
) -> Structure:
    """Check ``nodes`` and their ancestors and return the graph they make.

    For their names see :func:`choose_names`.

    Raises a :class:`~daggr_nb.errors.GraphError` that names the node and the port at fault.
    """
    names = choose_names(with_ancestors(nodes), own, aliases)
    _check_ids(names)
    name_of = {node: name for name, node in names.items()}
    parents = {n: [name_of[parent] for parent in node.parents] for n, node in names.items()}
    graph = topology(parents)
    depth, wires = _depths(names, name_of, graph)
    into = {name: tuple(_edges(name, node, name_of, wires)) for name, node in names.items()}
    edges = tuple(edge for name in names for edge in into[name])
    return Structure(names, edges, graph, depth, into, wires)


def _check_ids(names: Mapping[NodeId, Node]) -> None:
    """Raise where two things would have one id: inputs ``node__port``, ports ``node.port``, items
    ``node[0]``."""
    seen: dict[str, str] = {}
    for name, node in names.items():
        if _ITEM.search(name):
            raise GraphError(
                f"{name!r} is what an item of {_ITEM.sub('', name)!r} is called. Give the node "
                "another name=.",
                node=name,
            )
        ids = [f"{name}__{port}" for port in node.inputs]
        ids += [f"{name}.{port}" for port in {**node.inputs, **node.outputs}]
        for identity in ids:
            other = seen.setdefault(identity, name)
            if other != name:
                raise DuplicateNodeError(
                    f"{identity!r} could be a port of {other!r} or of {name!r}. Give one of them "
                    "another name=.",
                    node=name,
                )


_ITEM = re.compile(r"\[[\d.]+\]$")


def _edges(
    target: NodeId, node: Node, name_of: Mapping[Node, NodeId], wires: Wires
) -> Iterable[Edge]:
    for port in node.inputs:
        wire = wires.get((target, port))
        if wire is not None:
            ends = name_of[wire.port.node], PortName(wire.port.name), target, PortName(port)
            yield Edge(*ends, bool(wire.scatter), wire.gather)


def _no_output(
    source: NodeId, name: str, node: Node, target: NodeId, port: str
) -> UnknownPortError:
    return UnknownPortError(
        f"{target}.{port} expects an output of {source!r}, but {name!r} is not one."
        f"{did_you_mean(name, node.outputs)}",
        node=source,
        port=name,
    )


def _depths(
    names: Mapping[NodeId, Node], name_of: Mapping[Node, NodeId], graph: Topology
) -> tuple[dict[NodeId, int], Wires]:
    """Return how deep every node is scattered, and what feeds inputs, as it comes to then."""
    depth: dict[NodeId, int] = {}
    wires: dict[tuple[NodeId, str], Wire] = {}
    for name in graph.order:
        levels: dict[str, int] = {}
        for port, feed in names[name].inputs.items():
            if isinstance(feed, Wire):
                source = feed.port.node
                if feed.port.name not in source.outputs:
                    raise _no_output(name_of[source], feed.port.name, source, name, port)
                source_depth = depth[name_of[source]]
                wire = wires[name, port] = feed.from_depth(source_depth)
                levels[port] = _level(wire, source_depth, name, port)
        depth[name] = max(levels.values(), default=0)
        if names[name].selector is not None:
            _check_alike(name, names[name], levels)
    return depth, wires


def _check_alike(name: NodeId, node: Node, levels: Mapping[str, int]) -> None:
    """Raise unless all variants of a node run equally often: what follows relies on it."""
    depths = {
        key: max((levels.get(port, 0) for port in variant.ports), default=0)
        for key, variant in node.by_variant.items()
    }
    if len(set(depths.values())) > 1:
        text = ", ".join(
            f"{key!r} runs {('once', 'once per item')[depth > 0]}"
            + (f" ({depth} levels)" if depth > 1 else "")
            for key, depth in depths.items()
        )
        raise ScatterError(
            f"The variants of {name!r} must scatter alike, so that what follows fits them all, "
            f"but {text}.",
            node=name,
        )


def _level(wire: Wire, source_depth: int, node: NodeId, port: str) -> int:
    """Return how many indices pick the value of one run from what the source produced."""
    if wire.gather and source_depth == 0:
        source = repr(wire.port)
        raise ScatterError(
            f"{node}.{port} gathers {source}.all(), but {wire.port.node.name!r} runs once and "
            f"has nothing to gather. Write {source}, or {source}.each to run once per item.",
            node=node,
            port=port,
        )
    if source_depth and not (wire.gather or wire.scatter):
        source = repr(wire.port)
        raise ScatterError(
            f"{node}.{port} takes {source}, but {wire.port.node.name!r} runs once per item. "
            f"Write {source}.all() for the list, or {source}.each to go on item by item.",
            node=node,
            port=port,
        )
    return source_depth + wire.levels
