"""Choosing between variants: which inputs count, what runs, what comes back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import ChoiceNode, FnNode, Graph, InputNode, ui
from daggr_nb.errors import (
    GraphError,
    InputError,
    NodeFailed,
    ScatterError,
    UnknownNodeError,
    UnknownPortError,
)


def plain(text: str, speed: int = 1) -> str:
    return f"plain {text} {speed}"


def rich(text: str, voice: str = "low") -> tuple[str, float]:
    return f"rich {text} {voice}", 1.5


def left() -> str:
    return "left"


def right() -> str:
    return "right"


def shout(audio: str) -> str:
    return audio.upper()


def double(length: float) -> float:
    return 2 * length


def speech() -> tuple[Graph, ChoiceNode]:
    """Two variants, each fed by a node of its own; only one of them has a length."""
    one = FnNode(
        plain, inputs={"text": FnNode(left).output, "speed": ui.Slider(1, 9)}, outputs=["audio"]
    )
    other = FnNode(
        rich,
        inputs={"text": FnNode(right).output, "voice": ui.Textbox("low")},
        outputs=["audio", "length"],
    )
    choice = ChoiceNode([one, other], name="speech")
    after = FnNode(shout, inputs={"audio": choice.audio})
    timing = FnNode(double, inputs={"length": choice.length})
    return Graph("Speech", nodes=[after, timing], persist_key=False), choice


def test_only_what_the_chosen_variant_needs_is_run() -> None:
    graph, _ = speech()
    assert graph.run() == {"shout": {"output": "PLAIN LEFT 1"}}
    status = graph.status()
    assert status["right"].status == "missing"
    assert status["double"].status == "skipped"  # plain has no length
    graph.inputs["speech__variant"] = "rich"
    assert [step.node for step in graph.plan()] == ["right", "speech", "shout", "double"]
    assert graph.run() == {"shout": {"output": "RICH RIGHT LOW"}, "double": {"output": 3.0}}


def test_inputs_of_variants_are_live() -> None:
    graph, choice = speech()
    graph.run()
    graph.inputs["speech__plain.speed"] = 4
    assert str(graph.status()["speech"].reasons[0]) == "speed: 1 → 4"
    assert graph.run(choice)["speech"]["audio"] == "plain left 4"
    assert set(graph.inputs) == {"speech__variant", "speech__plain.speed", "speech__rich.voice"}


def test_inputs_of_other_variants_do_not_count() -> None:
    graph, _ = speech()
    graph.run()
    graph.inputs["speech__rich.voice"] = "high"
    assert graph.plan() == []


def test_a_variant_that_was_run_before_comes_back_with_its_result() -> None:
    graph, choice = speech()
    graph.run()
    graph.inputs["speech__variant"] = "rich"
    (reason,) = (r for r in graph.status()["speech"].reasons if r.kind != "UPSTREAM")
    assert (reason.kind, reason.text) == ("VARIANT", "variant: plain → rich")
    graph.run()
    graph.inputs["speech__variant"] = "plain"
    assert choice.audio.value == "plain left 1"
    assert graph.plan() == []
    assert graph["shout"].output.value == "PLAIN LEFT 1"
    assert len(graph.history("speech")) == 2


def test_select_brings_the_variant_back() -> None:
    graph, choice = speech()
    graph.run()
    graph.run(inputs={"speech__variant": "rich"})
    graph.inputs["speech__plain.speed"] = 9
    oldest = graph.history("speech")[-1]
    graph.select(oldest)
    assert graph.inputs["speech__variant"] == "plain"
    assert graph.inputs["speech__plain.speed"] == 1
    assert choice.audio.value == "plain left 1"
    assert dict(oldest.inputs) == {"variant": "plain", "plain.text": "left", "plain.speed": 1}


def test_the_choice_belongs_to_the_sheet_and_survives_a_restart(tmp_path: Path) -> None:
    def make() -> Graph:
        voice = FnNode(plain, inputs={"text": "a"}) | FnNode(rich, inputs={"text": "b"})
        return Graph("Kept", nodes=[voice], store=tmp_path)

    first = make()
    first.run(inputs={"plain__variant": "rich"})
    first.close()
    second = make()
    assert second.inputs["plain__variant"] == "rich"
    assert second.plan() == []
    second.close()


def test_operators_flatten() -> None:
    a, b, c = (FnNode(fn, inputs={"text": "x"}) for fn in (plain, rich, shout_text))
    assert list((a | b | c).variants) == ["plain", "rich", "shout_text"]
    assert list((a | (b | c)).variants) == ["plain", "rich", "shout_text"]
    assert (a | b).name == "plain"


def shout_text(text: str) -> str:
    return text.upper()


def test_one_function_in_two_variants() -> None:
    calm = FnNode(shout_text, inputs={"text": "calm"})
    wild = FnNode(shout_text, inputs={"text": "wild"})
    graph = Graph("Twice", nodes=[calm | wild], persist_key=False)
    assert graph.run()["shout_text"]["output"] == "CALM"
    graph.inputs["shout_text__variant"] = "shout_text_1"
    assert graph.run()["shout_text"]["output"] == "WILD"


def test_limits_of_variants_hold() -> None:
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2)

    def work(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait(10)  # passes only if two run at once
        with lock:
            running -= 1
        return item

    def items() -> list[int]:
        return [1, 2, 3, 4]

    source = FnNode(items)
    options: dict[str, Any] = {"concurrency_group": "gpu", "max_concurrent": 2}
    one = FnNode(work, name="one", inputs={"item": source.output.each}, **options)
    other = FnNode(work, name="other", inputs={"item": source.output.each}, volatile=True)
    choice = ChoiceNode([one, other], name="choice")
    gathered = FnNode(total, inputs={"parts": choice.output.all()}, ignore=["lock"])
    graph = Graph("Limits", nodes=[gathered], persist_key=False)
    assert graph.run(timeout=30)["total"]["output"] == 10
    assert most == 2


def total(parts: list[int]) -> int:
    return sum(parts)


def test_a_variants_own_policy_counts() -> None:
    def fails(text: str) -> str:
        raise ValueError("no")

    safe = FnNode(fails, name="safe", inputs={"text": "x"}, default="instead")
    bare = FnNode(fails, name="bare", inputs={"text": "x"})
    graph = Graph("Policy", nodes=[ChoiceNode([safe, bare], name="c")], persist_key=False)
    assert graph.run()["c"]["output"] == "instead"
    graph.inputs["c__variant"] = "bare"
    with pytest.raises(NodeFailed, match="no"):
        graph.run()


def test_a_route_can_be_a_variant_and_choices_can_follow_routes() -> None:
    tone = InputNode("form", ports={"text": ui.Textbox("hello")})
    choice = FnNode(shout_text, inputs={"text": tone.text}) | FnNode(
        plain, inputs={"text": tone.text}
    )
    graph = Graph("Form", nodes=[choice], persist_key=False)
    assert graph.run()["shout_text"]["output"] == "HELLO"
    graph.inputs["form__text"] = "bye"
    assert graph.run()["shout_text"]["output"] == "BYE"


def test_test_runs_one_variant_alone() -> None:
    choice = FnNode(plain, inputs={"text": "a"}) | FnNode(rich, inputs={"text": "b"})
    assert choice.test() == {"output": "plain a 1"}
    assert choice.test("rich", text="c") == {"output": ("rich c low", 1.5)}
    with pytest.raises(UnknownNodeError, match="Did you mean 'rich'"):
        choice.test("rick")


def test_misuse_says_what_to_do() -> None:
    node = FnNode(plain, inputs={"text": "a"})
    with pytest.raises(GraphError, match="at least one variant"):
        ChoiceNode([])
    with pytest.raises(GraphError, match="one twice"):
        node | node
    with pytest.raises(GraphError, match="A variant is a node that runs"):
        node | InputNode("form", ports={"x": ui.Textbox()})
    with pytest.raises(TypeError):
        node | 3  # type: ignore[operator]
    graph = Graph("Bad", nodes=[node | FnNode(rich, inputs={"text": "b"})], persist_key=False)
    with pytest.raises(InputError, match="one of 'plain', 'rich'"):
        graph.inputs["plain__variant"] = "ritch"
    with pytest.raises(UnknownPortError, match="audio"):
        graph["plain"].audio  # noqa: B018


def test_variants_must_scatter_alike() -> None:
    def items() -> list[str]:
        return ["a", "b"]

    source = FnNode(items)
    one = FnNode(plain, inputs={"text": source.output.each})
    other = FnNode(rich, inputs={"text": source.output})
    with pytest.raises(ScatterError, match="'plain' runs once per item, 'rich' runs once"):
        Graph("Mixed", nodes=[one | other], persist_key=False)


def test_a_variant_fed_by_another_source_reads_as_before_when_the_other_changes() -> None:
    graph, _ = speech()
    graph.run()
    graph.run("right")  # feeds the variant that is not chosen
    assert graph.plan() == []
    assert graph.status()["speech"].freshness == "fresh"
