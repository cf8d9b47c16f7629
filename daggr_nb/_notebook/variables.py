"""Which variables of a notebook hold the nodes of a graph, and what has taken their place."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from daggr_nb._model.node import Node, Port

NodeNames = Mapping[Node, Iterable[str]]
"""Which names of a notebook stand for which nodes."""


def names_of_nodes(namespace: Mapping[str, Any]) -> NodeNames:
    """Return which names of a notebook stand for which nodes."""
    names: dict[Node, list[str]] = {}
    is_node: dict[type, bool] = {}  # there are many names, of few types
    for name, value in list(namespace.items()):  # other threads may bind names
        kind = type(value)
        if kind not in is_node:
            is_node[kind] = issubclass(kind, (Node, Port))
        if is_node[kind] and not name.startswith("_"):
            names.setdefault(_node_of(value), []).append(name)
    return names


def _node_of(value: Any) -> Any:
    """Return the node of an output that was unpacked; else the value."""
    return value.node if isinstance(value, Port) else value


class Variables:
    """The names by which a notebook holds the nodes of one graph."""

    def __init__(self) -> None:
        self._nodes: dict[str, weakref.ref[Node]] = {}
        self._ports: dict[str, str] = {}

    def successors(self, namespace: Mapping[str, Any], nodes: Collection[Node]) -> dict[Node, Node]:
        """Return the nodes whose variable now holds a node that no graph has taken yet.

        A node that another variable still holds stays where it is.
        """
        successors: dict[Node, Node] = {}
        stationary = set()
        for name, ref in self._nodes.items():
            previous, value = ref(), namespace.get(name)
            current = _node_of(value)
            if previous is None or previous not in nodes:
                continue
            if current is previous:
                stationary.add(previous)
            elif (
                isinstance(current, Node)
                and current.free
                and (name not in self._ports or self._is_same_output(name, value, previous))
            ):
                successors[previous] = current
        return {old: new for old, new in successors.items() if old not in stationary}

    def _is_same_output(self, name: str, value: Any, previous: Node) -> bool:
        """Whether a variable that held an output of a node holds that of its next version."""
        if not isinstance(value, Port) or value.name != self._ports[name]:
            return False
        node = value.node
        return type(node) is type(previous) and node.default_name == previous.default_name

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
        self._ports = {
            name: value.name for name in refs if isinstance(value := namespace.get(name), Port)
        }


def _of_another_graph(value: Any) -> bool:
    node = _node_of(value)
    return isinstance(node, Node) and not node.free
