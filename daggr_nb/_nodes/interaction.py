"""Nodes whose work a person does: the run waits for an answer."""

from __future__ import annotations

import pathlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._model.evaluation import Ask, Code, RunContext
from daggr_nb._model.feed import Drawn, Unfed, feed
from daggr_nb._model.node import AskingNode, Feed
from daggr_nb._nodes.calls.outputs import Outputs, output_ports
from daggr_nb._nodes.choice import Choosable
from daggr_nb._nodes.run_standalone import run_standalone
from daggr_nb._pictures import NoPictureError, opened
from daggr_nb._provenance.digest.content import digest
from daggr_nb.errors import DigestError, GraphError, InputError, InvalidInputError, did_you_mean


class InteractionNode(AskingNode, Choosable):
    """Ask a person, and go on with the answer.

    A run that comes to such a node does everything else that it can and ends as ``paused``. The
    card asks; ``graph.questions()`` lists what is asked and ``graph.answer(node, value)`` answers.
    Then what waited goes on, also after the page was reloaded or the kernel restarted. An answer
    is a result like any other: it is on record, comes back with its inputs, and is not asked for
    again while its inputs are the same, unless the node is run by itself.

    Args:
        name: What the node is called.
        interaction_type: ``"approve"``, ``"choose_one"``, ``"text_input"``, ``"image_input"`` or
            ``"generic"``; the classes in :mod:`daggr_nb.ops` are short for them.
        inputs: What is asked about.
        outputs: The one port that the answer goes to.
        label: The text of the question.

    Raises :class:`~daggr_nb.errors.GraphError` for an unknown type or several outputs, and
    :class:`~daggr_nb.errors.InvalidInputError` for a callable input, which would make another
    question every time.
    """

    kind = "interaction"
    icon = "interaction"
    at_hand = (*AskingNode.at_hand, "test")

    def __init__(
        self,
        name: str | None = None,
        interaction_type: str = "generic",
        inputs: Mapping[str, Any] | None = None,
        outputs: Outputs = None,
        label: str = "",
    ) -> None:
        if interaction_type not in _INTERACTIONS:
            raise GraphError(
                f"interaction_type expected one of {', '.join(_INTERACTIONS)}, got "
                f"{interaction_type!r}.{did_you_mean(str(interaction_type), _INTERACTIONS)}",
                node=name,
            )
        self.interaction_type = interaction_type
        self.label = label
        self._interaction = _INTERACTIONS[interaction_type]
        feeds = _feeds(inputs, self._interaction.inputs, name or interaction_type)
        ports = output_ports(outputs if outputs is not None else self._interaction.outputs)
        if len(ports) != 1:
            raise GraphError(
                f"An InteractionNode asks for one value, so it has one output, got {list(ports)}. "
                "Use a node for each.",
                node=name,
            )
        super().__init__(name, feeds, ports)

    @property
    def default_name(self) -> str:
        return self.interaction_type

    @property
    def doc(self) -> str:
        return self.label or self._interaction.text

    @property
    def may_leave_out(self) -> bool:
        return True

    def code(self) -> Code:
        return Code(
            kind=self.kind,
            config={"type": self.interaction_type, "outputs": list(self.outputs)},
            version="1",
        )

    @property
    def answer_port(self) -> str:
        """The output that carries the answer."""
        return next(iter(self.outputs))

    @property
    def component(self) -> ui.Component:
        """The control that a value is given with."""
        return self.outputs[self.answer_port] or ui.Textbox()

    def ask(self, inputs: Mapping[str, Any]) -> Ask:
        return self._interaction.ask(self, inputs)

    def accept(self, answer: Any, inputs: Mapping[str, Any]) -> Any:
        return self._interaction.accept(self, answer, inputs)

    def answer_of(self, value: Any, inputs: Mapping[str, Any]) -> Any:
        return self._interaction.answer_of(self, value, inputs)

    def run(self, inputs: Mapping[str, Any], context: RunContext) -> dict[str, Any]:
        return self._interaction.result(self, context.answer, inputs)

    def test(self, answer: Any, **inputs: Any) -> dict[str, Any]:
        """Return the outputs by port that ``answer`` would lead to; see ``graph.answer``."""
        accepted = self.accept(self.answer_of(answer, inputs), inputs)
        return run_standalone(self, inputs, accepted)


