"""Templates as people write them: text, variables, what goes wrong, and what is heard of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import Context, FnNode, Graph, InputNode, TemplateNode, sequential, ui
from daggr_nb._model.utterance import as_text, parse
from daggr_nb.errors import GraphError, InvalidInputError, NodeFailed

# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{a}", "A"),
        ("{a}{a}", "AA"),
        ("{{a}} {a} {{", "{a} A {"),
        ('{{"k": {a}}}', '{"k": A}'),
        ("line\n{a}\n", "line\nA\n"),
        ("é {a} 🙂", "é A 🙂"),
    ],
)
def test_braces(template: str, text: str) -> None:
    inputs = {"a": "A"} if "{a}" in template.replace("{{a}}", "") else {}
    assert TemplateNode(template, inputs=inputs).test() == {"text": text}


@given(st.lists(st.one_of(st.text("ab{}\n", min_size=1), st.sampled_from([0, 1]))))
def test_what_is_written_is_what_is_said(parts: list[Any]) -> None:
    written = (
        p.replace("{", "{{").replace("}", "}}") if isinstance(p, str) else f"{{v{p}}}"
        for p in parts
    )
    inputs = {f"v{n}": f"value {n}" for n in (0, 1) if n in parts}
    said = "".join(p if isinstance(p, str) else f"value {p}" for p in parts)
    assert TemplateNode("".join(written), inputs=inputs).test() == {"text": said}


@pytest.mark.parametrize(
    "template", ["{", "}", "{a", "a}", "{}", "{a:.2f}", "{a!r}", '{"a": 1}', "{a:{a}}"]
)
def test_a_template_that_cannot_be_read_says_how_to_write_braces(template: str) -> None:
    with pytest.raises(GraphError, match=r"expected variables as \{name\}, got .*Write \{\{ and"):
        TemplateNode(template, inputs={"a": 1})


def test_variables_and_inputs_must_agree() -> None:
    with pytest.raises(InvalidInputError, match=r"names \{nmae\}.*Did you mean 'name'"):
        TemplateNode("Dear {nmae}", inputs={"name": "Ann"})
    with pytest.raises(InvalidInputError, match="dict of variable to value"):
        TemplateNode("{a}", inputs=["a"])  # type: ignore[arg-type]
    with pytest.raises(GraphError, match=r"expected name= as text.*by name: TemplateNode"):
        TemplateNode("{a}", {"a": 1})  # type: ignore[arg-type]
    with pytest.raises(GraphError, match="expected a text, got int"):
        TemplateNode(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["lead", "on_retry"])
def test_options_name_what_there_is(option: str) -> None:
    with pytest.raises(GraphError, match=f"{option} expected 'e?.*' or 'hold', got 'no'"):
        TemplateNode("x", **{option: "no"})


def test_the_output_may_have_another_display() -> None:
    assert isinstance(TemplateNode("x").outputs["text"], ui.Markdown)
    plain = TemplateNode("x", outputs={"text": ui.Textbox()})
    assert isinstance(plain.outputs["text"], ui.Textbox)
    with pytest.raises(GraphError, match="has one output, 'text'"):
        TemplateNode("x", outputs={"answer": None})


class Loud(str):
    def __str__(self) -> str:
        return "never"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (False, "False"),
        ("", ""),
        (Loud("quiet"), "quiet"),
        (1e-9, "1e-09"),
        pytest.param(10**5000, "a whole number of about 5,001 digits", id="a long number"),
        ([1, "é", None, True], '[1, "é", null, true]'),
        ({"a": {"b": (1, 2)}}, '{"a": {"b": [1, 2]}}'),
        ({1: "x"}, '{"1": "x"}'),
        ([{2, 1}], "[[1, 2]]"),
        ([np.float32(0.5), np.arange(2)], "[0.5, [0, 1]]"),
        (Path("/a/report.pdf"), "[report.pdf](/a/report.pdf)"),
        (Path("/a/b (1).pdf"), "[b (1).pdf](</a/b (1).pdf>)"),
        ([Path("/a/b.png")], '["[b.png](/a/b.png)"]'),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_what_json_cannot_say_is_shown_as_python_does() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert as_text(loop).startswith("[1, [1,") or "..." in as_text(loop)
    assert as_text({(1, 2): 3}) == "{(1, 2): 3}"
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert as_text(deep)


def test_segments_join_what_stands_together() -> None:
    assert [s.text for s in parse("a{{b}}c")] == ["a{b}c"]


# ---------------------------------------------------------------- in a graph


def graph_of(*nodes: Any, **options: Any) -> Graph:
    return Graph("Said", list(nodes), persist_key=False, **options)


def test_a_text_is_a_result_like_others(tmp_path: Path) -> None:
    form = InputNode("form", {"name": ui.Textbox("Ann")})
    letter = TemplateNode("Dear {name}", "letter", {"name": form.ports["name"]})

    def loud(text: str) -> str:
        return text.upper()

    graph = Graph("Letter", [FnNode(loud, inputs={"text": letter.text})], store=tmp_path)
    assert graph.run() == {"loud": {"output": "DEAR ANN"}}
    assert graph.status()["letter"].freshness == "fresh"
    graph.inputs["form__name"] = "Bo"
    assert graph.status()["letter"].freshness == "stale"
    assert graph.run() == {"loud": {"output": "DEAR BO"}}
    graph.inputs["form__name"] = "Ann"
    assert [e.type for e in graph.stream() if e.type.startswith("node.") and "cached" in e.type]
    assert [run.outputs["text"] for run in graph.history("letter")][::-1][:2] == [
        "Dear Ann",
        "Dear Bo",
    ]


def test_another_text_makes_it_stale() -> None:
    name = FnNode(lambda: "Ann", "name")
    graph = graph_of(TemplateNode("Dear {n}", "letter", {"n": name.output}))
    graph.run()
    graph["letter"].template  # noqa: B018 - the text is there to read
    again = graph_of(TemplateNode("Hello {n}", "letter", {"n": name.output}))
    assert again.run() == {"letter": {"text": "Hello Ann"}}


def test_a_value_whose_text_raises_fails_the_node_and_names_it() -> None:
    class Odd:
        def __str__(self) -> str:
            raise OSError("no text")

    def odd() -> Any:
        return Odd()

    graph = graph_of(TemplateNode("<{o}>", "letter", {"o": FnNode(odd).output}))
    told = list(graph.stream())
    [done] = [e for e in told if e.type == "template.done"]
    assert (done.status, done.text) == ("failed", "<")
    with pytest.raises(NodeFailed, match=r"letter.*no text"):
        graph.run()


def test_a_variant_that_is_a_template_speaks() -> None:
    short = TemplateNode("{x}", "short", {"x": "s"})
    long = TemplateNode("It is {x}.", "long", {"x": "l"})
    choice = short | long
    graph = graph_of(choice)
    assert graph.run() == {"short": {"text": "s"}}
    graph.inputs["short__variant"] = "long"
    told = [e.text for e in graph.stream() if e.type == "template.delta"]
    assert told == ["It is ", "l", "."]


def test_secrets_are_not_said() -> None:
    login = TemplateNode("key: {password}", "login", {"password": "hunter2hunter2"})
    told = [e.as_dict() for e in graph_of(login).stream()]
    assert "hunter2" not in repr(told)


def test_events_are_replayed_after_a_restart(tmp_path: Path) -> None:
    def words() -> Iterator[str]:
        yield "a"
        yield "ab"

    def build() -> Graph:
        source = FnNode(words, version="1")
        return Graph("Kept", [TemplateNode("<{w}>", "said", {"w": source.output})], store=tmp_path)

    graph = build()
    told = [e.as_dict() for e in graph.stream() if e.type.startswith("template.")]
    graph.close()
    heard: list[dict[str, Any]] = []
    is_done = threading.Event()

    def listen(event: Any) -> None:
        if event.type.startswith("template."):
            heard.append(event.as_dict())
        if event.type == "run.succeeded":
            is_done.set()

    again = build()
    listening = again.subscribe(listen, from_seq=0)
    assert is_done.wait(20)
    listening.close()
    again.close()
    assert heard == told
    assert "".join(e["text"] for e in heard if e["type"] == "template.delta") == "<ab>"


@pytest.mark.parametrize("queue", [100, 10_000])
def test_20_a_slow_listener_hears_the_whole_text(queue: int) -> None:
    count = 20_000

    def words(ctx: Context) -> str:
        for index in range(count):
            ctx.stream(f"{index} ")
        return "".join(f"{index} " for index in range(count))

    said: list[str] = []
    structural: list[str] = []
    is_done, may_go_on = threading.Event(), threading.Event()

    def listen(event: Any) -> None:
        may_go_on.wait(20)  # it is behind from the first event on
        if event.type == "template.delta":
            said.append(event.text)
        elif event.type.startswith(("template.", "run.")):
            structural.append(event.type)
        if event.type == "run.succeeded":
            is_done.set()

    source = FnNode(words, version="1")
    graph = graph_of(TemplateNode("<{w}>", "said", {"w": source.output}))
    listening = graph.subscribe(listen, queue=queue)
    text = graph.run()["said"]["text"]
    may_go_on.set()
    assert is_done.wait(20)
    listening.close()
    assert "".join(said) == text
    assert len(said) < count
    assert structural == [
        "run.started",
        "template.activated",
        "template.seg_end",
        "template.done",
        "run.succeeded",
    ]


# ---------------------------------------------------------------- one after the other


def two_at_once() -> Graph:
    started = threading.Barrier(2, timeout=20)
    second = threading.Event()

    def slow() -> Iterator[str]:
        yield "1"
        started.wait()
        assert second.wait(20)
        yield "12"

    def fast() -> Iterator[str]:
        yield "A"
        started.wait()
        yield "AB"
        second.set()

    nodes = [FnNode(fn, concurrent=True, version="1") for fn in (slow, fast)]
    return graph_of(*(TemplateNode("<{x}>", f"t{n.name}", {"x": n.output}) for n in nodes))


def test_templates_are_heard_one_after_the_other() -> None:
    told = list(sequential(two_at_once().stream()))
    spoken = [(e.node, e.text) for e in told if e.type == "template.delta"]
    assert "".join(text for _, text in spoken) == "<12><AB>"
    assert [node for node, _ in spoken] == sorted((node for node, _ in spoken), reverse=True)
    assert told[-1].type == "run.succeeded"
    kinds = [e.type for e in told if e.type.startswith("template.")]
    assert kinds.count("template.done") == 2


def test_the_same_for_who_awaits() -> None:
    async def read() -> str:
        text = ""
        async for event in sequential(two_at_once().astream()):
            text += event.text if event.type == "template.delta" else ""
        return text

    assert asyncio.run(read()) == "<12><AB>"


def test_a_chunk_is_said_before_its_source_is_over() -> None:
    def words() -> Iterator[str]:
        yield "he"
        assert heard.wait(20)
        yield "hello"

    heard = threading.Event()
    graph = graph_of(TemplateNode("{w}", "said", {"w": FnNode(words, version="1").output}))
    for event in graph.stream():
        if event.type == "template.delta":
            assert event.text in ("he", "llo")
            heard.set()
    assert graph["said"].text.value == "hello"
