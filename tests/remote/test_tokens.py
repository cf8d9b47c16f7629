"""What lets somebody in goes to whom it is for, is kept nowhere, and never crosses a redirect."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import GradioNode, Graph
from daggr_nb.errors import NodeFailed
from tests.remote.servers import Hub, ScriptedApp, Server, Zoo, json_answer

CANARY = "hf_canaryCANARYcanaryCANARYcanary42"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", CANARY)
    return CANARY


def space_at(hub: Hub, app: Server) -> str:
    hub.spaces["owner/app"] = {"sha": "a" * 40, "host": app.url, "runtime": {"stage": "RUNNING"}}
    return "owner/app"


def run(node: GradioNode, **options: Any) -> Graph:
    graph = Graph("Tokens", [node], **{"persist_key": False, **options})
    graph.run(check=False)
    return graph


def test_the_token_goes_to_the_hub_and_to_whom_it_names(
    hub: Hub, app: ScriptedApp, token: str
) -> None:
    run(GradioNode(space_at(hub, app), inputs={"text": "a"}))
    assert all(token in request.text for request in hub.seen)
    assert all(token in request.text for request in app.seen)
    assert len(app.seen) >= 4


def test_an_address_never_gets_it(app: ScriptedApp, token: str) -> None:
    run(GradioNode(app.url, inputs={"text": "a"}))
    assert app.seen
    assert not any(token in request.text for request in app.seen)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("step", ["config", "info", "join", "data", "file", "upload"])
@pytest.mark.parametrize("space", [True, False], ids=["Space", "address"])
def test_no_request_follows_a_redirect(
    hub: Hub,
    app: ScriptedApp,
    stranger: Server,
    token: str,
    tmp_path: Path,
    status: int,
    step: str,
    space: bool,
) -> None:
    from tests.remote.servers import Answer, completed, info

    secret = tmp_path / "secret.txt"
    secret.write_text("the file")
    if step in ("upload", "file"):
        described = info()
        parameter = described["named_endpoints"]["/predict"]["parameters"][0]
        parameter["type"] = {"type": "object", "properties": {"path": {}, "meta": {}}}
        app.info = lambda request: json_answer(described)
        file = {"path": "/x.txt", "url": None, "orig_name": "x.txt"}
        app.data = lambda request: Answer(body=iter([completed(file)]))
    target = json_answer({}, status, location=stranger.url + "/elsewhere")
    setattr(app, step, lambda request: target)
    text: Any = secret if step in ("upload", "file") else "the prompt"
    source = space_at(hub, app) if space else app.url
    run(GradioNode(source, inputs={"text": text}, headers=None if space else {"x-key": "k" * 20}))


def test_the_hub_is_not_followed_either(
    monkeypatch: pytest.MonkeyPatch, stranger: Server, token: str
) -> None:
    with Server(lambda request: json_answer({}, 307, location=stranger.url)) as moved:
        monkeypatch.setenv("HF_ENDPOINT", moved.url)
        run(GradioNode("owner/app", inputs={"text": "a"}))


SECRETS: dict[str, dict[str, Any]] = {
    "headers": {"headers": {"Authorization": f"Bearer {CANARY}"}},
    "auth": {"auth": ("user", CANARY)},
}


@pytest.mark.parametrize("kind", [*SECRETS, "address"])
def test_what_lets_somebody_in_is_kept_nowhere(
    app: ScriptedApp,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = app.url.replace("http://", f"http://user:{CANARY}@") if kind == "address" else app.url
    node = GradioNode(url, name="it", inputs={"text": "a"}, **SECRETS.get(kind, {}))
    store = tmp_path / "kept"
    graph = run(node, persist_key="kept", store=store)
    canvas = graph.canvas()
    page = graph.export(tmp_path / "page.html").read_text()
    app.join = lambda request: json_answer({"error": f"who is {CANARY}?"}, 403)
    with pytest.raises(NodeFailed) as failed:
        graph.run("it", force=True)
    sent = str(canvas.get_state())
    told = [str(e.as_dict()) for e in graph.stream()] + [repr(node), repr(graph.status())]
    told += [str(failed.value), failed.value.traceback, str(failed.value.__cause__)]
    told += [caplog.text, *capsys.readouterr(), page, sent, str(node.code())]
    told += [str(run.as_dict() if hasattr(run, "as_dict") else run) for run in graph.history("it")]
    graph.close()
    for path in store.rglob("*"):
        if path.is_file():
            told.append(path.read_bytes().decode("latin-1"))
    forms = [CANARY, base64.b64encode(f"user:{CANARY}".encode()).decode()]
    assert not [form for text in told for form in forms if form in text]


def test_a_login_that_an_app_asks_for(tmp_path: Path) -> None:
    app = Zoo(tmp_path / "zoo", ZOO_AUTH="me:opensesame")
    try:
        known = GradioNode(app.url, "echo", "it", {"text": "in"}, auth=("me", "opensesame"))
        assert Graph("In", [known], persist_key=False).run() == {"it": {"output": "in"}}
        stranger = GradioNode(app.url, "echo", "it", {"text": "out"})
        with pytest.raises(NodeFailed, match="auth="):
            Graph("Out", [stranger], persist_key=False).run()
    finally:
        app.close()
