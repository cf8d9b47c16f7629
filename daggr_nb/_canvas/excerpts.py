"""What parts of a canvas show of a graph: a page hears that, a visitor touches nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from daggr_nb import ui
from daggr_nb._ids import NodeId, PortRef
from daggr_nb._model.conversing import ConversingNode, answer_of
from daggr_nb._model.feed import Control
from daggr_nb._model.structure import Structure
from daggr_nb._protocol.commands import (
    CancelUpload,
    ChatCommand,
    CommandBase,
    Compare,
    Fetch,
    FetchModule,
    ListRuns,
    Measured,
    Override,
    PlanCommand,
    RunCommand,
    Select,
    SetInput,
    ShowRecord,
    StopCommand,
    Sync,
    Upload,
)
from daggr_nb._protocol.displays import Preview
from daggr_nb._protocol.views import CardState, ErrorView, NodeView
from daggr_nb.errors import GraphError, NotForVisitorsError

PartKind: TypeAlias = Literal["form", "output", "history", "run", "chat", "beside", "inline"]

_MESSAGE = 300  # characters of an error beside a result
_ALWAYS = (Sync, FetchModule, Measured)  # what every view says of itself


class Excerpt:
    """All of a graph; subclasses show parts of it."""

    whole = True

    def shows(self, structure: Structure, node: NodeId) -> bool:
        """Whether there is anything of a node."""
        return True

    def has_control(self, structure: Structure, node: NodeId, port: str) -> bool:
        """Whether the value of a control is told."""
        return True

    def has_output(self, structure: Structure, node: NodeId, port: str) -> bool:
        """Whether the value of an output is told."""
        return True

    def state(self, state: CardState) -> CardState:
        """Return what is told of how a node stands."""
        return state

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        """Whether people may say a command here, which is about these ``nodes``."""
        return True

    def renamed(self, former: NodeId, latter: NodeId) -> Excerpt:
        """Return the same part of a graph in which a node is called otherwise."""
        return self

    # -- built on these

    def card(self, structure: Structure, view: NodeView) -> NodeView:
        """Return what is told of a card."""
        if self.whole:
            return view
        inputs = [i for i in view.inputs if self.has_control(structure, NodeId(view.id), i.name)]
        outputs = [o for o in view.outputs if self.has_output(structure, NodeId(view.id), o.name)]
        return NodeView(
            id=view.id,
            kind=view.kind,
            runnable=view.runnable,
            selector=view.selector,
            inputs=inputs,
            outputs=outputs,
            x=0,
            y=0,
            state=self.state(view.state),
            values=self.values(structure, NodeId(view.id), view.values),
        )

    def values(
        self, structure: Structure, node: NodeId, values: Mapping[str, Preview]
    ) -> dict[str, Preview]:
        """Return the previews that are told."""
        return {p: preview for p, preview in values.items() if self.has_output(structure, node, p)}

    def check(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> None:
        """Raise if a visitor says what is not offered here."""
        if self.whole or isinstance(command, _ALWAYS) or self.offers(structure, command, nodes):
            return
        about = f" of {', '.join(map(repr, nodes))}" if nodes else ""
        raise NotForVisitorsError(
            f"This page was expected to offer {command.kind!r}{about}, and shows a part of the "  # type: ignore[attr-defined]
            "graph without it."
        )


class FormExcerpt(Excerpt):
    """Controls: these, or all there are."""

    whole = False

    def __init__(self, ports: Iterable[tuple[str, str]] = ()) -> None:
        self._ports = frozenset(PortRef(NodeId(node), port) for node, port in ports)

    def _has(self, structure: Structure, node: str, port: str) -> bool:
        ref, known = PortRef(NodeId(node), port), structure.nodes.get(NodeId(node))
        feed = known.inputs.get(port) if known is not None else None
        if not isinstance(feed, Control) or (self._ports and ref not in self._ports):
            return False
        widget = feed.component.widget
        return widget is None or ref == self._first(structure, widget)

    def renamed(self, former: NodeId, latter: NodeId) -> Excerpt:
        return FormExcerpt(_ports_renamed(self._ports, former, latter))

    def _first(self, structure: Structure, widget: Any) -> PortRef | None:
        """Return the first control that stands for a widget: all of them have its value."""
        refs = (
            PortRef(name, port)
            for name, node in structure.nodes.items()
            for port, feed in node.inputs.items()
            if isinstance(feed, Control) and feed.component.widget is widget
        )
        return next((ref for ref in refs if not self._ports or ref in self._ports), None)

    def shows(self, structure: Structure, node: NodeId) -> bool:
        return any(self._has(structure, node, port) for port in structure.nodes[node].inputs)

    def has_control(self, structure: Structure, node: NodeId, port: str) -> bool:
        """Whether it is shown, or says which of those that are shown count."""
        known = structure.nodes[node]
        if self._has(structure, node, port):
            return True
        variants = known.by_variant.values() if port == known.selector else ()
        return any(self._has(structure, node, own) for each in variants for own in each.ports)

    def has_output(self, structure: Structure, node: NodeId, port: str) -> bool:
        return not structure.nodes[node].runnable and self._has(structure, node, port)

    def state(self, state: CardState) -> CardState:
        return CardState()

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        if isinstance(command, SetInput):
            return self._has(structure, command.node, command.port)
        if isinstance(command, Fetch):
            own = command.record is None and not command.question
            return own and command.control and self._has(structure, command.node, command.port)
        if isinstance(command, RunCommand):
            return self._is_press(structure, command)
        return isinstance(command, (Upload, CancelUpload))

    def _is_press(self, structure: Structure, command: RunCommand) -> bool:
        """Whether a run is what a button among the controls starts."""
        node = structure.nodes.get(NodeId(command.targets[0])) if command.targets else None
        if node is None or len(command.targets) > 1 or command.force or command.item:
            return False
        mode = "to_here" if node.runnable else "downstream"
        return command.mode == mode and any(
            isinstance(feed, Control)
            and isinstance(feed.component, ui.Button)
            and self._has(structure, command.targets[0], port)
            for port, feed in node.inputs.items()
        )


class OutputExcerpt(Excerpt):
    """What some outputs show, and in few words why one shows nothing."""

    whole = False

    def __init__(self, ports: Iterable[tuple[str, str]]) -> None:
        self._ports = frozenset(PortRef(NodeId(node), port) for node, port in ports)
        self._nodes = frozenset(ref.node for ref in self._ports)

    def renamed(self, former: NodeId, latter: NodeId) -> Excerpt:
        return OutputExcerpt(_ports_renamed(self._ports, former, latter))

    def shows(self, structure: Structure, node: NodeId) -> bool:
        return node in self._nodes

    def has_control(self, structure: Structure, node: NodeId, port: str) -> bool:
        return False

    def has_output(self, structure: Structure, node: NodeId, port: str) -> bool:
        return PortRef(node, port) in self._ports

    def state(self, state: CardState) -> CardState:
        return CardState(status=state.status, freshness=state.freshness, error=_brief(state.error))

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        if isinstance(command, Fetch) and (command.control or command.question or command.record):
            return False
        if isinstance(command, (Fetch, Override)):
            return PortRef(NodeId(command.node), command.port) in self._ports
        return isinstance(command, (Upload, CancelUpload))


class NodesExcerpt(Excerpt):
    """Nodes without their ports."""

    whole = False

    def __init__(self, nodes: Iterable[str]) -> None:
        self._nodes = frozenset(map(NodeId, nodes))

    def renamed(self, former: NodeId, latter: NodeId) -> Excerpt:
        return type(self)(latter if node == former else node for node in self._nodes)

    def shows(self, structure: Structure, node: NodeId) -> bool:
        return node in self._nodes

    def has_control(self, structure: Structure, node: NodeId, port: str) -> bool:
        return False

    def has_output(self, structure: Structure, node: NodeId, port: str) -> bool:
        return False


class HistoryExcerpt(NodesExcerpt):
    """The records of nodes, with all that these were given and gave."""

    def state(self, state: CardState) -> CardState:
        return CardState(status=state.status, freshness=state.freshness, history=state.history)

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        if isinstance(command, Fetch) and command.record is None:
            return False
        said = (ListRuns, Compare, ShowRecord, Select, Fetch)
        return isinstance(command, said) and self._nodes.issuperset(nodes)


class RunExcerpt(NodesExcerpt):
    """A button: what it runs, and how far that is."""

    def state(self, state: CardState) -> CardState:
        return CardState()

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        if isinstance(command, StopCommand):
            return command.node is None
        if isinstance(command, PlanCommand):
            return self._nodes == {*nodes}
        if isinstance(command, RunCommand):
            mode = "to_here" if self._nodes else "stale"  # everything has no targets
            plain = command.mode == mode and not command.force and not command.item
            return plain and self._nodes == {*nodes}
        return False


class ChatExcerpt(Excerpt):
    """A conversation: what was said in it, and the output that answers."""

    whole = False

    def __init__(self, nodes: Iterable[str]) -> None:
        self._nodes = frozenset(map(NodeId, nodes))
        self._found: tuple[Structure, frozenset[PortRef]] | None = None

    def renamed(self, former: NodeId, latter: NodeId) -> Excerpt:
        return ChatExcerpt(latter if node == former else node for node in self._nodes)

    def _answers(self, structure: Structure) -> frozenset[PortRef]:
        """Return the outputs that answer, as found once in a structure: every node asks."""
        if self._found is None or self._found[0] is not structure:
            self._found = structure, self._find_answers(structure)
        return self._found[1]

    def _find_answers(self, structure: Structure) -> frozenset[PortRef]:
        ports = set()
        for name in self._nodes:
            if isinstance(structure.nodes.get(name), ConversingNode):
                with contextlib.suppress(GraphError):  # nothing does, any more
                    ports.add(answer_of(structure, name))
        return frozenset(ports)

    def shows(self, structure: Structure, node: NodeId) -> bool:
        return node in self._nodes or any(ref.node == node for ref in self._answers(structure))

    def has_control(self, structure: Structure, node: NodeId, port: str) -> bool:
        known = structure.nodes.get(node)
        return node in self._nodes and isinstance(known, ConversingNode) and port == known.turns

    def has_output(self, structure: Structure, node: NodeId, port: str) -> bool:
        return PortRef(node, port) in self._answers(structure)

    def state(self, state: CardState) -> CardState:
        return CardState(status=state.status, freshness=state.freshness, chat=state.chat)

    def offers(self, structure: Structure, command: CommandBase, nodes: Collection[NodeId]) -> bool:
        if isinstance(command, Fetch):
            own = not (command.control or command.question or command.record)
            return own and self.has_output(structure, NodeId(command.node), command.port)
        if isinstance(command, ChatCommand):
            answers = {ref.node for ref in self._answers(structure)}
            return command.node in self._nodes and {*nodes} <= self._nodes | answers
        return False


def _ports_renamed(ports: Iterable[PortRef], former: NodeId, latter: NodeId) -> list[PortRef]:
    return [PortRef(latter if ref.node == former else ref.node, ref.port) for ref in ports]


WHOLE = Excerpt()


def excerpt_of(
    kind: PartKind, ports: Sequence[tuple[str, str]] = (), nodes: Sequence[str] = ()
) -> Excerpt:
    """Return what a part of this kind shows."""
    match kind:
        case "form":
            return FormExcerpt(ports)
        case "output":
            return OutputExcerpt(ports)
        case "history":
            return HistoryExcerpt(nodes)
        case "run":
            return RunExcerpt(nodes)
        case "chat":
            return ChatExcerpt(nodes)
        case _:
            return WHOLE


def _brief(error: ErrorView | None) -> ErrorView | None:
    """Return an error in a line or two; the traceback is on the card, where that is shown."""
    if error is None:
        return None
    message = error.message.strip()[:_MESSAGE]
    return error.model_copy(update={"message": message, "traceback": ""})
