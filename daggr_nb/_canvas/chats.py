"""Conversations as cards show them, and what people do there."""

from __future__ import annotations

from daggr_nb._engine.session.chat import Answer, Chat, answer
from daggr_nb._engine.session.session import Session
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._ids import NodeId, RunId
from daggr_nb._model.conversing import ConversingNode, conversations
from daggr_nb._protocol.commands import ChatCommand
from daggr_nb._protocol.views import ChatView, HistoryView
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import hidden_result
from daggr_nb.errors import GraphError, InputError


def chat_view(current: SheetSession, name: NodeId) -> ChatView | None:
    """Return how the conversation of a node stands, ``None`` if it keeps none."""
    node = current.structure.nodes[name]
    if not isinstance(node, ConversingNode):
        return None
    try:
        told = answer(current, name)
    except GraphError as error:  # nothing answers, or several do
        return ChatView(turns=node.turns, problem=str(error))
    return ChatView(
        turns=node.turns,
        node=told.port.node,
        port=told.port.port,
        phase=told.phase,
        text=_text_apart(current, told),
        problem=told.problem,
        versions=_versions(told),
    )


def is_turns(current: SheetSession, name: NodeId, port: str) -> bool:
    """Whether a control holds what was said in a conversation."""
    node = current.structure.nodes[name]
    return isinstance(node, ConversingNode) and port == node.turns


def hidden_turns() -> list[dict[str, str]]:
    """Return what is shown in the place of a conversation that tells a secret."""
    text = (
        "Something that looks like a key or a password was said, so that this conversation is "
        "neither shown nor kept. It goes on all the same; clear it to see it again."
    )
    return [{"role": "note", "content": text}]


def _text_apart(current: SheetSession, told: Answer) -> str:
    """Return what the answer says where its port shows something else, as one that was stopped."""
    shown = current.sheet.shown.get(told.port.node)
    if shown is not None and shown.id == told.record:
        return ""
    component = current.structure.nodes[told.port.node].outputs[told.port.port]
    return HIDDEN if hidden_result(told.port.port, component, told.text) else told.text


def _versions(told: Answer) -> HistoryView:
    total = len(told.versions)
    if told.record not in told.versions:
        return HistoryView(total=total, older=told.versions[-1] if told.versions else None)
    index = told.versions.index(told.record)
    return HistoryView(
        index=index + 1,
        total=total,
        older=told.versions[index - 1] if index else None,
        newer=told.versions[index + 1] if index + 1 < total else None,
    )


def carry_out(session: Session, command: ChatCommand) -> None:
    """Do what a view says of a conversation."""
    name = session.current.structure.name_of(command.node)
    if name not in conversations(session.current.structure):
        raise InputError(
            f"{str(name)!r} was expected to keep a conversation, and does not.", node=name
        )
    chat = Chat(session, name)
    match command.action:
        case "say":
            chat.say(command.text, command.at, command.after, reason="canvas")
        case "regenerate":
            chat.regenerate(reason="canvas")
        case "stop":
            chat.stop()
        case "clear":
            chat.clear()
        case "choose":
            if command.record is None:
                raise InputError("choose expected the record of an answer, got none.", node=name)
            chat.choose(RunId(command.record))
