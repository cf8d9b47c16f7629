"""The loop that all apps are called on may come to an end: the next call finds another one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from daggr_nb import GradioNode, Graph
from daggr_nb._services.loop import wait_for
from daggr_nb.errors import RunError
from tests.remote.servers import (
    Answer,
    ScriptedApp,
    completed,
    component,
    config,
    info,
    json_answer,
)

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)
# Nobody can close what was open on a loop that is gone.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let what belongs to such a loop go within the test."""
    yield
    gc.collect()


def end_loop() -> None:
    """Do to the shared loop what foreign code may do."""
    loops: list[Any] = []

    def breaks() -> None:
        raise RuntimeError("somebody has broken it")

    async def ends() -> None:
        loop: Any = asyncio.get_running_loop()
        loops.append(loop)
        loop.run_forever = breaks
        loop.stop()
        await asyncio.Event().wait()

    with pytest.raises(RunError, match="came to an end"):
        wait_for(ends())
    loops[0].close()


@pytest.fixture
def open_app(app: ScriptedApp) -> ScriptedApp:
    """An app whose answer is a file: the connection on which that was fetched stays open."""
    file = {"path": "/there/it.png", "meta": {"_type": "gradio.FileData"}}
    app.data = lambda request: Answer(body=completed(file))
    app.file = lambda request: Answer(body=PICTURE)
    return app


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("auth", [None, ("somebody", "secret-of-somebody")])
def test_an_app_is_called_on_the_next_loop(open_app: ScriptedApp, auth: Any, times: int) -> None:
    app = open_app
    node = GradioNode(app.url, name="it", inputs={"text": "a"}, patience=0.5, auth=auth)
    graph = Graph("Loops", [node], persist_key=False)
    graph.run()
    for _ in range(times):
        end_loop()
        assert graph.run(force=True)["it"]["output"].read_bytes() == PICTURE
    graph.close()
    logins = [request for request in app.seen if request.path == "/login"]
    assert len(logins) == (times + 1 if auth else 0)  # who was known there is known to nobody now


def test_so_is_one_that_gets_a_file_again(open_app: ScriptedApp) -> None:
    app, told = open_app, info()
    told["named_endpoints"]["/predict"]["parameters"][0]["type"] = {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "meta": {"default": {"_type": "gradio.FileData"}},
        },
    }
    app.info = lambda request: json_answer(told)
    app.config = lambda request: json_answer(
        config(components=[component(1, "image"), component(2)])
    )
    node = GradioNode(app.url, name="it", inputs={"text": PICTURE}, patience=0.5)
    graph = Graph("Loops", [node], persist_key=False)
    graph.run()
    end_loop()
    assert graph.run(force=True)["it"]["output"].read_bytes() == PICTURE
    graph.close()
    assert len([request for request in app.seen if request.path.endswith("/upload")]) == 2


def test_a_new_node_finds_the_app_on_the_next_loop(open_app: ScriptedApp) -> None:
    for _ in range(2):
        node = GradioNode(open_app.url, name="it", inputs={"text": "a"}, patience=0.5)
        graph = Graph("Loops", [node], persist_key=False)
        assert graph.run()["it"]["output"].read_bytes() == PICTURE
        graph.close()
        end_loop()
