"""Which variables of a notebook hold the nodes of a graph, and what has taken their place."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping
from typing import Any

from daggr_nb._model.node import Node


class Variables:
    """The names by which a notebook holds the nodes of one graph."""

    def __init__(self) -> None:
        self._held: dict[str, weakref.ref[Node]] = {}

    def moved(self, namespace: Mapping[str, Any], nodes: Collection[Node]) -> dict[Node, Node]:
        """Return the nodes whose variable now holds a node that no graph has taken yet.

        A node that another variable still holds stays where it is.
        """
        found: dict[Node, Node] = {}
        kept = set()
        for name, held in self._held.items():
            before, now = held(), namespace.get(name)
            if before is None or before not in nodes:
                continue
            if now is before:
                kept.add(before)
            elif isinstance(now, Node) and now.free:
                found[before] = now
        return {before: now for before, now in found.items() if before not in kept}

    def note(self, namespace: Mapping[str, Any], nodes: Collection[Node]) -> None:
        """Remember what the notebook calls ``nodes``, or called them until another graph's came."""
        wanted = {id(node) for node in nodes}
        held = {
            name: ref
            for name, ref in self._held.items()
            if ref() in nodes and not _of_another_graph(namespace.get(name))
        }
        for name, value in namespace.items():
            if id(value) in wanted and not name.startswith("_"):
                held[name] = weakref.ref(value)
        self._held = held


def _of_another_graph(value: Any) -> bool:
    return isinstance(value, Node) and not value.free
