"""Servers that speak as OpenAI's do: what is asked beside chats, and what comes of the answer."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from daggr_nb import Event, Graph, InferenceNode
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    Busy,
    InputError,
    InvalidInputError,
    NodeFailed,
    OverQuota,
    Refused,
    RemoteError,
    RunCancelled,
    Unreachable,
)
from daggr_nb.testing import ModelServer, Reply, Request, model_server
from tests.remote.conftest import TOKEN
from tests.remote.test_tasks import PIXEL, SOUND, is_file
from tests.unit.waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY, HEADER = "sk-canary-key-of-somebody", "canary-header-of-somebody"
ENCODED = base64.b64encode(PIXEL).decode()


class Row(NamedTuple):
    """``body`` is what is sent beside the model's name; bytes are the file of a form."""

    task: str
    route: str
    inputs: dict[str, Any]
    body: dict[str, Any]
    result: Any


def is_vectors(*rows: list[float]) -> Any:
    return lambda value: value.tolist() == [*rows] and value.dtype == "float32"


PICTURES, VECTORS = "images/generations", "embeddings"
SPEECH, WORDS = "audio/speech", "audio/transcriptions"
ROWS = [
    Row(
        "feature-extraction",
        VECTORS,
        {"text": ["an otter", "a heron"], "dimensions": 3.0},
        {"input": ["an otter", "a heron"], "dimensions": 3},
        is_vectors([0.25, 0.5, -1.0], [0.25, 0.5, -2.0]),
    ),
    Row(
        "feature-extraction",
        VECTORS,
        {"sentence": "an otter\nswims"},
        {"input": "an otter\nswims"},
        lambda value: value.tolist() == [0.25, 0.5, -1.0],
    ),
    Row(
        "text-to-image",
        PICTURES,
        {"prompt": "an otter", "size": "64x64", "seed": 7.0, "extra_body": {"steps": 4}},
        {"prompt": "an otter", "size": "64x64", "seed": 7, "steps": 4},
        is_file(".png"),
    ),
    Row(
        "text-to-image",
        PICTURES,
        {"text": "an otter", "response_format": "url"},
        {"prompt": "an otter", "response_format": "url"},
        is_file(".png"),
    ),
    Row(
        "text-to-speech",
        SPEECH,
        {"text": "Hello", "voice": "af_sky", "speed": 2.0, "response_format": "wav"},
        {"input": "Hello", "voice": "af_sky", "speed": 2.0, "response_format": "wav"},
        is_file(".wav"),
    ),
    Row(
        "automatic-speech-recognition",
        WORDS,
        {"audio": SOUND, "language": "en", "temperature": 0, "prompt": None},
        {"file": SOUND, "language": "en", "temperature": "0"},
        "An otter swims by.",
    ),
]
INPUTS = {row.route: row.inputs for row in reversed(ROWS)}
TASK = {row.route: row.task for row in ROWS}


def node_for(route: str, url: str, **options: Any) -> InferenceNode:
    options = {"inputs": INPUTS[route], **options}
    return InferenceNode("small", "node", task=TASK[route], base_url=url, **options)


def run(node: InferenceNode) -> Any:
    return Graph("Routes", nodes=[node], persist_key=False).run()["node"]["output"]


def failed(node: InferenceNode) -> Any:
    """Run a node that fails; return its error, after a look at how it is told."""
    with pytest.raises(NodeFailed) as caught:
        run(node)
    cause = caught.value.__cause__
    if isinstance(cause, RemoteError):
        assert len(str(cause).splitlines()[0]) <= 160, cause
    assert len(caught.value.traceback.splitlines()) <= 12, caught.value.traceback
    return cause


def sent(request: Request) -> dict[str, Any]:
    """Return what a request says: its data, or the fields of its form with the file."""
    if request.json is not None:
        return dict(request.json)
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        is_bytes = part.get_filename() is not None
        fields[str(name)] = content if is_bytes else content.decode()
        assert part.get_filename() in (None, "audio.wav")
    return fields


@pytest.fixture
def peer() -> Iterator[ModelServer]:
    """A server of one's own on another origin."""
    with model_server() as server:
        yield server


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.task}-{'-'.join(row.inputs)}")
@pytest.mark.parametrize("end", ["", "/v1", "/v1/", "/v1/{route}", "/v1?version=7"])
def test_a_task_is_asked_for_at_its_route(row: Row, end: str, peer: ModelServer) -> None:
    value = run(node_for(row.route, peer.url + end.format(route=row.route), inputs=row.inputs))
    request = peer.requests[0]
    assert request.method == "POST"
    assert request.path == f"/v1/{row.route}" + ("?version=7" if "?" in end else "")
    assert sent(request) == {"model": "small", **row.body}
    assert row.result(value) if callable(row.result) else value == row.result


