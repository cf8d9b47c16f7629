"""A server below a path, as a proxy shows it: what the proxy takes away, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.sync.client import connect

from daggr_nb import FnNode, Graph, ui
from tests.serve.conftest import Serve

ROOT = "/user/ada/proxy/8000"


def pictures() -> Graph:
    def paint(size: int) -> Image.Image:
        return Image.new("RGB", (size, 4), "red")

    node = FnNode(paint, "paint", {"size": ui.Number(8)}, {"picture": ui.Image()})
    return Graph("Pictures", [node])


@pytest.fixture(params=["taken away", "left"])
def prefix(request: pytest.FixtureRequest) -> str:
    """What stands before the path of a request when it comes."""
    return ROOT if request.param == "left" else ""


def test_rest_is_below_it(served: Serve, prefix: str) -> None:
    client = served(pictures(), root_path=ROOT)
    answer = client.post(f"{prefix}/api/call", json={"inputs": {"paint__size": 9}})
    address = answer.json()["outputs"]["paint"]["picture"]
    assert address.startswith(f"{ROOT}/api/artifacts/")
    file = client.get(address if prefix else address.removeprefix(ROOT))
    assert file.headers["content-type"] == "image/png"
    assert client.get(f"{prefix}/openapi.json").json()["servers"] == [{"url": ROOT}]
    begun = client.post(f"{prefix}/api/runs")
    assert begun.headers["location"] == f"{ROOT}/api/runs/{begun.json()['id']}"


def test_the_page_is_below_it(served: Serve, prefix: str) -> None:
    client = served(pictures(), root_path=ROOT)
    text = client.get(f"{prefix}/").text
    assert 'src="static/page.js"' in text  # seen from where the page is
    assert client.get(f"{prefix}/static/page.js").status_code == 200
    address = str(client.base_url).replace("http", "ws").rstrip("/")
    with connect(f"{address}{prefix}/ws", max_size=None) as connection:
        assert "snapshot" in json.loads(connection.recv(10))["state"]


def test_the_cookie_is_for_it(served: Serve, prefix: str) -> None:
    client = served(pictures(), root_path=ROOT, token="open sesame")
    with httpx.Client(base_url=client.base_url) as browser:
        answer = browser.get(f"{prefix}/?token=open+sesame")
        assert answer.headers["location"] == f"{ROOT}/"
        assert f"Path={ROOT}" in answer.headers["set-cookie"]


def test_assistants_and_gradio_are_below_it(served: Serve, prefix: str, tmp_path: Path) -> None:
    client = served(pictures(), root_path=ROOT, gradio=True, mcp=True)
    body = {"data": [9], "fn_index": 0, "session_hash": "s"}
    assert client.post(f"{prefix}/gradio_api/queue/join", json=body).status_code == 200
    told = client.get(f"{prefix}/gradio_api/queue/data?session_hash=s").text
    messages: list[Any] = [json.loads(line[6:]) for line in told.splitlines() if line]
    (file,) = next(m["output"]["data"] for m in messages if m["msg"] == "process_completed")
    assert client.get(f"{prefix}/gradio_api/file={file['path']}").status_code == 200
    asked = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"Accept": "application/json, text/event-stream"}
    assert client.post(f"{prefix}/mcp", json=asked, headers=headers).status_code != 404
