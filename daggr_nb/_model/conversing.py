"""Nodes that keep a conversation, and which output of a graph is the answer in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from daggr_nb import ui
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.node import Node
from daggr_nb._model.policy import ERROR_PORT
from daggr_nb._model.structure import Structure
from daggr_nb.errors import GraphError, did_you_mean

_SPOKEN = (ui.Textbox, ui.TextArea, ui.Markdown, ui.Chatbot)


class ConversingNode(Node):
    """A node with a control that keeps what was said: people go on by what a result answered.

    The control's value ends with the person's last message. Nothing feeds the answer back: it is
    what the answer's port shows, until the next message goes behind it.
    """

    turns: ClassVar[str]
    """The input that keeps them, with a :class:`~daggr_nb.ui.Chatbot`."""
    answer: str | None = None
    """The output that answers, as ``node.port``; by default there is only one that can."""


def conversations(structure: Structure) -> list[NodeId]:
    """Return the nodes of a graph that keep a conversation."""
    return [name for name, node in structure.nodes.items() if isinstance(node, ConversingNode)]


def the_conversation(structure: Structure, graph: str) -> NodeId:
    """Return the only one, or raise with what to write."""
    names = conversations(structure)
    if len(names) == 1:
        return names[0]
    if names:
        raise GraphError(
            f"{graph!r} has several conversations: {', '.join(map(repr, names))}. Say which one "
            f"is meant: conversation={str(names[0])!r}.",
            node=names[0],
        )
    raise GraphError(
        f"{graph!r} was expected to have a conversation, and has none. Give it one, and feed a "
        'model from it: said = Conversation("Chat"), then inputs={"messages": said.messages}.'
    )


def answer_of(structure: Structure, name: NodeId) -> PortRef:
    """Return the output that answers a conversation; raise ``GraphError`` unless one does."""
    node = structure.nodes[name]
    assert isinstance(node, ConversingNode)
    below = structure.topology.descendants([name])
    if node.answer is not None:
        return _named(structure, name, node.answer, below)
    leaves = [child for child in below if not structure.topology.children[child]]
    ports = [ref for leaf in leaves for ref in _spoken(structure, leaf)]
    if len(ports) == 1:
        return ports[0]
    if not ports:
        raise GraphError(
            f"Nothing answers {str(name)!r}: no node that ends the graph below it shows a text. "
            f"Feed a model from {name}.messages, or say which output answers: "
            'Conversation(answer="node.port").',
            node=name,
        )
    names = ", ".join(map(_dotted, ports))
    raise GraphError(
        f"Several outputs could answer {str(name)!r}: {names}. Say which one does: "
        f'Conversation(answer="{_dotted(ports[0])}").',
        node=name,
    )


def _named(structure: Structure, name: NodeId, answer: str, below: Iterable[NodeId]) -> PortRef:
    """Return the output that a person has named: ``node.port``, or a node that has only one."""
    ports = [PortRef(child, port) for child in below for port in structure.nodes[child].outputs]
    named = [ref for ref in ports if answer == _dotted(ref)]
    named = named or [ref for ref in ports if answer == ref.node]
    if len(named) == 1:
        return named[0]
    raise GraphError(
        f"{str(name)!r} expected answer= as the node.port of an output below it, got {answer!r}."
        f"{did_you_mean(answer, map(_dotted, ports))}",
        node=name,
    )


def _spoken(structure: Structure, name: NodeId) -> list[PortRef]:
    """Return the outputs of a node that show a text; where none is said to, those that may."""
    outputs, types = structure.nodes[name].outputs, structure.nodes[name].output_types
    shown = [port for port, component in outputs.items() if isinstance(component, _SPOKEN)]
    plain = [
        port
        for port, component in outputs.items()
        if component is None and port != ERROR_PORT and types.get(port, Any) in (str, Any)
    ]
    return [PortRef(name, port) for port in shown or plain]


def _dotted(ref: PortRef) -> str:
    return f"{ref.node}.{ref.port}"


def makers(structure: Structure, name: NodeId) -> list[NodeId]:
    """Return the nodes that make the answer: the one that shows it and, where that only sets texts
    together, those that feed it."""
    makers: dict[NodeId, None] = {}
    below = {*structure.topology.descendants([name])}
    stack = [answer_of(structure, name).node]
    while stack:
        node = stack.pop()
        makers[node] = None
        if structure.nodes[node].utterance is not None:
            parents = structure.topology.parents[node]
            stack += [parent for parent in parents if parent in below and parent not in makers]
    return [*makers]