@pytest.mark.parametrize("route", sorted(TASK))
def test_a_route_gets_the_key_and_headers_that_are_for_it_and_no_token(
    route: str, models: ModelServer, peer: ModelServer
) -> None:
    run(node_for(route, peer.url, api_key=KEY, headers={"X-Own": HEADER}))
    run(node_for(route, peer.url))
    first, second = (r.headers for r in peer.requests if r.method == "POST")
    assert (first["authorization"], first["x-own"]) == (f"Bearer {KEY}", HEADER)
    assert "authorization" not in second
    assert TOKEN not in repr(peer.requests)
    assert models.requests == []


def test_a_route_needs_no_library_and_no_hub(peer: ModelServer) -> None:
    code = (
        "import sys; from daggr_nb import Graph, InferenceNode; "
        "assert 'httpx' not in sys.modules; "
        f"options = {{'inputs': {{'text': 'Hi'}}, 'base_url': {peer.url!r}}}; "
        "node = InferenceNode('small', 'node', task='text-to-speech', **options); "
        "print(Graph('Own', [node], persist_key=False).run()['node']['output'].suffix); "
        "assert 'huggingface_hub' not in sys.modules"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout == ".wav\n", done.stderr


@pytest.mark.parametrize(
    ("route", "inputs", "kind", "what"),
    [
        (PICTURES, {"prompt": "x", "qualty": "hd"}, InvalidInputError, "Did you mean 'quality'?"),
        (PICTURES, {"prompt": "x", "n": 2}, InvalidInputError, "takes no input 'n'"),
        (PICTURES, {"prompt": None}, InvalidInputError, "needs a value for 'prompt'"),
        (VECTORS, {"dimensions": 3}, InvalidInputError, "needs a value for 'input'"),
        (VECTORS, {"text": {"a": 1}}, InputError, "expected a list of texts"),
        (SPEECH, {"text": "x", "input": "y"}, InvalidInputError, "for one thing"),
        (WORDS, {"audio": 7}, InputError, "expected a file"),
        (WORDS, {"audio": "https://a.example/it.wav"}, InputError, "got a link"),
    ],
)
def test_wrong_inputs_are_an_error_before_any_call(
    route: str, inputs: dict[str, Any], kind: type[Exception], what: str, peer: ModelServer
) -> None:
    error = failed(node_for(route, peer.url, inputs=inputs))
    assert type(error) is kind
    assert what in str(error)
    assert peer.requests == []


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ({"b64_json": ENCODED}, is_file(".png")),
        ({"b64_json": None, "url": "/files/it.png"}, is_file(".png")),
        ({"url": f"data:image/png;base64,{ENCODED}"}, is_file(".png")),
    ],
)
def test_a_picture_comes_in_several_ways(data: Any, result: Any, peer: ModelServer) -> None:
    peer.script(Reply({"created": 1, "data": [data]}))
    assert result(run(node_for(PICTURES, f"{peer.url}/v1", api_key=KEY)))
    for request in peer.requests:  # a picture of the same server, too, is for who has the key
        assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_picture_is_fetched_of_nobody_else(
    host: str, models: ModelServer, peer: ModelServer
) -> None:
    url = f"{models.url.replace('127.0.0.1', host)}/files/it.png"
    peer.script(Reply({"data": [{"url": url}]}))
    error = failed(node_for(PICTURES, peer.url, api_key=KEY))
    assert type(error) is BadAnswer
    assert f"another server has ({url.split('/')[2]})" in str(error)
    assert "b64_json" in str(error)
    assert error.accepted
    assert models.requests == []


def test_vectors_come_in_any_order(peer: ModelServer) -> None:
    rows = [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}]
    peer.script(Reply({"data": rows}))
    assert run(node_for(VECTORS, peer.url)).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("form", "data", "suffix"),
    [("mp3", b"ID3" + bytes(99), ".mp3"), ("mp3", SOUND, ".wav"), ("aac", b"\xff\xf1\x50", ".aac")],
)
def test_a_sound_is_a_file_of_its_form(
    form: str, data: bytes, suffix: str, peer: ModelServer
) -> None:
    peer.script(Reply(data))
    node = node_for(SPEECH, peer.url, inputs={"text": "Hi", "response_format": form})
    assert run(node).suffix == suffix


