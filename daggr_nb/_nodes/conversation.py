"""A node that keeps a conversation: what a graph answers, message by message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._model.conversing import ConversingNode
from daggr_nb._model.evaluation import Code, RunContext
from daggr_nb._model.feed import Control, feed
from daggr_nb._model.node import Feed
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb.errors import InputError, InvalidInputError

_TURNS = "messages"
_SYSTEM = "system"


class Conversation(ConversingNode):
    """Keep a conversation that the graph answers: on its card, and as ``graph.chat()``.

    Ports: ``messages`` is all that was said so far and ends with the person's last message, which
    is what a chat model takes; ``message`` is the text of that one, ``history`` what came before
    it. As long as nobody has said anything that is not answered, there is only ``history``, and
    what hangs on the other two is skipped.

    No edge leads back from what answers: with the next message, the answer that is shown then
    becomes part of what was said. One that was stopped counts as far as it came, one that failed
    was not said.

    Args:
        name: What the card is called.
        system: Put first: a text, a component to edit it with, or a port.
        value: What the conversation begins with, in any shape that ``ui.Chatbot`` takes, or a text
            as the person's first message.
        examples: Messages to choose from as long as nothing was said.
        placeholder: Stands where people write.
        answer: What answers, as ``"node.port"``; by default the only output at the end of the graph
            below that shows a text.

    In Python the input ``messages`` holds what was said: ``graph.inputs["Chat__messages"]``.

    >>> from daggr_nb import FnNode, Graph
    >>> said = Conversation("Chat")
    >>> echo = FnNode(lambda text: f"You said {text}.", "echo", inputs={"text": said.message})
    >>> graph = Graph("Echo", [echo], persist_key=False)
    >>> graph.chat("Hello")
    'You said Hello.'
    """

    kind = "conversation"
    icon = "interaction"
    at_hand = (*ConversingNode.at_hand, "test")
    turns = _TURNS

    def __init__(
        self,
        name: str | None = None,
        system: Any = None,
        value: Any = None,
        examples: Sequence[str] = (),
        placeholder: str = "Message",
        *,
        answer: str | None = None,
    ) -> None:
        self.answer = _checked_answer(answer, name)
        control = _Turns(
            _first(value),
            label=_TURNS,
            placeholder=placeholder,
            examples=_checked_examples(examples, name),
            interactive=False,  # but for what people do in a conversation
        )
        try:
            control.initial  # noqa: B018 - whoever wrote it is told now
        except InputError as error:
            raise InvalidInputError(str(error), node=name, port=_TURNS) from None
        first: dict[str, Feed] = {} if system is None else {_SYSTEM: feed(system)}
        super().__init__(
            name, {**first, _TURNS: Control(control)}, dict.fromkeys((_TURNS, "message", "history"))
        )

    @property
    def doc(self) -> str:
        return "what was said, and what the graph answers"

    @property
    def output_types(self) -> Mapping[str, Any]:
        messages = list[dict[str, Any]]
        return {_TURNS: messages, "message": str, "history": messages}

    @property
    def input_types(self) -> Mapping[str, Any]:
        return {_SYSTEM: str} if _SYSTEM in self.inputs else {}

    @property
    def may_leave_out(self) -> bool:
        return True

    def code(self) -> Code:
        return Code(kind=self.kind, version="1")

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        turns, system = list(inputs[_TURNS]), inputs.get(_SYSTEM)
        first = [{"role": "system", "content": str(system)}] if system else []
        if not turns or turns[-1]["role"] != "user":
            return {"history": [*first, *turns]}
        message = ui.said_in(turns[-1]["content"])
        return {
            _TURNS: [*first, *turns],
            "message": message,
            "history": [*first, *turns[:-1]],
        }

    def test(self, **inputs: Any) -> dict[str, Any]:
        """Return the outputs by port for ``messages``, outside any graph."""
        if _TURNS in inputs:
            control = self.inputs[_TURNS]
            assert isinstance(control, Control)
            inputs[_TURNS] = control.component.accept(inputs[_TURNS])
        return run_standalone(self, inputs)


class _Turns(ui.Chatbot):
    """What was said: a control that says for itself what it is."""

    labels_itself = True

    @property
    def type(self) -> str:
        """The name of the control that the canvas has for it."""
        return ui.Chatbot.__name__


def _first(value: Any) -> Any:
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


def _checked_examples(examples: Any, name: str | None) -> tuple[str, ...]:
    if isinstance(examples, str) or not all(isinstance(each, str) for each in examples):
        raise InvalidInputError(
            f"examples= expected a list of texts, got {examples!r}.", node=name, port=_TURNS
        )
    return tuple(examples)


def _checked_answer(answer: Any, name: str | None) -> str | None:
    if answer is None or (isinstance(answer, str) and answer.strip()):
        return answer
    raise InvalidInputError(
        f'answer= expected the output that answers as "node.port", got {answer!r}. The node is not '
        "made yet when the conversation is, so its name stands for it.",
        node=name,
    )
