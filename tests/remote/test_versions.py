"""What apps of every version of Gradio must do; ``make apps`` runs it on older ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from daggr_nb import GradioNode, Graph
from daggr_nb.errors import AppFailed, NodeFailed, RunCancelled
from tests.remote.servers import Zoo, call, wait_until


def node_of(zoo: Zoo, api_name: str, **inputs: object) -> Graph:
    return Graph("Versions", [GradioNode(zoo.url, api_name, "it", inputs)], persist_key=False)


def test_text(zoo: Zoo) -> None:
    assert node_of(zoo, "echo", text="héllo").run() == {"it": {"output": "héllo"}}
    assert node_of(zoo, "defaults", times=3).run() == {"it": {"output": "hellohellohello"}}


def test_a_stream(zoo: Zoo) -> None:
    events = list(node_of(zoo, "count", n=5, pause=0.02, tag="x").stream())
    assert "".join(e.delta for e in events if e.type == "node.chunk") == "0 1 2 3 4 "


def test_files(zoo: Zoo, tmp_path: Path) -> None:
    path = tmp_path / "a file ü.txt"
    path.write_text("content")
    copy = node_of(zoo, "file", path=path).run()["it"]["output"]
    assert copy.read_text() == "content"
    assert node_of(zoo, "length", path=path).run() == {"it": {"output": 7}}


def test_cancel(zoo: Zoo) -> None:
    run = node_of(zoo, "count", n=1000, pause=0.05, tag="versions").submit()
    wait_until(lambda: call(zoo.url, "running", "versions") == [True])
    run.cancel()
    with pytest.raises(RunCancelled):
        run.result()
    wait_until(lambda: call(zoo.url, "running", "versions") == [False])


def test_progress_and_failure(zoo: Zoo) -> None:
    events = list(node_of(zoo, "steps", n=3).stream())
    assert any(e.type == "node.progress" and e.text == "working" for e in events)
    with pytest.raises(NodeFailed, match="no luck") as failed:
        node_of(zoo, "fails", message="no luck").run()
    assert isinstance(failed.value.__cause__, AppFailed)
