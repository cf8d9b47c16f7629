"""Tokens and keys go where they belong and nowhere else, and nothing of ours tells them."""

from __future__ import annotations

import contextlib
import io
import logging
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb import Graph, InferenceNode
from daggr_nb.errors import GraphError, NodeFailed
from daggr_nb.testing import ModelServer, Reply, model_server
from tests.remote.conftest import TOKEN

KEY = "canary-key-of-a-server-1234"
HEADER = "canary-header-of-a-server-5678"
PROMPT = "canary prompt of nobody else"
CANARIES = (TOKEN, KEY, HEADER)


@pytest.fixture
def peer() -> Iterator[ModelServer]:
    """A server on another origin that must see nothing."""
    with model_server() as server:
        yield server


def graph_of(*nodes: Any, **options: Any) -> Graph:
    return Graph("Tokens", nodes=list(nodes), **{"persist_key": False, **options})


def run(node: InferenceNode) -> None:
    """Run a node, however it ends."""
    with contextlib.suppress(NodeFailed):
        graph_of(node).run()


def seen(server: ModelServer) -> str:
    return "\n".join(f"{r.path} {r.headers} {r.body!r}" for r in server.requests)


# ---------------------------------------------------------------- who gets the token


def test_the_token_goes_to_the_hub_and_the_router(models: ModelServer) -> None:
    for model in ("example/chat", "example/text-to-image"):
        run(InferenceNode(model, inputs={"prompt": "Hi"}))
    calls = [r for r in models.requests if "agent" not in r.path]
    assert len(calls) == 4
    assert {r.headers.get("authorization") for r in calls} == {f"Bearer {TOKEN}"}


