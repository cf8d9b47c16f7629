"""A graph as programs ask for it: its order, its parts, what it takes and gives."""

from __future__ import annotations

from typing import Any

from daggr_nb._ids import NodeId
from daggr_nb._model.feed import Control
from daggr_nb._model.structure import Structure
from daggr_nb.ui import Component


def subgraphs(structure: Structure) -> list[list[NodeId]]:
    """Return the names of nodes that hang together, in their order; each list is a part."""
    part_of: dict[NodeId, list[NodeId]] = {name: [name] for name in structure.nodes}
    for edge in structure.edges:
        one, other = part_of[edge.source], part_of[edge.target]
        if one is not other:
            one += other
            part_of.update(dict.fromkeys(other, one))
    rank = {name: number for number, name in enumerate(structure.nodes)}
    parts = {id(part): part for part in part_of.values()}
    ordered = (sorted(part, key=rank.__getitem__) for part in parts.values())
    return sorted(ordered, key=lambda part: rank[part[0]])


def leaves(structure: Structure) -> list[NodeId]:
    """Return the nodes that feed no other."""
    return [name for name in structure.nodes if not structure.topology.children[name]]


def schema(structure: Structure) -> dict[str, Any]:
    """Return what each part takes and gives, as data (see ``Graph.get_api_schema``)."""
    parts, last = subgraphs(structure), set(leaves(structure))
    ids = ["main"] if len(parts) == 1 else [f"subgraph_{number}" for number in range(len(parts))]
    return {
        "subgraphs": [
            {
                "id": identity,
                "inputs": [each for name in part for each in _inputs(structure, name)],
                "outputs": [
                    each for name in part if name in last for each in _outputs(structure, name)
                ],
            }
            for identity, part in zip(ids, parts, strict=True)
        ]
    }


def plain_id(identity: str) -> str:
    """Return an input's id without spaces and dashes, as web addresses and forms like it."""
    return identity.replace(" ", "_").replace("-", "_")


def _inputs(structure: Structure, name: NodeId) -> list[dict[str, str]]:
    return [
        {
            "node": str(name),
            "port": port,
            "type": _type(feed.component),
            "id": plain_id(f"{name}__{port}"),
        }
        for port, feed in structure.nodes[name].inputs.items()
        if isinstance(feed, Control)
    ]


def _outputs(structure: Structure, name: NodeId) -> list[dict[str, str]]:
    node = structure.nodes[name]
    return [
        {"node": str(name), "port": port, "type": _type(component)}
        for port, component in node.outputs.items()
        if component is not None and node.runnable
    ]


def _type(component: Component) -> str:
    return "text" if component.type == "Unknown" else component.type.lower()
