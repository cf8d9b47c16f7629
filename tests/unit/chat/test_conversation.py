"""The node that keeps a conversation: its ports, and which output of a graph answers it."""

from __future__ import annotations

from typing import Any

import pytest

from daggr_nb import Conversation, FnNode, Graph, RouteNode, ui
from daggr_nb.errors import DaggrError, GraphError, InvalidInputError

HI = {"role": "user", "content": "Hi"}
HELLO = {"role": "assistant", "content": "Hello!"}
BE_KIND = {"role": "system", "content": "Be kind."}


@pytest.mark.parametrize(
    ("options", "messages", "outputs"),
    [
        ({}, [HI], {"messages": [HI], "message": "Hi", "history": []}),
        (
            {},
            [("Hi", "Hello!"), HI],
            {"messages": [HI, HELLO, HI], "message": "Hi", "history": [HI, HELLO]},
        ),
        (
            {"system": "Be kind."},
            [HI],
            {"messages": [BE_KIND, HI], "message": "Hi", "history": [BE_KIND]},
        ),
        ({"system": ""}, [HI], {"messages": [HI], "message": "Hi", "history": []}),
        ({}, [], {"history": []}),
        ({"system": "Be kind."}, [HI, HELLO], {"history": [BE_KIND, HI, HELLO]}),
    ],
)
def test_what_the_ports_carry(options: Any, messages: Any, outputs: Any) -> None:
    assert Conversation("Chat", **options).test(messages=messages) == outputs


@pytest.mark.parametrize(
    ("value", "turns"),
    [(None, []), ("Hi", [HI]), ([HELLO], [HELLO]), ([("Hi", "Hello!")], [HI, HELLO])],
)
def test_what_a_conversation_begins_with(value: Any, turns: Any) -> None:
    said = Conversation("Chat", value=value)
    echo = FnNode(lambda text: text, "echo", inputs={"text": said.message})
    graph = Graph("Begun", [echo], persist_key=False)
    assert graph.inputs["Chat__messages"] == turns
    answered = {"echo": {"output": "Hi"}} if turns[-1:] == [HI] else {}
    assert graph.run() == answered


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"value": 3}, "Chatbot 'messages' expected messages"),
        ({"examples": "Hi"}, "examples= expected a list of texts, got 'Hi'"),
        ({"examples": [3]}, "examples= expected a list of texts"),
        ({"answer": 3}, 'answer= expected the output that answers as "node.port", got 3'),
        ({"answer": ""}, 'answer= expected the output that answers as "node.port"'),
    ],
)
def test_what_cannot_be_one_is_said_at_once(options: Any, text: str) -> None:
    with pytest.raises(InvalidInputError, match="(?s).*" + text.replace("(", r"\(")):
        Conversation("Chat", **options)


def test_instructions_come_from_a_control_or_a_node() -> None:
    mood = FnNode(lambda: "sad", "mood", outputs={"mood": None})
    for system, heard in [(ui.Textbox("Be kind."), "Be kind."), (mood.mood, "sad")]:
        said = Conversation("Chat", system=system)
        first = FnNode(lambda messages: messages[0], "first", inputs={"messages": said.messages})
        graph = Graph("Instructed", [first], persist_key=False)
        assert graph.chat("Hi") == heard


# ---------------------------------------------------------------- which output answers


def text(value: Any) -> str:
    return str(value)


def answering(answer: str | None = None, **outputs: Any) -> Graph:
    """A graph of a conversation and, for each name, a node at its end with such outputs."""
    said = Conversation("Chat", answer=answer)
    nodes = [
        FnNode(text, name, inputs={"value": said.message}, outputs=ports)
        for name, ports in outputs.items()
    ]
    return Graph("Answering", nodes or [said], persist_key=False)