GARBAGE: list[tuple[str, Reply, type[Exception], str]] = [
    (PICTURES, Reply("<html><title>Sign in</title>"), BadAnswer, "no data: a web page (Sign in)"),
    (PICTURES, Reply({"data": []}), BadAnswer, "a form that is not known"),
    (PICTURES, Reply({"data": [{"b64_json": "bm8="}]}), BadAnswer, "no image"),
    (PICTURES, Reply({"data": [{"b64_json": "%"}]}), BadAnswer, "no image"),
    (PICTURES, Reply({"data": [{"url": 7}]}), BadAnswer, "a form that is not known"),
    (PICTURES, Reply({"error": {"message": "no GPU left"}}), AppFailed, "failed: no GPU left"),
    (VECTORS, Reply(b""), BadAnswer, "no data: nothing"),
    (VECTORS, Reply({"data": [{"embedding": [1.0]}]}), BadAnswer, "a form that is not known"),
    (VECTORS, Reply({"data": [{"embedding": "x"}] * 2}), BadAnswer, "a form that is not known"),
    (SPEECH, Reply({"error": "no such voice"}), AppFailed, "failed: no such voice"),
    (SPEECH, Reply("<html>"), BadAnswer, "no audio: a web page"),
    (SPEECH, Reply(b""), BadAnswer, "no audio: nothing"),
    (SPEECH, Reply(SOUND, cut=True), Unreachable, "went away"),
    (WORDS, Reply(b"\xff\xfe\0"), BadAnswer, "bytes that are no text"),
    (WORDS, Reply({"text": 7}), BadAnswer, "a form that is not known"),
    (WORDS, Reply([1]), BadAnswer, "a form that is not known"),
]


@pytest.mark.parametrize(("route", "reply", "kind", "what"), GARBAGE)
def test_what_nobody_can_read_is_told_in_a_line(
    route: str, reply: Reply, kind: type[Exception], what: str, peer: ModelServer
) -> None:
    peer.script(reply)
    error = failed(node_for(route, peer.url))
    assert type(error) is kind
    assert what in str(error).splitlines()[0]
    assert error.accepted
    assert len(peer.requests) == 1  # it may have cost money


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply({"error": "gone"}, 404), "nothing at that address"),
        (Reply(b"", 302, {"location": "http://127.0.0.1:9/it.png"}), "not followed"),
        (Reply("<html>"), "no image: a web page"),
        (Reply(PIXEL, cut=True), "while a file was fetched"),
    ],
)
def test_a_picture_that_cannot_be_fetched_says_so(
    reply: Reply, what: str, peer: ModelServer
) -> None:
    peer.script(Reply({"data": [{"url": f"{peer.url}/files/it.png"}]}))
    peer.script(reply, path="/files")
    error = failed(node_for(PICTURES, peer.url))
    assert what in str(error)
    assert error.accepted
    assert [request.method for request in peer.requests] == ["POST", "GET"]


# ---------------------------------------------------------------- failures, patience, stop

ANSWERS: list[tuple[Reply, type[Exception], str, str]] = [
    (Reply({"error": {"message": "bad size"}}, 400), BadAnswer, "bad size", "inputs of the node"),
    (Reply({"error": "who?"}, 401), Refused, "does not know this user", "api_key="),
    (Reply({"error": "credits"}, 402), OverQuota, "wants to be paid", "billing"),
    (Reply({"error": "no model"}, 404), BadAnswer, "no model", "address and name"),
    (Reply({"error": "long"}, 413), BadAnswer, "of that size", "smaller"),
    (Reply({"error": "slowly"}, 429), Busy, "no room now (429): slowly", "later"),
    (Reply("<html><title>Oops</title>", 500), AppFailed, "a web page (Oops)", "run again"),
    (Reply({"error": "late"}, 504), Unreachable, "no answer in time", "again"),
    (Reply("", 307, {"location": "http://a.example/"}), BadAnswer, "not followed", "trust it"),
]


@pytest.mark.parametrize("route", sorted(TASK))
@pytest.mark.parametrize(("reply", "kind", "what", "remedy"), ANSWERS)
def test_a_status_has_its_class_and_remedy(
    route: str, reply: Reply, kind: type[Exception], what: str, remedy: str, peer: ModelServer
) -> None:
    peer.script(reply)
    error = failed(node_for(route, peer.url, patience=0))
    assert type(error) is kind
    assert error.status == reply.status
    text = str(error).splitlines()[0]
    assert text.startswith("The model small at 127.0.0.1")
    assert what in text
    assert remedy in text
    assert len(peer.requests) == 1


@pytest.mark.parametrize("route", sorted(TASK))
def test_a_busy_model_gets_the_time_that_it_names(route: str, peer: ModelServer) -> None:
    peer.script(Reply({"error": "slowly"}, 429, {"Retry-After": "0.1"}))
    waits: list[str] = []

    def hear(event: Event) -> None:
        if event.type == "node.progress":
            waits.append(event.text)

    graph = Graph("Routes", nodes=[node_for(route, peer.url)], persist_key=False)
    graph.subscribe(hear)
    graph.run()
    graph.close()
    assert waits[0].endswith("again in 0.1 s")
    assert len([r for r in peer.requests if r.method == "POST"]) == 2


@pytest.mark.parametrize("route", sorted(TASK))
def test_stop_frees_who_waits_for_an_answer(route: str, peer: ModelServer) -> None:
    peer.script(Reply(b"", wait=30))
    graph = Graph("Routes", nodes=[node_for(route, peer.url)], persist_key=False)
    run = graph.submit()
    wait_until(graph, lambda: bool(peer.requests))
    run.cancel()
    with pytest.raises(RunCancelled):
        run.result(10)  # the server would take 30
