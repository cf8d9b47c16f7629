"""An edge, as people and the canvas see it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from daggr_nb._ids import NodeId, PortName


@dataclass(frozen=True)
class Edge:
    """``source.source_port -> target.target_port``, with what happens on the way."""

    source: NodeId
    source_port: PortName
    target: NodeId
    target_port: PortName
    scatter: bool = False
    gather: bool = False

    @functools.cached_property
    def id(self) -> str:
        """The stable id of the edge, as the canvas names it."""
        return f"{self.source}.{self.source_port}->{self.target}.{self.target_port}"

    def __repr__(self) -> str:
        return f"<Edge {self.id}>"
