"""Steps that a person does: the run pauses, asks, and goes on with the answer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, InteractionNode, ops, ui
from daggr_nb.errors import (
    GraphError,
    InputError,
    InvalidInputError,
    NodeFailed,
    RunPaused,
)
from daggr_nb.testing import VirtualTime


def draft(topic: str) -> str:
    return f"On {topic}"


def send(text: str) -> str:
    return f"sent: {text}"


def aside() -> str:
    return "done"


def mail(store: Path | None = None) -> tuple[Graph, ops.Approve]:
    form = InputNode("form", ports={"topic": ui.Textbox("otters")})
    review = ops.Approve("review", input=FnNode(draft, inputs={"topic": form.topic}).output)
    nodes = [FnNode(send, inputs={"text": review.output}), FnNode(aside)]
    options: dict[str, Any] = {"persist_key": False} if store is None else {"store": store}
    return Graph("Mail", nodes=nodes, **options), review


def pause(graph: Graph) -> None:
    run = graph.submit()
    assert run.wait(10)
    assert run.status == "paused"


def test_a_run_does_everything_else_and_pauses() -> None:
    graph, review = mail()
    with pytest.raises(RunPaused, match=r"waits for an answer to 'review'.*graph.answer") as caught:
        graph.run()
    assert caught.value.waiting == ["review"]
    status = {name: s.status for name, s in graph.status().items()}
    assert status["aside"] == "succeeded"
    assert status["review"] == "waiting"
    assert status["send"] == "missing"
    (asked,) = graph.questions()
    assert (asked.node, asked.kind, asked.options) == ("review", "approve", ["On otters"])
    assert graph.answer(review, True).result()["send"]["output"] == "sent: On otters"
    assert graph.questions() == []
    assert graph.plan() == []


def test_events_of_a_pause() -> None:
    time = VirtualTime()
    review = ops.Approve("review", input="text")
    session = time.session([FnNode(send, inputs={"text": review.output})])
    run = session.submit([])
    time.run()
    kinds = [(event.type, event.node) for event in run.events()]
    assert kinds[-2:] == [("node.waiting", "review"), ("run.paused", None)]
    assert [e.reasons for e in run.events() if e.type == "run.paused"] == [
        [{"node": "review", "waits_for": "answer"}]
    ]
    answered = session.runs.answer(review.name, True)  # type: ignore[arg-type]
    time.run()
    assert answered.status == "succeeded"
    starts = [e.node for e in answered.events() if e.type == "node.started"]
    assert starts == ["review", "send"]


def test_a_rejected_value_skips_what_hangs_on_it() -> None:
    graph, review = mail()
    pause(graph)
    run = graph.answer(review, False)
    assert run.wait(10)
    assert (run.status, run.steps) == ("succeeded", {"review": "succeeded", "send": "skipped"})
    assert graph.plan() == []


def test_an_answer_is_not_asked_for_again_while_the_question_is_the_same() -> None:
    graph, review = mail()
    pause(graph)
    graph.answer(review, True).result()
    graph.inputs["form__topic"] = "seals"
    pause(graph)  # another text: the approval of the first does not count
    assert graph.questions()[0].options == ["On seals"]
    graph.answer(review, False).wait(10)
    graph.inputs["form__topic"] = "otters"
    assert graph.run()["send"]["output"] == "sent: On otters"


def test_running_the_node_itself_asks_anew() -> None:
    graph, review = mail()
    pause(graph)
    graph.answer(review, True).result()
    run = graph.submit(review)
    assert run.wait(10)
    assert run.status == "paused"
    assert graph.status()["review"].status == "waiting"
    assert graph.answer(review, False).wait(10)
    assert graph.status()["send"].status == "skipped"
    assert len(graph.history(review)) == 2


def test_a_restored_result_takes_the_question_away() -> None:
    graph, review = mail()
    pause(graph)
    graph.answer(review, True).result()
    graph.submit(review).wait(10)
    graph.select(graph.history("send")[0])
    assert graph.questions() == []
    assert graph.status()["review"].status == "succeeded"


def test_a_question_survives_a_restart_and_goes_on_with_what_waited(tmp_path: Path) -> None:
    graph, _ = mail(tmp_path)
    pause(graph)
    graph.close()
    graph, review = mail(tmp_path)
    assert graph.status()["review"].status == "waiting"
    assert [asked.node for asked in graph.questions()] == ["review"]
    assert graph.answer(review, True).result()["send"]["output"] == "sent: On otters"
    graph.close()


def test_a_question_can_be_answered_before_any_run() -> None:
    name = ops.TextInput("who", label="Your name")
    graph = Graph("Hello", nodes=[FnNode(send, inputs={"text": name.text})], persist_key=False)
    assert graph.questions()[0].text == "Your name"
    assert graph.answer(name, "Ada").result() == {"who": {"text": "Ada"}}
    assert graph.run()["send"]["output"] == "sent: Ada"


def test_choose_one_by_value_or_by_index() -> None:
    def options() -> list[str]:
        return ["warm", "dry"]

    tone = ops.ChooseOne("tone", options=FnNode(options).output)
    graph = Graph("Tone", nodes=[FnNode(send, inputs={"text": tone.selected})], persist_key=False)
    pause(graph)
    assert graph.questions()[0].options == ["warm", "dry"]
    with pytest.raises(InputError, match=r"one of its options, got 'wet'.*'warm', 'dry'"):
        graph.answer(tone, "wet")
    with pytest.raises(InputError, match="index of an option, 0 to 1, got 2"):
        graph.answer(tone, index=2)
    assert graph.answer(tone, index=1).result()["send"]["output"] == "sent: dry"
    graph.submit(tone).wait(10)
    assert graph.answer(tone, "warm").result()["tone"]["selected"] == "warm"


def test_choosing_among_pictures() -> None:
    numpy = pytest.importorskip("numpy")
    pictures = [numpy.zeros((2, 2)), numpy.ones((2, 2))]
    pick = ops.ChooseOne("pick", options=pictures)
    graph = Graph("Pick", nodes=[pick], persist_key=False)
    chosen = graph.answer(pick, numpy.ones((2, 2))).result()["pick"]["selected"]
    assert chosen.sum() == 4


def test_every_item_is_asked_on_its_own(tmp_path: Path) -> None:
    def drafts() -> list[str]:
        return ["a", "b", "c"]

    def join(texts: list[str]) -> str:
        return "+".join(texts)

    def make() -> tuple[Graph, InteractionNode]:
        text = InteractionNode(
            "edit", "generic", inputs={"input": FnNode(drafts).output.each}, label="Better"
        )
        end = FnNode(join, inputs={"texts": text.output.all()})
        return Graph("Edits", nodes=[end], store=tmp_path), text

    graph, text = make()
    pause(graph)
    assert [asked.item for asked in graph.questions()] == ["0", "1", "2"]
    run = graph.answer(text, "B", item=1)
    assert run.wait(10)
    assert run.status == "paused"
    assert [asked.item for asked in graph.questions()] == ["0", "2"]
    graph.close()
    graph, text = make()
    graph.answer(text, "A").wait(10)
    assert graph.answer(text, "C").result()["join"]["output"] == "A+B+C"
    graph.close()


def test_a_picture_is_taken_from_bytes_paths_and_images(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = image.new("RGB", (4, 3), "red")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    path = tmp_path / "red.png"
    path.write_bytes(buffer.getvalue())
    node = ops.ImageInput("photo")
    for given in (picture, buffer.getvalue(), path, str(path)):
        assert node.test(given)["image"].size == (4, 3)
    with pytest.raises(InputError, match="'photo' expected an image"):
        node.test(b"no picture")


def test_the_component_of_the_output_takes_the_answer() -> None:
    node = InteractionNode("score", outputs={"score": ui.Slider(1, 5)})
    graph = Graph("Score", nodes=[node], persist_key=False)
    with pytest.raises(InputError, match="from 1 to 5"):
        graph.answer(node, 9)
    assert graph.questions()[0].node == "score"  # nothing is lost
    assert graph.answer(node, 4).result()["score"]["score"] == 4


def test_test_runs_it_alone() -> None:
    assert ops.Approve().test(True, input="x") == {"output": "x"}
    assert ops.Approve().test(False, input="x") == {}
    assert ops.ChooseOne().test("b", options=["a", "b"]) == {"selected": "b"}


def test_misuse_says_what_to_do() -> None:
    with pytest.raises(GraphError, match="Did you mean 'approve'"):
        InteractionNode("x", "aprove")
    with pytest.raises(GraphError, match="Use a node for each"):
        InteractionNode("x", outputs={"a": None, "b": None})
    with pytest.raises(InvalidInputError, match="another question every time"):
        ops.ChooseOne("x", options=lambda: [1])
    graph, review = mail()
    with pytest.raises(InputError, match=r"no open question of 'review'.*Run what it is about"):
        graph.answer(review, True)
    pause(graph)
    with pytest.raises(InputError, match=r"expected True \(approve\) or False"):
        graph.answer(review, "yes")
    with pytest.raises(InputError, match="a value or index="):
        graph.answer(review)


def test_an_answer_to_a_question_that_has_changed_is_refused() -> None:
    graph, _ = mail()
    pause(graph)
    key = graph.questions()[0].key
    graph.inputs["form__topic"] = "seals"
    pause(graph)
    with pytest.raises(InputError, match="asked about something else now"):
        graph.session.runs.answer(graph["review"].name, True, key=key)  # type: ignore[arg-type]


def test_options_that_are_none_fail_the_node() -> None:
    pick = ops.ChooseOne("pick", options=[])
    graph = Graph("None", nodes=[pick], persist_key=False)
    with pytest.raises(NodeFailed, match="list of options with at least one"):
        graph.run()


def test_a_failure_elsewhere_does_not_hide_the_question() -> None:
    def broken() -> str:
        raise ValueError("no")

    review = ops.Approve("review", input="text")
    graph = Graph("Both", nodes=[review, FnNode(broken)], persist_key=False)
    run = graph.submit()
    assert run.wait(10)
    assert run.status == "paused"
    assert run.steps == {"review": "waiting", "broken": "failed"}
    with pytest.raises(NodeFailed, match="broken"):
        run.result()
