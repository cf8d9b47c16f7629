"""Steps that a person does: the run pauses, asks on the card, and goes on with the answer.

>>> from daggr_nb import FnNode, Graph, ops
>>> def draft() -> str:
...     return "Dear all"
>>> def send(text: str) -> str:
...     return f"sent: {text}"
>>> review = ops.Approve("review", input=FnNode(draft).output)
>>> graph = Graph("Mail", nodes=[FnNode(send, inputs={"text": review.output})], persist_key=False)
>>> graph.submit().wait()
True
>>> graph.questions()[0].text
'Approve this?'
>>> graph.answer(review, True).result()["send"]
{'output': 'sent: Dear all'}
"""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._names import NOT_GIVEN
from daggr_nb._nodes.interaction import InteractionNode

__all__ = ["Approve", "ChooseOne", "ImageInput", "TextInput"]


def __dir__() -> list[str]:
    return sorted(__all__)


def _given(port: str, value: Any) -> dict[str, Any] | None:
    return None if value is NOT_GIVEN else {port: value}


class Approve(InteractionNode):
    """Let the value of ``input`` pass as ``output`` if a person approves it.

    What hangs on a rejected value is skipped. The answer is ``True`` or ``False``.

    Args:
        name: What the node is called.
        input: What feeds it: a port, or a value.
        label: What the person is asked.
    """

    def __init__(
        self,
        name: str | None = None,
        input: Any = NOT_GIVEN,  # noqa: A002 - the name of the port
        label: str = "",
    ) -> None:
        super().__init__(name, "approve", _given("input", input), label=label)


class ChooseOne(InteractionNode):
    """Let a person choose one of ``options``, a list of anything; it goes on as ``selected``.

    The answer is one of the options, or ``index=`` its place.

    Args:
        name: What the node is called.
        options: What feeds the list: a port, or a list.
        label: What the person is asked.
    """

    def __init__(self, name: str | None = None, options: Any = NOT_GIVEN, label: str = "") -> None:
        super().__init__(name, "choose_one", _given("options", options), label=label)


class TextInput(InteractionNode):
    """Ask a person for a text; it goes on as ``text``.

    Args:
        name: What the node is called.
        label: What the person is asked.
        lines: How many lines the field has.
    """

    def __init__(self, name: str | None = None, label: str = "Input", lines: int = 1) -> None:
        outputs = {"text": ui.Textbox(lines=lines, label=label)}
        super().__init__(name, "text_input", outputs=outputs, label=label)


class ImageInput(InteractionNode):
    """Ask a person for a picture; it goes on as ``image``, a PIL image.

    The answer may be a PIL image, an array, a path, or the bytes of a file.

    Args:
        name: What the node is called.
        label: What the person is asked.
    """

    def __init__(self, name: str | None = None, label: str = "Image") -> None:
        outputs = {"image": ui.Image(label=label)}
        super().__init__(name, "image_input", outputs=outputs, label=label)
