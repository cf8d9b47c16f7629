"""Messages as values: every shape they come in, and the one that nodes get."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb.errors import InputError

HI = {"role": "user", "content": "Hi"}
HELLO = {"role": "assistant", "content": "Hello!"}


@dataclass
class ChatMessage:
    """As Gradio has it."""

    content: Any
    role: str = "assistant"
    metadata: Any = None
    options: Any = None


PARTS = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
CALL = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]

TAKEN: list[tuple[Any, Any]] = [
    (None, []),
    ([], []),
    ([HI, HELLO], [HI, HELLO]),
    ((HI,), [HI]),
    ([("Hi", "Hello!")], [HI, HELLO]),
    ([["Hi", None]], [HI]),
    ([(None, "Hello!")], [HELLO]),
    ([("Hi", "Hello!"), HI], [HI, HELLO, HI]),
    ([ChatMessage("Hello!")], [HELLO]),
    ([SimpleNamespace(role="user", content="Hi")], [HI]),
    ([{**HELLO, "metadata": {"title": "x"}, "options": []}], [HELLO]),
    ([{"content": "Hi", "role": "user"}], [HI]),
    ([{**HI, "name": "Ann"}], [{**HI, "name": "Ann"}]),
    ([{**HI, "content": PARTS}], [{**HI, "content": PARTS}]),
    (
        [{"role": "assistant", "content": None, "tool_calls": CALL}],
        [{"role": "assistant", "content": None, "tool_calls": CALL}],
    ),
    (
        [{"role": "tool", "tool_call_id": "c1", "content": "4"}],
        [{"role": "tool", "content": "4", "tool_call_id": "c1"}],
    ),
]


@pytest.mark.parametrize(("value", "messages"), TAKEN)
def test_a_conversation_is_taken_in_every_shape(value: Any, messages: Any) -> None:
    accepted = ui.Chatbot().accept(value)
    assert accepted == messages
    assert [list(message)[:2] for message in accepted] == [["role", "content"]] * len(messages)
    assert ui.Chatbot(value).initial == messages
    assert ui.Chatbot().accept(accepted) == accepted


@pytest.mark.parametrize(
    ("value", "expected", "seen"),
    [
        ("Hi", "messages as [{'role': 'user'", "str 'Hi'"),
        (3, "messages as", "int 3"),
        (HI, "messages as", "dict"),
        (["Hi", "Hello!"], "messages as", "str 'Hi'"),
        ([{"content": "Hi"}], "messages as", "'content': 'Hi'"),
        ([("a", "b", "c")], "messages as", "tuple"),
        ([{**HI, "role": "model"}], "a role of user, assistant, system", "str 'model'"),
        ([{**HI, "role": 3}], "a role of", "int 3"),
        ([{"role": "user"}], "a message that has content", "'role': 'user'"),
        ([{**HI, "content": 3}], "content as text", "int 3"),
        ([{**HI, "content": ["Hi"]}], "content as text, or as parts", "list"),
        ([(3, "Hello!")], "content as text", "int 3"),
    ],
)
def test_what_is_no_conversation_is_named(value: Any, expected: str, seen: str) -> None:
    with pytest.raises(InputError) as caught:
        ui.Chatbot(label="Talk").accept(value)
    assert str(caught.value).startswith("Chatbot 'Talk' expected ")
    assert expected in str(caught.value)
    assert seen in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hello!", "Hello!"),
        (None, ""),
        ("", ""),
        (HELLO, "Hello!"),
        (ChatMessage("Hello!"), "Hello!"),
        ([HI, HELLO], "Hello!"),
        ([HELLO, HI, HELLO, {**HELLO, "content": "And you?"}], "Hello!\n\nAnd you?"),
        ([HELLO, HI], ""),
        ([("Hi", "Hello!")], "Hello!"),
        ([{**HELLO, "content": PARTS}], "Look:\n\n(image_url)"),
        ({"otter": 0.9}, '{"otter": 0.9}'),
        (4, "4"),
        ({1, 2}.union, "<built-in method"),
    ],
)
def test_what_a_result_says_as_an_answer(value: Any, text: str) -> None:
    answer = ui.answer_in(value)
    assert answer == text or (text.startswith("<") and answer.startswith(text))


def test_a_conversation_is_an_input_like_others() -> None:
    def count(messages: list[dict[str, Any]]) -> int:
        return len(messages)

    node = FnNode(count, inputs={"messages": ui.Chatbot([("Hi", "Hello!")])}, outputs=["n"])
    graph = Graph("Counted", [node], persist_key=False)
    assert graph.run()["count"]["n"] == 2
    assert graph.run(inputs={"count__messages": [HI]})["count"]["n"] == 1
    with pytest.raises(InputError, match=r"count\.messages: Chatbot expected messages"):
        graph.inputs["count__messages"] = "Hi"
    assert graph.inputs["count__messages"] == [HI]


def test_a_message_that_only_calls_tools_says_nothing() -> None:
    preview = look_at(
        [HI, {"role": "assistant", "content": None, "tool_calls": CALL}], ui.Chatbot()
    ).preview
    assert [line["text"] for line in preview.data] == ["Hi", ""]
