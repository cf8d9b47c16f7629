"""What a node says when the app, the network or the Hub misbehaves; and when it tries again."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from daggr_nb import GradioNode, Graph, errors
from daggr_nb.errors import (
    AppFailed,
    BadAnswer,
    Busy,
    GraphError,
    NodeFailed,
    OverQuota,
    Refused,
    RemoteError,
    Unreachable,
)
from tests.remote.servers import (
    Answer,
    Hub,
    Request,
    ScriptedApp,
    Server,
    completed,
    config,
    event,
    json_answer,
)


def node_of(url: str, **options: Any) -> GradioNode:
    return GradioNode(url, name="it", inputs={"text": "a"}, patience=0.5, **options)


def failed(node: GradioNode) -> tuple[BaseException, str]:
    """Run a node that fails; return its error and the traceback that is recorded."""
    graph = Graph("Failing", [node], persist_key=False)
    with pytest.raises(NodeFailed) as raised:
        graph.run()
    cause = raised.value.__cause__
    assert cause is not None
    graph.close()
    return cause, raised.value.traceback


def check_manners(error: BaseException, traceback: str) -> None:
    """Who, what and what to do on one short line; no traffic of the transport."""
    first = str(error).splitlines()[0]
    assert len(first) <= 160, first
    assert first.count(". ") >= 1, first
    assert len(traceback.splitlines()) <= 12, traceback
    for stranger in ("httpx", "httpcore", "anyio", "asyncio"):
        assert stranger not in traceback


def always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda request: answer


def stream(*pieces: bytes) -> Callable[[Request], Answer]:
    return lambda request: Answer(body=iter(pieces), headers={"content-type": "text/event-stream"})


HTML = Answer(200, b"<html><title>Sign in</title></html>", {"content-type": "text/html"})

STATUSES: list[tuple[int, Any, type[RemoteError], str]] = [
    (400, {"detail": "bad"}, BadAnswer, "bad"),
    (401, {"detail": "Not authenticated"}, Refused, "auth="),
    (402, {"error": "Payment Required"}, OverQuota, "billing"),
    (403, {"error": "gated"}, Refused, "gated"),
    (404, {"detail": "Not Found"}, BadAnswer, "nothing at that address"),
    (413, {}, BadAnswer, "size"),
    (422, {"detail": [{"loc": ["body", "data"], "msg": "field required"}]}, BadAnswer, "body.data"),
    (429, {}, Busy, "no room"),
    (500, {"error": "inside"}, AppFailed, "inside"),
    (502, {}, Unreachable, "no answer in time"),
    (503, {}, Busy, "no room"),
    (504, {}, Unreachable, "no answer in time"),
    (418, {}, BadAnswer, "418"),
    (302, {}, BadAnswer, "not followed"),
]


@pytest.mark.parametrize(("status", "body", "kind", "says"), STATUSES)
@pytest.mark.parametrize("step", ["config", "join", "data"])
def test_every_status_has_its_class_and_remedy(
    app: ScriptedApp, step: str, status: int, body: Any, kind: type[RemoteError], says: str
) -> None:
    setattr(
        app,
        step,
        always(json_answer(body, status, location="http://127.0.0.1:9/", retry_after="9")),
    )
    error, traceback = failed(node_of(app.url))
    assert type(error) is kind
    assert isinstance(error, RemoteError)
    assert error.status == status
    assert says in str(error)
    assert app.url in error.service
    check_manners(error, traceback)


GARBAGE: dict[str, Callable[[ScriptedApp], None]] = {
    "a page as configuration": lambda app: setattr(app, "config", always(HTML)),
    "a list as configuration": lambda app: setattr(app, "config", always(json_answer([1]))),
    "half a configuration": lambda app: setattr(
        app, "config", always(Answer(200, json.dumps(config()).encode()[:200]))
    ),
    "nothing as configuration": lambda app: setattr(app, "config", always(Answer(200, b""))),
    "bytes as configuration": lambda app: setattr(
        app, "config", always(Answer(200, b"\xff\xfe\x00" * 9))
    ),
    "an old protocol": lambda app: setattr(
        app, "config", always(json_answer(config(protocol="ws", version="3.9")))
    ),
    "a page as answer": lambda app: setattr(app, "join", always(HTML)),
    "a number as answer": lambda app: setattr(app, "join", always(json_answer(7))),
    "an event that is no data": lambda app: setattr(app, "data", stream(b"data: {oops\n\n")),
    "an event that is a list": lambda app: setattr(app, "data", stream(b"data: [1]\n\n")),
    "no event at all": lambda app: setattr(app, "data", stream()),
    "heartbeats, then nothing": lambda app: setattr(app, "data", stream(event("heartbeat"))),
    "a result without values": lambda app: setattr(
        app, "data", stream(event("process_completed", output={}, success=True))
    ),
    "a result that is text": lambda app: setattr(
        app, "data", stream(event("process_completed", output="x", success=True))
    ),
    "too few values": lambda app: setattr(app, "data", stream(completed())),
    "edits that do not fit": lambda app: setattr(
        app,
        "data",
        stream(
            event("process_generating", output={"data": ["a"]}, success=True),
            event(
                "process_generating", output={"data": [[["append", [3, "x"], "b"]]]}, success=True
            ),
        ),
    ),
    "an unexpected error": lambda app: setattr(
        app, "data", stream(event("unexpected_error", message="boom", success=False))
    ),
    "a stopped server": lambda app: setattr(
        app, "data", stream(event("server_stopped", success=False))
    ),
    "a failure that is long": lambda app: setattr(
        app,
        "data",
        stream(event("process_completed", output={"error": "x " * 5_000}, success=False)),
    ),
    "a failure without text": lambda app: setattr(
        app, "data", stream(event("process_completed", output={"error": None}, success=False))
    ),
    "a file of another server": lambda app: setattr(
        app,
        "data",
        stream(completed({"path": "http://127.0.0.1:9/x.png", "url": "", "orig_name": "x"})),
    ),
    "a file that is not there": lambda app: setattr(
        app, "data", stream(completed({"path": "/x.png", "url": None, "orig_name": "x.png"}))
    ),
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_an_error_in_plain_words(app: ScriptedApp, garbage: str) -> None:
    GARBAGE[garbage](app)
    error, traceback = failed(node_of(app.url))
    assert isinstance(error, RemoteError)
    check_manners(error, traceback)
    assert app.calls <= 1  # what was accepted is not tried again


def test_nobody_there() -> None:
    with ScriptedApp() as app:
        url = app.url
    error, traceback = failed(node_of(url))
    assert type(error) is Unreachable
    check_manners(error, traceback)


def test_a_connection_that_breaks_in_the_middle(app: ScriptedApp) -> None:
    def cut() -> Iterator[bytes]:
        yield event("estimation", rank=0, queue_size=1)
        raise OSError

    app.data = lambda request: Answer(body=cut(), headers={"content-length": "9999"})
    error, traceback = failed(node_of(app.url))
    assert type(error) is Unreachable
    assert "went away" in str(error)
    check_manners(error, traceback)


def test_a_server_that_is_no_http() -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    peer, _ = listener.accept()
                    peer.sendall(b"SSH-2.0-OpenSSH\r\n")
                    peer.close()

        threading.Thread(target=serve, daemon=True).start()
        error, traceback = failed(node_of(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    assert type(error) is Unreachable
    check_manners(error, traceback)


# ---------------------------------------------------------------- trying again


def later_on(*answers: Answer) -> Callable[[Request], Answer]:
    given = itertools.chain(answers, itertools.repeat(json_answer({"event_id": "e1"})))
    return lambda request: next(given)


@pytest.mark.parametrize(
    ("answers", "wait"),
    [
        ([json_answer({}, 429, retry_after="1")], 1.0),
        ([json_answer({"estimated_time": 0.7}, 503)], 0.7),
        ([json_answer({"detail": "Queue is full"}, 503)], 2.0),
        ([json_answer({}, 429, retry_after="0.3"), json_answer({}, 503, retry_after="0.4")], 0.7),
        ([Answer(502)], 0.5),
    ],
)
def test_a_busy_app_gets_the_time_that_it_names(
    app: ScriptedApp, answers: list[Answer], wait: float
) -> None:
    app.join = later_on(*answers)
    node = GradioNode(app.url, name="it", inputs={"text": "a"})
    graph = Graph("Busy", [node], persist_key=False)
    node.look_up()
    begun = time.monotonic()
    events = list(graph.stream())
    assert time.monotonic() - begun >= wait
    assert graph.results["it"]["output"] == "hi"
    texts = [e.text for e in events if e.type == "node.progress" and "again in" in e.text]
    assert len(texts) == len(answers)


def test_a_space_that_wakes_up_is_waited_for(hub: Hub, app: ScriptedApp) -> None:
    hub.spaces["a/b"] = {"sha": "a" * 40, "host": app.url, "runtime": {"stage": "SLEEPING"}}
    asleep = iter([json_answer({}, 503, retry_after="0.3"), Answer(502)])
    app.config = lambda request: next(asleep, json_answer(config()))
    graph = Graph("Asleep", [GradioNode("a/b", name="it", inputs={"text": "a"})], persist_key=False)
    assert graph.run() == {"it": {"output": "hi"}}


def test_patience_has_an_end(app: ScriptedApp) -> None:
    app.join = always(json_answer({}, 429, retry_after="120"))
    error, _ = failed(node_of(app.url))
    assert isinstance(error, Busy)
    assert error.retry_after == 120
    assert app.calls == 1


def test_what_was_accepted_is_tried_again_only_if_asked(app: ScriptedApp) -> None:
    app.data = stream(event("process_completed", output={"error": "no luck"}, success=False))
    failed(node_of(app.url))
    assert app.calls == 1
    failed(node_of(app.url, retries=2))
    assert app.calls == 4


# ---------------------------------------------------------------- the Hub


def test_no_such_space(hub: Hub) -> None:
    error, _ = failed(node_of("someone/nothing"))
    assert isinstance(error, GraphError)
    assert "no Space 'someone/nothing'" in str(error)
    assert "hf auth login" in str(error)


@pytest.mark.parametrize("stage", ["PAUSED", "RUNTIME_ERROR", "BUILD_ERROR"])
def test_a_space_that_is_down(hub: Hub, app: ScriptedApp, stage: str) -> None:
    hub.spaces["a/b"] = {"sha": "a" * 40, "host": app.url, "runtime": {"stage": stage}}
    error, traceback = failed(node_of("a/b"))
    assert type(error) is Unreachable
    assert "the Space a/b" in str(error).lower().replace("space", "Space")
    check_manners(error, traceback)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_hub_that_does_not_tell(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with Server(always(json_answer({"error": "no"}, status))) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        error, traceback = failed(node_of("a/b"))
    assert isinstance(error, RemoteError)
    check_manners(error, traceback)


@pytest.mark.parametrize("bad", ["noslash", "a/b/c", "", "ftp://host/x", "a /b", 7, None])
def test_an_id_that_is_none_is_told_at_once(bad: Any) -> None:
    with pytest.raises(errors.GraphError):
        GradioNode(bad)
