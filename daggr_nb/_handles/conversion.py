"""The graph in the form of other libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from daggr_nb._handles.tables import NodeStatus
from daggr_nb._model.node import Node

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(
    nodes: Mapping[str, Node],
    statuses: Mapping[str, NodeStatus],
    edges: Iterable[tuple[str, str, str, str, bool]],
) -> nx.DiGraph:
    """Return a graph as a ``networkx.DiGraph`` (see :meth:`Graph.to_networkx`)."""
    import networkx as nx  # noqa: PLC0415 - heavy, and only for who asks

    graph = nx.DiGraph()
    for name, node in nodes.items():
        status = statuses[name]
        graph.add_node(
            name, kind=node.kind, status=status.status, freshness=status.freshness, node=node
        )
    for source, source_port, target, target_port, fresh in edges:
        former = graph.get_edge_data(source, target, {"fresh": True, "ports": []})
        ports = [*former["ports"], (source_port, target_port)]
        graph.add_edge(source, target, fresh=former["fresh"] and fresh, ports=ports)
    return graph