@pytest.mark.parametrize(
    ("answer", "outputs"),
    [
        (None, {"it": {"output": None}}),
        (None, {"it": {"text": ui.Markdown()}, "numbers": {"n": ui.Number()}}),
        (None, {"it": {"text": ui.Textbox()}, "picture": {"image": ui.Image()}}),
        (None, {"it": {"chat": ui.Chatbot()}}),
        ("it.text", {"it": {"text": ui.Textbox()}, "other": {"text": ui.Textbox()}}),
        ("it", {"it": {"text": ui.Textbox()}, "other": {"text": ui.Textbox()}}),
    ],
)
def test_the_output_that_answers_is_found(answer: str | None, outputs: Any) -> None:
    assert answering(answer, **outputs).chat("Hi") == "Hi"


@pytest.mark.parametrize(
    ("answer", "outputs", "what"),
    [
        (None, {}, "Nothing answers 'Chat'.*Conversation(answer=\"node.port\")"),
        (None, {"a": {"image": ui.Image()}}, "Nothing answers 'Chat'"),
        (
            None,
            {"a": {"text": ui.Textbox()}, "b": {"text": ui.Textbox()}},
            "Several outputs could answer 'Chat': a.text, b.text.*Conversation(answer=\"a.text\")",
        ),
        ("a.txt", {"a": {"text": ui.Textbox()}}, "got 'a.txt'. Did you mean 'a.text'?"),
        ("Chat.message", {"a": {"text": ui.Textbox()}}, "the node.port of an output below it"),
    ],
)
def test_else_an_error_says_what_to_write(answer: str | None, outputs: Any, what: str) -> None:
    graph = answering(answer, **outputs)
    first, _, rest = what.partition(".*")
    for use in (graph.chat, lambda: graph.chat("Hi"), lambda: graph.say("Hi")):
        with pytest.raises(GraphError) as caught:
            use()
        assert first in str(caught.value)
        assert rest in str(caught.value)
    assert graph.inputs["Chat__messages"] == []


def test_a_step_in_the_middle_can_answer() -> None:
    said = Conversation("Chat", answer="reply.text")
    reply = FnNode(text, "reply", inputs={"value": said.message}, outputs={"text": None})
    words = FnNode(lambda text: len(text), "words", inputs={"text": reply.text})
    assert Graph("Middle", [words], persist_key=False).chat("Hi") == "Hi"


def test_a_graph_without_a_conversation_or_with_several_says_what_to_write() -> None:
    plain = Graph("Plain", [FnNode(lambda: 1, "one")], persist_key=False)
    with pytest.raises(GraphError, match=r"has none.*Conversation\(\"Chat\"\)"):
        plain.chat("Hi")
    nodes = [
        FnNode(text, f"to {name}", inputs={"value": Conversation(name).message})
        for name in ("Ann", "Bo")
    ]
    both = Graph("Both", nodes, persist_key=False)
    with pytest.raises(GraphError, match=r"'Ann', 'Bo'.*conversation='Ann'"):
        both.chat("Hi")
    assert both.chat("Hi", conversation="Bo") == "Hi"
    assert both.inputs["Ann__messages"] == []
    with pytest.raises(GraphError, match="got 'to Ann', which is another kind"):
        both.chat("Hi", conversation="to Ann")
    with pytest.raises(DaggrError, match="Did you mean 'Bo'"):
        both.chat("Hi", conversation="Boo")


def test_what_nobody_asked_is_not_answered() -> None:
    said = Conversation("Chat")
    reply = FnNode(text, "reply", inputs={"value": said.message})
    graph = Graph("Silent", [reply], persist_key=False)
    assert graph.run() == {}
    assert graph.status()["reply"].status == "skipped"
    assert graph.results["Chat"]["history"] == []


def test_a_route_may_answer_nothing() -> None:
    said = Conversation("Chat", answer="reply.output")
    way = RouteNode(
        lambda text: "yes" if "?" in text else "no",
        ["yes", "no"],
        "way",
        inputs={"text": said.message},
    )
    reply = FnNode(text, "reply", inputs={"value": way.yes})
    graph = Graph(
        "Routed", [reply, FnNode(text, "log", inputs={"value": way.no})], persist_key=False
    )
    assert graph.chat("Well.") == ""
    assert graph.chat("Well?") == "Well?"
    assert [turn["content"] for turn in graph.inputs["Chat__messages"]] == ["Well.", "Well?"]
