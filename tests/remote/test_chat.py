"""Chat models: what they are asked, how their words arrive, and what stays after a stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Event, FnNode, Graph, InferenceNode
from daggr_nb.errors import AppFailed, BadAnswer, NodeFailed, RunCancelled
from daggr_nb.testing import ModelServer, Reply
from tests.unit.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def graph_of(*nodes: Any) -> Graph:
    return Graph("Chat", nodes=list(nodes), persist_key=False)


def asked(models: ModelServer) -> Any:
    return [r.json for r in models.requests if r.path.endswith("/chat/completions")][-1]


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("inputs", "messages"),
    [
        ({"prompt": "Hi"}, [("user", "Hi")]),
        ({"input": "Hi"}, [("user", "Hi")]),
        ({"text": "Hi"}, [("user", "Hi")]),
        ({"story": "Hi"}, [("user", "Hi")]),
        ({"prompt": "Hi", "system": "Be brief."}, [("system", "Be brief."), ("user", "Hi")]),
        ({"prompt": "Hi", "system": ""}, [("user", "Hi")]),
        ({"messages": [{"role": "user", "content": "Hi", "metadata": 1}]}, [("user", "Hi")]),
        (
            {"messages": [["Hi", "Hello"]], "prompt": "Who?"},
            [("user", "Hi"), ("assistant", "Hello"), ("user", "Who?")],
        ),
        (
            {"prompt": "What?", "image": "https://a.example/cat.png"},
            [
                (
                    "user",
                    [
                        {"type": "text", "text": "What?"},
                        {"type": "image_url", "image_url": {"url": "https://a.example/cat.png"}},
                    ],
                )
            ],
        ),
    ],
)
def test_inputs_become_a_conversation(
    inputs: dict[str, Any], messages: list[tuple[str, Any]], models: ModelServer
) -> None:
    graph_of(InferenceNode("example/chat", inputs=inputs)).run()
    assert asked(models)["messages"] == [{"role": r, "content": c} for r, c in messages]


def test_parameters_go_along(models: ModelServer) -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "otter", "schema": {"type": "object"}}}
    inputs = {"prompt": "Hi", "temperature": 0.5, "max_tokens": 20.0, "seed": None, "stop": "."}
    more = {"response_format": shape, "extra_body": {"top_k": 3}}
    graph_of(InferenceNode("example/chat", inputs={**inputs, **more})).run()
    body = asked(models)
    assert body == {
        "model": "example/chat",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "temperature": 0.5,
        "max_tokens": 20,
        "stop": ["."],
        "response_format": shape,
        "top_k": 3,
    }
    assert isinstance(body["max_tokens"], int)


def test_the_librarys_own_client_asks_the_same(models: ModelServer) -> None:
    import huggingface_hub

    models.add("example/chat", "text-generation", provider="nebula", does="conversational")
    graph_of(InferenceNode("example/chat:nebula", inputs={"prompt": "Hi", "seed": 7})).run()
    ours = asked(models)
    client = huggingface_hub.InferenceClient(f"{models.url}/v1", token="hf_x")
    stream = client.chat_completion(
        [{"role": "user", "content": "Hi"}], model="example/chat:nebula", seed=7, stream=True
    )
    said = "".join(event.choices[0].delta.content or "" for event in stream)
    assert asked(models) == ours
    assert said == "You said: Hi"


@pytest.mark.parametrize("mapped", ["conversational", "text-generation"])
def test_a_text_model_chats_unless_its_provider_knows_better(
    mapped: str, models: ModelServer
) -> None:
    models.add("example/story", "text-generation", does=mapped)
    node = InferenceNode("example/story", inputs={"prompt": "Hi"}, task="text-generation")
    told = graph_of(node).run()["story"]["output"]
    assert told == ("You said: Hi" if mapped == "conversational" else "Once there was an otter.")


@pytest.mark.parametrize("end", ["", "/v1", "/v1/", "/v1/chat/completions"])
def test_a_server_of_ones_own_needs_no_key_and_no_hub(
    end: str, models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    node = InferenceNode("llama3.2:3b", inputs={"prompt": "Hi"}, base_url=models.url + end)
    assert graph_of(node).run() == {"llama3.2": {"output": "You said: Hi"}}
    (request,) = models.requests
    assert request.path == "/v1/chat/completions"
    assert request.json["model"] == "llama3.2:3b"
    assert "authorization" not in request.headers


def test_talking_to_a_server_of_ones_own_loads_no_library(models: ModelServer) -> None:
    code = (
        "import sys; from daggr_nb import Graph, InferenceNode; "
        "assert 'httpx' not in sys.modules; "
        f"options = {{'inputs': {{'prompt': 'Hi', 'seed': 7}}, 'base_url': {models.url!r}}}; "
        "node = InferenceNode('echo', **options); "
        "print(Graph('Own', [node], persist_key=False).run()); "
        "assert 'huggingface_hub' not in sys.modules"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == "{'echo': {'output': 'You said: Hi'}}\n", done.stderr


def test_an_endpoint_is_asked_at_its_address(models: ModelServer) -> None:
    node = InferenceNode(f"{models.url}/v1?version=7", inputs={"prompt": "Hi"}, api_key="abcdef123")
    assert graph_of(node).run() == {"v1": {"output": "You said: Hi"}}
    (request,) = models.requests
    assert request.path == "/v1/chat/completions?version=7"
    assert "model" not in request.json
    assert request.headers["authorization"] == "Bearer abcdef123"


def test_hooks_see_inputs_and_the_whole_answer(models: ModelServer) -> None:
    node = InferenceNode(
        "example/chat",
        inputs={"animal": "otter"},
        outputs=["loud", "length"],
        preprocess=lambda inputs: {"prompt": f"an {inputs['animal']}"},
        postprocess=lambda text: (text.upper(), len(text)),
    )
    assert graph_of(node).run() == {"chat": {"loud": "YOU SAID: AN OTTER", "length": 18}}


def test_a_prompt_that_another_node_makes_is_wired_in(models: ModelServer) -> None:
    ask = FnNode(lambda: "Hi", "ask")
    node = InferenceNode("example/chat")
    graph = graph_of(ask, node)
    graph.edge(ask.output, node.input)
    assert graph.run(node) == {"chat": {"output": "You said: Hi"}}


# ---------------------------------------------------------------- what comes back


def held(words: list[str], gate: threading.Event) -> Iterator[str]:
    """Yield words, the last one when the gate is open."""
    yield from words[:-1]
    gate.wait(20)
    yield words[-1]


def test_the_first_word_is_there_before_the_last_is_sent(models: ModelServer) -> None:
    gate = threading.Event()
    models.script(Reply(words=held(["One", " two", " three"], gate)))
    graph = graph_of(InferenceNode("example/chat", inputs={"prompt": "count"}))
    heard: list[tuple[float, Any]] = []
    two = threading.Event()

    def hear(event: Event) -> None:
        if event.type == "node.chunk":
            heard.append((time.monotonic(), event.delta))
            if "".join(str(delta) for _, delta in heard).endswith("two"):
                two.set()

    graph.subscribe(hear)
    run = graph.submit("chat")
    assert two.wait(10), heard  # the server holds the last word back
    gate.set()
    assert run.result()["chat"]["output"] == "One two three"


def test_stop_keeps_what_was_said_until_then(models: ModelServer) -> None:
    gate = threading.Event()
    models.script(Reply(words=held(["One", " two", " three"], gate)))
    node = InferenceNode("example/chat", inputs={"prompt": "count"})
    graph = graph_of(node)
    two = threading.Event()

    def hear(event: Event) -> None:
        if event.type == "node.chunk" and event.delta.endswith("two"):
            two.set()

    graph.subscribe(hear)
    run = graph.submit(node)
    assert two.wait(10)
    run.cancel()
    with pytest.raises(RunCancelled):
        run.result(10)  # the server says nothing more
    record = node.last
    assert record.status == "cancelled"
    assert record.outputs == {"output": "One two"}
    gate.set()
    wait_until(graph, lambda: graph.status()["chat"].status == "cancelled")
    assert graph.run()["chat"]["output"] == "You said: count"  # it counts for nothing


def test_a_server_hears_that_nobody_listens_any_more(models: ModelServer) -> None:
    over = threading.Event()

    def endless() -> Iterator[str]:
        while not over.wait(0.01):
            yield "and "

    models.script(Reply(words=endless()))
    graph = graph_of(InferenceNode("example/chat", inputs={"prompt": "count"}))
    begun = threading.Event()
    graph.subscribe(lambda event: begun.set() if event.type == "node.chunk" else None)
    run = graph.submit()
    assert begun.wait(10)
    run.cancel()
    assert models.requests[-1].gone.wait(10)
    over.set()


def test_stop_frees_who_waits_for_a_picture(models: ModelServer) -> None:
    models.script(Reply(b"", wait=30))
    graph = graph_of(InferenceNode("example/text-to-image", inputs={"prompt": "an otter"}))
    run = graph.submit()
    while not any(request.method == "POST" for request in models.requests):
        assert run.status == "running"
        run.wait(0.01)
    run.cancel()
    assert run.wait(10)  # the server would take 30
    wait_until(graph, lambda: graph.status()["text-to-image"].status == "cancelled")


@pytest.mark.parametrize(
    ("reply", "text", "reasoning"),
    [
        (Reply(words=["Yes"], thoughts=["Is ", "it?"]), "Yes", "Is it?"),
        (Reply(words=["<thi", "nk>Is it?", "</think>", "\n\nYes"]), "Yes", "Is it?"),
        (Reply(words=["a < b"]), "a < b", ""),
    ],
)
def test_thoughts_have_a_port_of_their_own(
    reply: Reply, text: str, reasoning: str, models: ModelServer
) -> None:
    models.script(reply, reply)
    inputs = {"prompt": "Is it?"}
    node = InferenceNode("example/chat", inputs=inputs, outputs=["text", "reasoning"])
    graph = graph_of(node)
    run = graph.submit()
    said: dict[str, str] = {"text": "", "reasoning": ""}
    for event in run.events():
        if event.type == "node.chunk":
            said[event.port] += event.delta
    assert run.result() == {"chat": {"text": text, "reasoning": reasoning}}
    assert said == {"text": text, "reasoning": reasoning}


def test_without_a_port_thoughts_are_left_out(models: ModelServer) -> None:
    models.script(Reply(words=["Yes"], thoughts=["Is ", "it?"]))
    node = InferenceNode("example/chat", inputs={"prompt": "Is it?"})
    assert graph_of(node).run() == {"chat": {"output": "Yes"}}


def test_an_answer_that_was_cut_short_says_so(models: ModelServer) -> None:
    models.script(Reply(words=["One", " two"], ending="length"))
    node = InferenceNode("example/chat", inputs={"prompt": "count"})
    assert graph_of(node).run() == {"chat": {"output": "One two"}}
    assert "max_tokens" in node.last.logs


def sse(*events: Any) -> Reply:
    lines = (e if isinstance(e, str) else f"data: {json.dumps(e)}\n\n" for e in events)
    return Reply("".join(lines), headers={"content-type": "text/event-stream"})


def word(text: Any, end: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": end}]}


@pytest.mark.parametrize(
    "reply",
    [
        sse(": a comment\n\n", word("Yes"), {"choices": []}, word(None, "stop"), {"usage": {}}),
        sse("event: message\n", word("Yes", "stop"), "data: [DONE]\n\n"),
        sse(word([{"type": "text", "text": "Yes"}], "stop")),
        sse(": ping\r\n\r\n", "data:" + json.dumps(word("Yes", "stop")) + "\r\n\r\n"),
    ],
)
def test_servers_write_their_streams_in_many_ways(reply: Reply, models: ModelServer) -> None:
    models.script(reply)
    node = InferenceNode("example/chat", inputs={"prompt": "Is it?"})
    assert graph_of(node).run() == {"chat": {"output": "Yes"}}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(words=["One"], ending=None), BadAnswer, "broke off after 3 characters"),
        (Reply(words=[], ending=None), BadAnswer, "without a single event"),
        (Reply({"error": {"message": "no such model"}}), AppFailed, "no such model"),
        (Reply("<html><title>Sign in</title></html>"), BadAnswer, "a web page (Sign in)"),
        (sse("data: {not json\n\n"), BadAnswer, "no part of an answer"),
        (sse("data: [1]\n\n"), BadAnswer, "no part of an answer"),
        (sse(word(7)), BadAnswer, "no part of an answer"),
        (sse(word("One"), {"error": {"message": "out of memory"}}), AppFailed, "out of memory"),
        (sse(word("One", "error")), AppFailed, "does not say why"),
    ],
)
def test_what_is_no_answer_is_an_error(
    reply: Reply, kind: type[Exception], words: str, models: ModelServer
) -> None:
    models.script(reply)
    node = InferenceNode("example/chat", inputs={"prompt": "Is it?"})
    with pytest.raises(NodeFailed) as failed:
        graph_of(node).run()
    cause = failed.value.__cause__
    assert isinstance(cause, kind), cause
    assert words in str(cause)
    assert cause.accepted  # type: ignore[attr-defined]
    assert len([r for r in models.requests if r.method == "POST"]) == 1  # it may cost money
