"""Which variables of a notebook hold the nodes of a graph, and what has taken their place."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from daggr_nb._model.node import Node

NodeNames = Mapping[Node, Iterable[str]]
"""Which names of a notebook stand for which nodes."""


def names_of_nodes(namespace: Mapping[str, Any]) -> NodeNames:
    """Return which names of a notebook stand for which nodes."""
    names: dict[Node, list[str]] = {}
    is_node: dict[type, bool] = {}  # there are many names, of few types
    for name, value in list(namespace.items()):  # other threads may bind names
        kind = type(value)
        if kind not in is_node:
            is_node[kind] = issubclass(kind, Node)
        if is_node[kind] and not name.startswith("_"):
            names.setdefault(value, []).append(name)
    return names


class Variables:
    """The names by which a notebook holds the nodes of one graph."""

    def __init__(self) -> None:
        self._nodes: dict[str, weakref.ref[Node]] = {}

    def successors(self, namespace: Mapping[str, Any], nodes: Collection[Node]) -> dict[Node, Node]:
        """Return the nodes whose variable now holds a node that no graph has taken yet.

        A node that another variable still holds stays where it is.
        """
        successors: dict[Node, Node] = {}
        stationary = set()
        for name, ref in self._nodes.items():
            previous, current = ref(), namespace.get(name)
            if previous is None or previous not in nodes:
                continue
            if current is previous:
                stationary.add(previous)
            elif isinstance(current, Node) and current.free:
                successors[previous] = current
        return {old: new for old, new in successors.items() if old not in stationary}

    def note(self, namespace: Mapping[str, Any], nodes: Collection[Node], names: NodeNames) -> None:
        """Remember what the notebook calls ``nodes``, or called them until another graph's came.

        ``names`` are those of all nodes that there are.
        """
        refs = {
            name: ref
            for name, ref in self._nodes.items()
            if ref() in nodes and not _of_another_graph(namespace.get(name))
        }
        for node in nodes:
            refs.update(dict.fromkeys(names.get(node, ()), weakref.ref(node)))
        self._nodes = refs


def _of_another_graph(value: Any) -> bool:
    return isinstance(value, Node) and not value.free
