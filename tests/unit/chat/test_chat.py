"""A conversation at work: what people say, edit, stop and choose, and what becomes of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Conversation, FnNode, Graph, TemplateNode, ui
from daggr_nb._engine.session.chat import Answer, Chat, answer
from daggr_nb._ids import NodeId
from daggr_nb.errors import InputError, NodeFailed, RunCancelled

CHAT = NodeId("Chat")


class Model:
    """Answers with how many messages it was given; may be held, and may be asked to fail."""

    def __init__(self) -> None:
        self.calls = 0
        self.spoke = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, messages: list[dict[str, Any]], mood: str) -> Iterator[str]:
        self.calls += 1
        last = messages[-1]["content"]
        if last == "fail":
            raise ValueError("overloaded")
        yield f"{mood}, {len(messages)}"
        self.spoke.set()
        self.go_on.wait(20)
        yield f"{mood}, {len(messages)}: {last}!"


def talking(model: Model, **options: Any) -> Graph:
    said = Conversation("Chat")
    node = FnNode(
        lambda messages, mood: model(messages, mood),
        "model",
        inputs={"messages": said.messages, "mood": ui.Textbox("kind")},
        outputs={"text": ui.Markdown()},
        ignore=["model"],
    )
    return Graph("Talk", [node], **{"persist_key": False, **options})


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.go_on.set()


@pytest.fixture
def graph(model: Model) -> Graph:
    return talking(model)


def chat_of(graph: Graph) -> Chat:
    return Chat(graph.session, CHAT)


def standing(graph: Graph) -> Answer:
    with graph.session.reading() as current:
        return answer(current, CHAT)


def lines(graph: Graph) -> list[str]:
    """What was said, and the answer that is shown."""
    turns = [f"{turn['role'][0]}: {turn['content']}" for turn in graph.inputs["Chat__messages"]]
    text = standing(graph).text
    return [*turns, f"a: {text}"] if text else turns


# ---------------------------------------------------------------- one message after the other


def test_the_answer_becomes_part_of_what_was_said_with_the_next_message(graph: Graph) -> None:
    assert graph.chat("Hi") == "kind, 1: Hi!"
    assert graph.inputs["Chat__messages"] == [{"role": "user", "content": "Hi"}]
    assert graph.chat("Why?") == "kind, 3: Why?!"
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!", "u: Why?", "a: kind, 3: Why?!"]
    assert {s.freshness for s in graph.status().values()} == {"fresh"}
    assert graph.plan() == []


def test_the_event_loop_is_not_blocked(graph: Graph) -> None:
    assert asyncio.run(graph.achat("Hi")) == "kind, 1: Hi!"


def test_an_answer_is_heard_as_it_is_made(graph: Graph) -> None:
    events = list(graph.say("Hi").events())
    deltas = [event.delta for event in events if event.type == "node.chunk"]
    assert "".join(deltas) == "kind, 1: Hi!"
    assert events[-1].type == "run.succeeded"


def test_an_answer_edited_by_hand_is_what_was_said(graph: Graph) -> None:
    graph.chat("Hi")
    graph.override(graph["model"].ports["text"], "Hello.")
    graph.chat("Why?")
    assert lines(graph)[:2] == ["u: Hi", "a: Hello."]


def test_the_same_words_to_a_model_that_hears_only_them_are_answered_again() -> None:
    said = Conversation("Chat")
    echo = FnNode(str.upper, "echo", inputs={"self": said.message})
    graph = Graph("Echo", [echo], persist_key=False)
    assert [graph.chat("hi"), graph.chat("hi"), graph.chat("ho")] == ["HI", "HI", "HO"]
    assert lines(graph) == ["u: hi", "a: HI", "u: hi", "a: HI", "u: ho", "a: HO"]


@pytest.mark.parametrize("text", ["", "  \n", None, 3])
def test_nothing_is_no_message(graph: Graph, text: Any) -> None:
    with pytest.raises(InputError, match="expected a text to say"):
        graph.say(text)
    assert graph.inputs["Chat__messages"] == []


def test_what_others_said_meanwhile_is_not_talked_over(graph: Graph) -> None:
    chat = chat_of(graph)
    chat.say("Hi", after=0).wait(20)
    for at in (None, 0):
        with pytest.raises(InputError, match="expected to have 0 messages, and has 1"):
            chat.say("Hi", at, after=0)
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]


# ---------------------------------------------------------------- while it speaks


def test_while_it_speaks_nothing_else_is_said(graph: Graph, model: Model) -> None:
    model.go_on.clear()
    run = graph.say("Hi")
    assert model.spoke.wait(20)
    chat = chat_of(graph)
    for act in (
        lambda: graph.say("Wait"),
        lambda: chat.say("Hey", at=0),
        chat.regenerate,
        chat.clear,
    ):
        with pytest.raises(InputError, match="is being answered"):
            act()
    assert standing(graph).phase in ("waiting", "speaking")
    model.go_on.set()
    run.wait(20)
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]


def test_what_was_stopped_counts_as_far_as_it_came(graph: Graph, model: Model) -> None:
    model.go_on.clear()
    run = graph.say("Hi")
    assert model.spoke.wait(20)
    for event in run.events():
        if event.type == "node.chunk":
            chat_of(graph).stop()
    with pytest.raises(RunCancelled):
        run.result(20)
    assert standing(graph).phase == "stopped"
    assert lines(graph) == ["u: Hi", "a: kind, 1"]
    model.go_on.set()
    assert graph.chat("Why?") == "kind, 3: Why?!"
    assert lines(graph)[:2] == ["u: Hi", "a: kind, 1"]


def test_a_stopped_answer_is_one_of_several(graph: Graph, model: Model) -> None:
    graph.chat("Hi")
    model.go_on.clear()
    model.spoke.clear()
    run = chat_of(graph).regenerate()
    assert model.spoke.wait(20)
    for event in run.events():
        if event.type == "node.chunk":
            run.cancel()
    run.wait(20)
    stopped = standing(graph)
    assert (stopped.phase, stopped.text, len(stopped.versions)) == ("stopped", "kind, 1", 2)
    chat_of(graph).choose(stopped.versions[0])
    assert standing(graph).text == "kind, 1: Hi!"
    chat_of(graph).choose(stopped.versions[1])
    assert (standing(graph).phase, standing(graph).text) == ("stopped", "kind, 1")


# ---------------------------------------------------------------- failures


def test_what_failed_was_not_said(graph: Graph) -> None:
    graph.chat("Hi")
    with pytest.raises(NodeFailed, match="overloaded"):
        graph.chat("fail")
    assert (standing(graph).phase, standing(graph).problem) == ("failed", "overloaded")
    assert graph.chat("Why?") == "kind, 4: Why?!"
    assert lines(graph)[2:] == ["u: fail", "u: Why?", "a: kind, 4: Why?!"]


def test_a_step_before_the_answer_that_failed_is_named() -> None:
    def look(text: str) -> str:
        raise LookupError("no index")

    said = Conversation("Chat")
    sources = FnNode(look, "look", inputs={"text": said.message})
    reply = FnNode(str, "reply", inputs={"object": sources.output})
    graph = Graph("Blocked", [reply], persist_key=False)
    with pytest.raises(NodeFailed, match="no index"):
        graph.chat("Hi")
    assert (standing(graph).phase, standing(graph).problem) == ("failed", "look: no index")


def test_after_a_failure_the_same_message_is_tried_again(graph: Graph, model: Model) -> None:
    graph.run("model", inputs={"Chat__messages": [("fail", None)]}, check=False)
    chat_of(graph).regenerate().wait(20)
    assert (model.calls, standing(graph).phase) == (2, "failed")


# ---------------------------------------------------------------- edit, repeat, choose, clear


def test_an_edited_message_takes_what_came_after_it_along(graph: Graph) -> None:
    graph.chat("Hi")
    graph.chat("Why?")
    chat_of(graph).say("Hey", at=0).wait(20)
    assert lines(graph) == ["u: Hey", "a: kind, 1: Hey!"]
    graph.undo()
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!", "u: Why?", "a: kind, 3: Why?!"]


@pytest.mark.parametrize("at", [1, 3, -1, 9])
def test_only_the_persons_own_messages_are_edited(graph: Graph, at: int) -> None:
    graph.chat("Hi")
    graph.chat("Why?")
    with pytest.raises(InputError, match=r"index of a message of the person \(0, 2\), got"):
        chat_of(graph).say("No.", at=at)


def test_a_message_edited_back_has_its_answer_at_once(graph: Graph, model: Model) -> None:
    graph.chat("Hi")
    chat_of(graph).say("Hey", at=0).wait(20)
    chat_of(graph).say("Hi", at=0).wait(20)
    assert (lines(graph), model.calls) == (["u: Hi", "a: kind, 1: Hi!"], 2)


def test_another_answer_stands_beside_the_first(graph: Graph, model: Model) -> None:
    graph.chat("Hi")
    first = standing(graph).record
    chat_of(graph).regenerate().wait(20)
    second = standing(graph)
    assert (model.calls, len(second.versions)) == (2, 2)
    assert (second.versions[0], second.record) == (first, second.versions[1])
    chat_of(graph).choose(second.versions[0])
    assert standing(graph).record == first
    assert {s.freshness for s in graph.status().values()} == {"fresh"}
    graph.undo()
    assert standing(graph).record == second.record


def test_answers_to_other_messages_are_no_choice(graph: Graph) -> None:
    graph.chat("Hi")
    first = standing(graph).record
    graph.chat("Why?")
    assert first is not None
    assert first not in standing(graph).versions
    with pytest.raises(InputError, match="expected an answer to its last message"):
        chat_of(graph).choose(first)


def test_the_answer_that_is_shown_is_what_was_said(graph: Graph) -> None:
    graph.chat("Hi")
    graph.override(graph["model"].ports["text"], "Hello.")
    original, edited = standing(graph).versions
    chat_of(graph).choose(original)
    graph.chat("Why?")
    assert lines(graph)[1] == "a: kind, 1: Hi!"
    graph.undo()
    assert standing(graph).record == original
    chat_of(graph).choose(edited)
    assert lines(graph) == ["u: Hi", "a: Hello."]


def test_a_cleared_conversation_begins_anew(graph: Graph) -> None:
    graph.chat("Hi")
    chat_of(graph).clear()
    assert (lines(graph), standing(graph).phase) == ([], "none")
    with pytest.raises(InputError, match="nothing to answer: say something first"):
        chat_of(graph).regenerate()
    graph.undo()
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]


# ---------------------------------------------------------------- undo, restoring, other inputs


def test_undo_takes_a_message_back_with_what_was_shown_then(graph: Graph) -> None:
    for text in ("Hi", "Why?", "Oh."):
        graph.chat(text)
    assert graph.undo()
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!", "u: Why?", "a: kind, 3: Why?!"]
    assert graph.undo()
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]
    assert {s.freshness for s in graph.status().values()} == {"fresh"}
    assert graph.undo()
    assert lines(graph) == []
    assert not graph.undo()
    for said in ("a: kind, 1: Hi!", "a: kind, 3: Why?!", "a: kind, 5: Oh.!"):
        assert graph.redo()
        assert lines(graph)[-1] == said
    assert not graph.redo()
    assert {s.freshness for s in graph.status().values()} == {"fresh"}


def test_an_old_answer_brings_its_conversation_back(graph: Graph) -> None:
    for text in ("Hi", "Why?"):
        graph.chat(text)
    chat_of(graph).clear()
    graph.chat("Something else")
    old = graph.history("model")[1]
    graph.select(old)
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!", "u: Why?", "a: kind, 3: Why?!"]
    assert graph.chat("Oh.") == "kind, 5: Oh.!"


def test_another_setting_makes_the_answer_stale_and_keeps_it(graph: Graph) -> None:
    graph.chat("Hi")
    graph.inputs["model__mood"] = "sad"
    assert graph.status()["model"].freshness == "stale"
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]
    graph.run()
    assert lines(graph) == ["u: Hi", "a: sad, 1: Hi!"]
    assert len(standing(graph).versions) == 2


def test_a_message_after_a_change_of_settings_answers_the_answer_that_is_shown(
    graph: Graph,
) -> None:
    graph.chat("Hi")
    graph.inputs["model__mood"] = "sad"
    assert graph.chat("Why?") == "sad, 3: Why?!"
    assert lines(graph)[:2] == ["u: Hi", "a: kind, 1: Hi!"]


def test_instructions_that_change_take_no_answer_away() -> None:
    said = Conversation("Chat", system=ui.Textbox("Be kind."))
    reply = FnNode(
        lambda messages: f"{messages[0]['content']} {len(messages)}",
        "reply",
        inputs={"messages": said.messages},
    )
    graph = Graph("Instructed", [reply], persist_key=False)
    assert graph.chat("Hi") == "Be kind. 2"
    graph.run("Chat", inputs={"Chat__system": "Be sad."})
    assert graph.status()["reply"].freshness == "stale"
    assert lines(graph) == ["u: Hi", "a: Be kind. 2"]
    assert graph.chat("Why?") == "Be sad. 4"


# ---------------------------------------------------------------- sheets and restarts


def test_every_sheet_has_a_conversation_of_its_own(graph: Graph) -> None:
    graph.chat("Hi")
    graph.sheets.use(graph.sheets.create("Other"))
    assert lines(graph) == []
    graph.chat("Hey")
    graph.sheets.duplicate("Other", "Copy")
    graph.sheets.use("Copy")
    assert lines(graph) == ["u: Hey", "a: kind, 1: Hey!"]
    graph.chat("Why?")
    graph.sheets.use("Other")
    assert lines(graph) == ["u: Hey", "a: kind, 1: Hey!"]
    graph.sheets.use("Sheet 1")
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]


def test_a_conversation_outlives_the_kernel(tmp_path: Path, model: Model) -> None:
    kept: dict[str, Any] = {"persist_key": None, "store": tmp_path}
    first = talking(model, **kept)
    first.chat("Hi")
    first.chat("Why?")
    chat_of(first).regenerate().wait(20)
    told = lines(first), standing(first)
    first.close()
    again = talking(model, **kept)
    assert (lines(again), standing(again)) == told
    assert again.chat("Oh.") == "kind, 5: Oh.!"


def test_a_stopped_answer_outlives_it_too(tmp_path: Path, model: Model) -> None:
    kept: dict[str, Any] = {"persist_key": None, "store": tmp_path}
    first = talking(model, **kept)
    first.chat("Hi")
    model.go_on.clear()
    model.spoke.clear()
    run = first.say("Why?")
    assert model.spoke.wait(20)
    for event in run.events():
        if event.type == "node.chunk":
            run.cancel()
    run.wait(20)
    model.go_on.set()
    first.close()
    again = talking(model, **kept)
    assert lines(again) == ["u: Hi", "a: kind, 1: Hi!", "u: Why?", "a: kind, 3"]


def test_a_message_taken_back_while_it_is_answered_leaves_the_former_answer(
    graph: Graph, model: Model
) -> None:
    graph.chat("Hi")
    model.go_on.clear()
    model.spoke.clear()
    run = graph.say("Why?")
    assert model.spoke.wait(20)
    graph.undo()
    model.go_on.set()
    run.wait(20)
    assert lines(graph) == ["u: Hi", "a: kind, 1: Hi!"]
    assert graph.chat("Oh.") == "kind, 3: Oh.!"


# ---------------------------------------------------------------- answers that are set together


def cited(model: Model) -> Graph:
    said = Conversation("Chat")
    look = FnNode(lambda text: f"page {len(text)}", "look", inputs={"text": said.message})
    spoken = FnNode(
        lambda messages: model(messages, "kind"),
        "model",
        inputs={"messages": said.messages},
        ignore=["model"],
    )
    inputs = {"text": spoken.output, "source": look.output}
    return Graph("Cited", [TemplateNode("{text} [{source}]", "answer", inputs)], persist_key=False)


def test_a_template_answers_and_is_answered_anew_by_its_model(model: Model) -> None:
    graph = cited(model)
    assert graph.chat("Hi") == "kind, 1: Hi! [page 2]"
    chat_of(graph).regenerate().wait(20)
    assert (model.calls, len(standing(graph).versions)) == (2, 2)
    assert graph.chat("Why?") == "kind, 3: Why?! [page 4]"


def test_a_template_that_is_stopped_counts_as_far_as_it_came(model: Model) -> None:
    graph = cited(model)
    graph.chat("Hi")
    model.go_on.clear()
    model.spoke.clear()
    run = graph.say("Why?")
    assert model.spoke.wait(20)
    for event in run.events():
        if event.type == "template.delta":
            run.cancel()
    run.wait(20)
    assert (standing(graph).phase, standing(graph).text) == ("stopped", "kind, 3")
    model.go_on.set()
    assert graph.chat("Oh.") == "kind, 5: Oh.! [page 3]"
    assert lines(graph)[2:4] == ["u: Why?", "a: kind, 3"]


def test_instructions_that_cannot_be_made_are_why_nobody_answers() -> None:
    def instruct() -> str:
        raise LookupError("no instructions")

    said = Conversation("Chat", system=FnNode(instruct, "instruct").output)
    reply = FnNode(str, "reply", inputs={"object": said.messages})
    graph = Graph("Instructed", [reply], persist_key=False)
    graph.say("Hi").wait(20)
    assert standing(graph).problem == "instruct: no instructions"


def test_the_same_answer_to_other_words_is_an_answer(tmp_path: Path) -> None:
    """What comes to the same text is one record, made for the first question alone."""

    def build() -> Graph:
        said = Conversation("Chat")

        def parrot(messages: list[dict[str, Any]]) -> str:
            return f"You said {messages[-1]['content']}"

        model = FnNode(parrot, inputs={"messages": said.messages}, version="1")
        answer = TemplateNode("{text}!", "answer", {"text": model.output})
        return Graph("Parrot", [answer], store=tmp_path)

    for _ in range(3):  # each in a kernel of its own
        graph = build()
        assert graph.chat("How?") == "You said How?!"
        assert graph.chat("And keys?") == "You said And keys?!"
        graph.undo()
        graph.close()
    graph = build()
    contents = [turn["content"] for turn in graph.inputs["Chat__messages"]]
    assert contents == ["How?", *["You said How?!", "How?"] * 2]
    graph.close()