def test_the_token_is_that_of_the_moment(
    models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_of(InferenceNode("example/chat", inputs={"prompt": "Hi"}))
    graph.run()
    monkeypatch.setenv("HF_TOKEN", "hf_AnotherTokenOfAnotherUser")
    graph.run("chat", force=True)
    last = models.requests[-1]
    assert last.headers["authorization"] == "Bearer hf_AnotherTokenOfAnotherUser"


@pytest.mark.parametrize("at", ["base_url", "address", "task"])
def test_an_address_that_somebody_wrote_gets_no_token(
    at: str, models: ModelServer, peer: ModelServer
) -> None:
    made = {
        "base_url": lambda: InferenceNode("echo", inputs={"prompt": "Hi"}, base_url=peer.url),
        "address": lambda: InferenceNode(f"{peer.url}/v1", inputs={"prompt": "Hi"}),
        "task": lambda: InferenceNode(
            f"{peer.url}/models/example/fill-mask", inputs={"text": "x"}, task="fill-mask"
        ),
    }
    graph_of(made[at]()).run()
    assert len(peer.requests) == 1
    assert "authorization" not in peer.requests[0].headers
    assert TOKEN not in seen(peer)
    assert not [r for r in models.requests if r.path.startswith("/api/models")]


def test_an_address_gets_the_key_and_headers_that_are_for_it(
    models: ModelServer, peer: ModelServer
) -> None:
    address = peer.url.replace("://", "://user:secret-of-user@")
    options = {"headers": {"X-Own": HEADER}, "base_url": peer.url}
    graph_of(InferenceNode("echo", inputs={"prompt": "Hi"}, api_key=KEY, **options)).run()
    graph_of(InferenceNode("echo", inputs={"prompt": "Hi"}, base_url=address)).run()
    first, second = (request.headers for request in peer.requests)
    assert (first["authorization"], first["x-own"]) == (f"Bearer {KEY}", HEADER)
    assert second["authorization"] == "Basic dXNlcjpzZWNyZXQtb2YtdXNlcg=="


def test_a_token_that_the_router_does_not_know_goes_to_no_provider(
    models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would ask the provider itself, and show it the token."""
    monkeypatch.setenv("HF_TOKEN", "organisation-token-of-an-odd-form")
    models.add("example/film", "text-to-image", provider="fal-ai")
    with pytest.raises(NodeFailed, match="sent to no other server"):
        graph_of(InferenceNode("example/film", inputs={"prompt": "Hi"})).run()
    assert not [r for r in models.requests if r.method == "POST"]


def test_without_a_token_a_provider_is_not_asked(
    models: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    models.add("example/film", "text-to-image", provider="fal-ai")
    with pytest.raises(NodeFailed, match="Log in with `hf auth login`"):
        graph_of(InferenceNode("example/film", inputs={"prompt": "Hi"})).run()


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("request_of", ["hub", "chat", "picture", "sound", "key", "job"])
def test_no_redirect_takes_anything_elsewhere(
    request_of: str, host: str, status: int, models: ModelServer, peer: ModelServer
) -> None:
    elsewhere = peer.url.replace("127.0.0.1", host)
    away = Reply(b"", status, {"Location": f"{elsewhere}/v1/chat/completions"})
    path = {"hub": "/api/models", "job": "/jobs/7"}.get(request_of, "")
    models.script(*[away] * 9, path=path)
    inputs = {"prompt": PROMPT}
    if request_of == "key":
        options: dict[str, Any] = {"api_key": KEY, "headers": {"x-own": HEADER}}
        node = InferenceNode("echo", inputs=inputs, base_url=models.url, **options)
    elif request_of == "job":  # the library itself looks how far a provider is
        models.add("example/film", "text-to-video", provider="fal-ai")
        job = {"request_id": "7", "status": "IN_QUEUE", "response_url": f"{models.url}/jobs/7"}
        models.script(Reply(job))
        node = InferenceNode("example/film", inputs=inputs, headers={"x-own": HEADER})
    elif request_of == "sound":
        sound = b"RIFF\x24\0\0\0WAVE" + PROMPT.encode()
        node = InferenceNode("example/automatic-speech-recognition", inputs={"audio": sound})
    else:
        model = "example/text-to-image" if request_of == "picture" else "example/chat"
        node = InferenceNode(model, inputs=inputs, headers={"x-own": HEADER})
    run(node)
    assert [r for r in models.requests if r.path.startswith(path or "/v1/chat") or path == ""]
    told = seen(peer)
    for canary in (*CANARIES, PROMPT):
        assert canary not in told
    if request_of != "job":
        assert peer.requests == []


# ---------------------------------------------------------------- who tells it


def test_nothing_of_ours_tells_a_token(
    models: ModelServer,
    tmp_path: pathlib.Path,
    store_folder: pathlib.Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    events = io.StringIO()
    told: list[str] = []
    own = {"api_key": KEY, "headers": {"X-Own": HEADER}}
    echo = f"I was told {TOKEN} and {KEY} and {HEADER}"
    nodes = [
        InferenceNode("example/chat", "hub", inputs={"prompt": "Hi"}),
        InferenceNode("echo", "own", inputs={"prompt": "Hi"}, base_url=models.url, **own),
        InferenceNode("echo", "refused", inputs={"prompt": "Hi"}, base_url=models.url, **own),
        InferenceNode("echo", "said", inputs={"prompt": "Hi"}, base_url=models.url, **own),
        InferenceNode("example/fill-mask", "mask", inputs={"text": "Hi"}),
    ]
    graph = graph_of(*nodes, persist_key="tokens")
    canvas, output = graph.canvas(), graph.output(nodes[3].output)
    told += [str(canvas.get_state()), str(output.get_state())]
    graph.subscribe(lambda event: events.write(f"{event!r} {event.as_dict()}\n"))
    for name, reply in (
        ("refused", Reply({"error": f"bad: {echo}"}, 401)),
        ("said", Reply(words=[echo])),
        ("mask", Reply({"error": echo})),
        ("hub", None),
        ("own", None),
    ):
        if reply is not None:
            models.script(reply)
        try:
            graph.run(name)
        except NodeFailed as error:
            told += [str(error), repr(error.__cause__), error.traceback]
    for node in nodes:
        told += [repr(node), repr(node.service), repr(vars(node)), repr(node.code())]
        told += [repr(node.last), repr(node.last.record), str(node.last.error), node.last.logs]
    traits = [str(part.get_state()) for part in (canvas, output)]
    page = tmp_path / "page.html"
    graph.export(page)
    told += [str(event.as_dict()) for event in graph.stream()]
    graph.close()
    out, err = capfd.readouterr()
    texts = {
        "messages": "\n".join(told),
        "events": events.getvalue(),
        "traits": "\n".join(traits),
        "page": page.read_text(),
        "logs": caplog.text,
        "output": out + err,
    }
    assert "node.chunk" in texts["events"]
    assert "said" in texts["traits"]
    for place, text in texts.items():
        for canary in CANARIES:
            assert canary not in text, place
    for file in store_folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for canary in CANARIES:
                assert canary.encode() not in data, file


def test_a_key_counts_by_its_name_alone(models: ModelServer) -> None:
    def code(**options: Any) -> Any:
        node = InferenceNode("echo", inputs={"prompt": "Hi"}, base_url=models.url, **options)
        return node.code().config

    assert code(headers={"X-Own": "a"}) == code(headers={"x-own": "b"})
    assert code(headers={"X-Own": "a"}) != code()
    assert code(api_key="a") == code(api_key="b")


def test_a_key_of_a_provider_talks_to_its_address_alone(models: ModelServer) -> None:
    models.add("example/chat", "text-generation", provider="groq", does="conversational")
    node = InferenceNode("example/chat:groq", inputs={"prompt": "Hi"}, api_key="gsk-1234567890")
    with pytest.raises(NodeFailed, match="give its base_url="):
        graph_of(node).run()
    assert not [r for r in models.requests if r.method == "POST"]


def test_a_key_in_an_address_is_hidden_where_it_is_repeated(models: ModelServer) -> None:
    models.script(Reply({"error": f"bad key {KEY}"}, 400))
    address = f"{models.url}/v1?api_key={KEY}"
    with pytest.raises(NodeFailed) as failed:
        graph_of(InferenceNode(address, inputs={"prompt": "Hi"})).run()
    assert KEY in models.requests[0].path
    assert KEY not in f"{failed.value} {failed.value.__cause__!r}"


def test_a_key_for_no_provider_is_refused_at_once() -> None:
    with pytest.raises(GraphError, match="beside the provider"):
        InferenceNode("example/chat", api_key="sk-1234567890abcdefg")
