"""What goes wrong with models elsewhere: each failure has its class, and says what to do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from daggr_nb import Event, Graph, InferenceNode
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    Busy,
    GraphError,
    InputError,
    InvalidInputError,
    NodeFailed,
    OverQuota,
    Refused,
    Unreachable,
)
from daggr_nb.testing import ModelServer, Reply

CHAT, PICTURE = "example/chat", "example/text-to-image"
SPEECH, SOUND = "example/automatic-speech-recognition", b"RIFF\x24\0\0\0WAVE"


def graph_of(*nodes: Any) -> Graph:
    return Graph("Failing", nodes=list(nodes), persist_key=False)


def failed(node: InferenceNode) -> Any:
    """Run a node that fails; return its error, after a look at how it is told."""
    with pytest.raises(NodeFailed) as caught:
        graph_of(node).run()
    cause = caught.value.__cause__
    assert cause is not None
    first = str(cause).splitlines()[0]
    assert len(first) <= 160, first
    assert len(caught.value.traceback.splitlines()) <= 12, caught.value.traceback
    assert first in node.last.error
    return cause


def calls(models: ModelServer) -> int:
    return len([r for r in models.requests if r.method == "POST"])


# ---------------------------------------------------------------- what a server answers

ANSWERS: list[tuple[Reply, type[Exception], str, str]] = [
    (Reply({"error": "bad size"}, 400), BadAnswer, "(400): bad size", "inputs of the node"),
    (Reply({"error": "who?"}, 401), Refused, "does not know this user", "hf auth login"),
    (Reply({"error": "credits"}, 402), OverQuota, "wants to be paid", "billing"),
    (Reply({"error": "no"}, 403), Refused, "does not let this user in", "hf auth login"),
    (
        Reply({"error": "Access to it is gated"}, 403, {"x-error-code": "GatedRepo"}),
        Refused,
        "terms to be accepted",
        "Ask for access on its page",
    ),
    (Reply({"error": "gone"}, 404), BadAnswer, "nothing at that address", "address and name"),
    (Reply({"error": {"message": "long"}}, 413), BadAnswer, "of that size", "smaller"),
    (
        Reply({"detail": [{"loc": ["body", "seed"], "msg": "too large"}]}, 422),
        BadAnswer,
        "body.seed: too large",
        "inputs of the node",
    ),
    (Reply({"error": "slowly"}, 429), Busy, "no room now (429): slowly", "later"),
    (Reply("<html><title>Oops</title>", 500), AppFailed, "a web page (Oops)", "run again"),
    (Reply({"error": "loading"}, 503), Busy, "no room now (503)", "later"),
    (Reply({"error": "late"}, 504), Unreachable, "no answer in time", "again"),
    (Reply("", 307, {"location": "http://a.example/"}), BadAnswer, "not followed", "trust it"),
]


@pytest.mark.parametrize("model", [CHAT, PICTURE])
@pytest.mark.parametrize(("reply", "kind", "what", "remedy"), ANSWERS)
def test_a_status_has_its_class_and_remedy(
    model: str,
    reply: Reply,
    kind: type[Exception],
    what: str,
    remedy: str,
    models: ModelServer,
) -> None:
    models.script(reply)
    error = failed(InferenceNode(model, "node", inputs={"prompt": "Hi"}, patience=0))
    assert type(error) is kind
    assert error.status == reply.status
    assert error.service == f"the model {model}"
    text = str(error).splitlines()[0]
    assert text.startswith(f"The model {model}")
    assert what in text
    assert remedy in text
    assert calls(models) == 1


GARBAGE: list[tuple[str, Reply, type[Exception], str]] = [
    (PICTURE, Reply("<html><title>Sign in</title>"), BadAnswer, "no image: a web page (Sign in)"),
    (PICTURE, Reply(b""), BadAnswer, "no image: nothing"),
    (PICTURE, Reply(b"\0\1\2" * 100), BadAnswer, "300 bytes that are no text"),
    (PICTURE, Reply({"images": []}), BadAnswer, "no image"),
    (PICTURE, Reply({"error": "no GPU left"}), AppFailed, "failed: no GPU left"),
    (PICTURE, Reply(b"x" * 500, cut=True), Unreachable, "went away"),
    (SPEECH, Reply("<html>"), BadAnswer, "no data: a web page"),
    (SPEECH, Reply(""), BadAnswer, "no data: nothing"),
    (SPEECH, Reply(b"\xff\xfe\0"), BadAnswer, "bytes that are no text"),
    (SPEECH, Reply({"words": []}), BadAnswer, "a form that is not known"),
    (SPEECH, Reply({"text": 7}), BadAnswer, "a form that is not known"),
    (SPEECH, Reply([1]), BadAnswer, "gave no result"),
    (CHAT, Reply(words=["One", " two"], cut=True), Unreachable, "in the middle of its answer"),
]


@pytest.mark.parametrize(("model", "reply", "kind", "what"), GARBAGE)
def test_what_nobody_can_read_is_told_in_a_line(
    model: str, reply: Reply, kind: type[Exception], what: str, models: ModelServer
) -> None:
    models.script(reply)
    inputs = {"audio": SOUND} if model == SPEECH else {"prompt": "Hi"}
    error = failed(InferenceNode(model, "node", inputs=inputs))
    assert type(error) is kind
    assert what in str(error).splitlines()[0]
    assert error.accepted
    assert calls(models) == 1  # it may have cost money


@pytest.mark.parametrize("model", [CHAT, PICTURE])
def test_a_silent_server_is_given_up(
    model: str, models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("chat", "model_client"):
        monkeypatch.setattr(f"daggr_nb._services.{module}.ANSWER", 0.3)
    models.script(Reply(b"", wait=20))
    error = failed(InferenceNode(model, "node", inputs={"prompt": "Hi"}))
    assert type(error) is Unreachable
    assert "went silent: no sign for 0.3 s" in str(error)
    assert calls(models) == 1


def test_a_server_that_is_not_there_is_tried_three_times() -> None:
    waits: list[str] = []
    node = InferenceNode("llama", "node", inputs={"prompt": "Hi"}, base_url="http://127.0.0.1:9/v1")
    graph = graph_of(node)
    graph.subscribe(lambda e: waits.append(e.text) if e.type == "node.progress" else None)
    with pytest.raises(NodeFailed) as caught:
        graph.run()
    graph.close()
    assert type(caught.value.__cause__) is Unreachable
    assert "cannot be reached" in str(caught.value)
    assert [text.partition("; ")[2] for text in waits if text] == ["again in 0.5 s", "again in 2 s"]


@pytest.mark.parametrize("model", [CHAT, PICTURE])
@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": "slowly"}, 429, {"Retry-After": "1"}),
        Reply({"error": "loading", "estimated_time": 1.0}, 503),
    ],
)
def test_a_busy_model_gets_the_time_that_it_names(
    reply: Reply, model: str, models: ModelServer
) -> None:
    models.script(reply)
    waits: list[str] = []

    def hear(event: Event) -> None:
        if event.type == "node.progress":
            waits.append(event.text)

    graph = graph_of(InferenceNode(model, "node", inputs={"prompt": "Hi"}))
    graph.subscribe(hear)
    begun = time.monotonic()
    graph.run()
    assert time.monotonic() - begun >= 0.95
    graph.close()
    assert waits[0].endswith("again in 1 s")
    assert calls(models) == 2


def test_patience_has_an_end(models: ModelServer) -> None:
    models.script(Reply({"error": "slowly"}, 429, {"Retry-After": "30"}))
    error = failed(InferenceNode(CHAT, "node", inputs={"prompt": "Hi"}, patience=20))
    assert (type(error), error.retry_after) == (Busy, 30.0)


# ---------------------------------------------------------------- what the Hub says


@pytest.mark.parametrize(
    ("reply", "kind", "what"),
    [
        (Reply({"error": "not found"}, 404), GraphError, "There is no model 'example/chat'"),
        (Reply({"error": "who?"}, 401), Refused, "is not open to this user"),
        (Reply({"error": "gated"}, 403), Refused, "is not open to this user"),
        (
            Reply("", 307, {"location": "/api/models/example/talk"}),
            GraphError,
            "called 'example/talk'",
        ),
        (Reply({"error": "down"}, 503), Busy, "no room now"),
        (Reply("<html>"), BadAnswer, "a web page"),
        (Reply([]), BadAnswer, "does not tell of the model"),
    ],
)
def test_what_the_hub_says_is_the_error_of_the_run(
    reply: Reply, kind: type[Exception], what: str, models: ModelServer
) -> None:
    models.script(reply, reply, path="/api/models/")
    error = failed(InferenceNode(CHAT, "node", inputs={"prompt": "Hi"}, patience=0))
    assert type(error) is kind
    assert what in str(error)
    assert calls(models) == 0


def test_nobody_is_asked_when_a_node_is_made(models: ModelServer) -> None:
    for number in range(1000):
        InferenceNode(f"example/model-{number}", inputs={"prompt": "Hi"})
    assert models.requests == []


@pytest.mark.parametrize(
    ("model", "options", "what"),
    [
        ("chat", {}, "as 'owner/name'"),
        ("a/b/c", {}, "as 'owner/name'"),
        (" ", {}, "expected the id of a model"),
        (7, {}, "got int 7"),
        ("ftp://host/model", {}, "https://host/path"),
        ("example/chat", {"task": "chatting"}, "expected a task of models, got 'chatting'"),
        ("example/chat", {"revision": "main"}, "hexadecimal digits"),
        ("example/chat", {"inputs": ["prompt"]}, "as a dict"),
        ("example/chat:one", {"provider": "two"}, "Give one of them"),
        ("example/chat", {"api_key": "sk-not-of-the-hub"}, "beside the provider"),
        ("echo", {"base_url": "host:80"}, "https://host/path"),
        ("echo", {"base_url": "http://host", "provider": "one"}, "Take it out"),
        ("echo", {"base_url": "http://host", "task": "fill-mask"}, "for chat models"),
        ("http://host/model", {"revision": "a1b2c3d"}, "Take it out"),
    ],
)
def test_what_is_wrong_by_itself_is_an_error_at_once(
    model: Any, options: dict[str, Any], what: str
) -> None:
    with pytest.raises(GraphError) as caught:
        InferenceNode(model, **options)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("model", "inputs", "kind", "what"),
    [
        (CHAT, {"prompt": "x", "temprature": 1}, InvalidInputError, "Did you mean 'temperature'?"),
        (CHAT, {"temprature": 1}, InvalidInputError, "Did you mean 'temperature'?"),
        (CHAT, {"prompt": "x", "max_new_tokens": 1}, InvalidInputError, "mean 'max_tokens'?"),
        (CHAT, {"prompt": "x", "text": "y"}, InvalidInputError, "for one thing, 'prompt'"),
        (CHAT, {}, InvalidInputError, "needs a value for 'prompt'"),
        (CHAT, {"seed": 1}, InvalidInputError, "needs a value for 'prompt'"),
        (CHAT, {"prompt": "x", "stream": True}, InvalidInputError, "takes no input 'stream'"),
        (PICTURE, {"prompt": "x", "witdh": 64}, InvalidInputError, "Did you mean 'width'?"),
        (
            "example/question-answering",
            {"question": "Who?"},
            InvalidInputError,
            "needs a value for 'context'",
        ),
        (
            "example/zero-shot-classification",
            {"text": "x", "candidate_label": "a, b"},
            InvalidInputError,
            "Did you mean 'candidate_labels'?",
        ),
        ("example/chat:example-clod", {"prompt": "x"}, GraphError, "mean 'example-cloud'?"),
        ("example/nobody", {"prompt": "x"}, GraphError, "Nobody runs the model"),
        ("example/robot", {"prompt": "x"}, GraphError, "is for 'robotics', which no node does"),
        ("example/plain", {"prompt": "x"}, GraphError, "does not say what it is for"),
        (CHAT, {"prompt": None}, InvalidInputError, "needs a value for 'prompt'"),
        (CHAT, {"prompt": {"a": 1}}, InputError, "expected text, got dict"),
        (CHAT, {"messages": [1]}, InputError, "'role'"),
        (CHAT, {"prompt": "x", "image": "none.png"}, InputError, "there is none at none.png"),
        (SPEECH, {"audio": 7}, InputError, "expected a file"),
        ("example/fill-mask", {"text": ["x"]}, InputError, "expected text, got list"),
        (
            "example/zero-shot-classification",
            {"text": "x", "labels": "one"},
            InputError,
            "at least two labels",
        ),
        ("example/table-question-answering", {"table": 7, "query": "x"}, InputError, "a table"),
    ],
)
def test_wrong_inputs_are_an_error_before_any_call(
    model: str, inputs: dict[str, Any], kind: type[Exception], what: str, models: ModelServer
) -> None:
    models.add("example/nobody", "text-to-image", provider=None)
    models.add("example/robot", "robotics")
    models.add("example/plain", "", provider=None)
    error = failed(InferenceNode(model, "node", inputs=inputs))
    assert type(error) is kind
    assert what in str(error)
    assert calls(models) == 0


def test_names_that_preprocess_makes_are_checked_too(models: ModelServer) -> None:
    node = InferenceNode(
        CHAT, "node", inputs={"a": 1, "b": 2}, preprocess=lambda inputs: {"prompt": "x", "sed": 1}
    )
    assert "Did you mean 'seed'?" in str(failed(node))
    assert calls(models) == 0


def test_a_model_that_has_moved_on_is_not_asked(models: ModelServer) -> None:
    node = InferenceNode(CHAT, "node", inputs={"prompt": "Hi"}, revision="fedcba9")
    error = failed(node)
    assert "is at a1b2c3d now, and the node is pinned to fedcba9" in str(error)
    assert calls(models) == 0
    graph_of(InferenceNode(CHAT, "node", inputs={"prompt": "Hi"}, revision="a1b2c3d")).run()
    assert calls(models) == 1