class Interaction(ABC):
    """How one type of interaction asks, and what follows from the answer."""

    text = ""
    inputs: Sequence[str] = ()
    outputs: Mapping[str, ui.Component | None] = {"output": None}

    @abstractmethod
    def ask(self, node: InteractionNode, inputs: Mapping[str, Any]) -> Ask: ...

    @abstractmethod
    def accept(self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]) -> Any: ...

    def answer_of(self, node: InteractionNode, value: Any, inputs: Mapping[str, Any]) -> Any:
        return value

    def result(
        self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {node.answer_port: answer}


class Approval(Interaction):
    """Yes lets the value pass; no skips what hangs on it."""

    text = "Approve this?"
    inputs = ("input",)

    def ask(self, node: InteractionNode, inputs: Mapping[str, Any]) -> Ask:
        return Ask("approve", node.doc, next(iter(inputs)), [*inputs.values()][:1])

    def accept(self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]) -> bool:
        if not isinstance(answer, bool):
            raise InputError(
                f"{node.name!r} expected True (approve) or False (reject), got {answer!r}.",
                node=node.name,
            )
        return answer

    def result(
        self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {node.answer_port: next(iter(inputs.values()))} if answer else {}


class OneOf(Interaction):
    """The answer is the index of one of the options."""

    text = "Choose one"
    inputs = ("options",)
    outputs = {"selected": None}  # noqa: RUF012 - never changed

    def ask(self, node: InteractionNode, inputs: Mapping[str, Any]) -> Ask:
        return Ask("choose", node.doc, next(iter(inputs)), self._options(node, inputs))

    def accept(self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]) -> int:
        count = len(self._options(node, inputs))
        if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < count:
            raise InputError(
                f"{node.name!r} expected the index of an option, 0 to {count - 1}, got {answer!r}.",
                node=node.name,
            )
        return answer

    def answer_of(self, node: InteractionNode, value: Any, inputs: Mapping[str, Any]) -> int:
        options = self._options(node, inputs)
        for index, option in enumerate(options):
            if _same(option, value):
                return index
        options_text = ", ".join(repr(option)[:40] for option in options[:12])
        raise InputError(
            f"{node.name!r} expected one of its options, got {value!r}. They are: {options_text}. "
            "Say index=... to choose by place.",
            node=node.name,
        )

    def result(
        self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {node.answer_port: self._options(node, inputs)[answer]}

    def _options(self, node: InteractionNode, inputs: Mapping[str, Any]) -> list[Any]:
        value = next(iter(inputs.values()))
        scalar = isinstance(value, (str, bytes, Mapping))
        options = [] if scalar or not hasattr(value, "__iter__") else list(value)
        if not options:
            raise InputError(
                f"{node.name!r} expected a list of options with at least one, got "
                f"{type(value).__name__} {str(value)[:60]!r}.",
                node=node.name,
            )
        return options


class Value(Interaction):
    """The answer is a value that the output's component takes."""

    text = "Input"

    def __init__(
        self, inputs: Sequence[str] = (), outputs: Mapping[str, ui.Component | None] | None = None
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs or {"output": None}

    def ask(self, node: InteractionNode, inputs: Mapping[str, Any]) -> Ask:
        port = next(iter(inputs), None)
        return Ask("value", node.doc, port, [*inputs.values()][:1], node.component)

    def accept(self, node: InteractionNode, answer: Any, inputs: Mapping[str, Any]) -> Any:
        if isinstance(node.component, ui.Image):
            return _picture(node, answer)
        return node.component.edited(None, answer)


_INTERACTIONS: Mapping[str, Interaction] = {
    "generic": Value(),
    "approve": Approval(),
    "choose_one": OneOf(),
    "text_input": Value(outputs={"text": ui.Textbox()}),
    "image_input": Value(outputs={"image": ui.Image()}),
}


def _feeds(inputs: Mapping[str, Any] | None, names: Sequence[str], node: str) -> dict[str, Feed]:
    if inputs is None:
        return {name: Unfed() for name in names}
    if not isinstance(inputs, Mapping) or (names and len(inputs) != len(names)):
        raise InvalidInputError(
            f"{node!r} expected inputs= as a dict with {len(names)} entry, got {inputs!r}.",
            node=node,
        )
    feeds = {port: feed(value) for port, value in inputs.items()}
    for port, source in feeds.items():
        if isinstance(source, Drawn):
            raise InvalidInputError(
                f"{node}.{port} is a callable: it would ask another question every time. "
                "Give it the value, or the port of a node that makes it.",
                node=node,
                port=port,
            )
    return feeds


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    try:
        return digest(one) == digest(other)
    except DigestError:
        return False


def _picture(node: InteractionNode, answer: Any) -> Any:
    """Return an answer as a PIL image: bytes of a file, a path, or what is an image already."""
    if not isinstance(answer, (bytes, bytearray, memoryview, str, pathlib.Path)):
        if answer is None:
            raise InputError(f"{node.name!r} expected an image, got None.", node=node.name)
        return answer
    source = answer if isinstance(answer, (str, pathlib.Path)) else bytes(answer)
    try:
        return opened(source)
    except NoPictureError as error:
        raise InputError(
            f"{node.name!r} expected an image (PNG, JPEG, ...), got what is none: {error}",
            node=node.name,
        ) from error
