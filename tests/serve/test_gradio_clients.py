"""A graph as a Gradio app: called by the real gradio_client, and by a node of another graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from daggr_nb import FnNode, GradioNode, Graph, InputNode, NodeFailed, ops, ui
from tests.serve.conftest import Serve
from tests.waiting import wait_for


def letters() -> Graph:
    inputs = {"tone": ui.Dropdown(["dry", "warm"], value="dry"), "n": ui.Slider(1, 5)}
    form = InputNode("form", inputs)

    def write(tone: str, n: int, text: str) -> dict[str, Any]:
        if text == "boom":
            raise ValueError("no such text")
        return {"said": f"{tone} {n} {text}", "facts": {"length": n, "odd": [1, None]}}

    given = {"tone": form.tone, "n": form.n, "text": ui.Textbox("hi")}
    outputs = {"said": ui.Textbox(), "facts": ui.JSON()}
    return Graph("Warm letters", [FnNode(write, "write", given, outputs)])


def pictures() -> Graph:
    def turn(picture: Image.Image, pages: list[str]) -> dict[str, Any]:
        return {"turned": picture.rotate(90, expand=True), "pages": len(pages or [])}

    inputs = {"picture": ui.Image(), "pages": ui.File(file_count="multiple")}
    return Graph("Turning", [FnNode(turn, "turn", inputs, {"turned": ui.Image(), "pages": None})])


Connect = Callable[..., Client]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    clients: list[Client] = []

    def connect(served: httpx.Client, **options: Any) -> Client:
        options = {"verbose": False, "analytics_enabled": False, **options}
        options.setdefault("download_files", str(tmp_path / "downloads"))
        clients.append(Client(str(served.base_url), **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
        for pool in (client.executor, client.helper_executor, client.stream_executor):
            pool.shutdown(wait=False)


def test_a_client_calls_a_graph(served: Serve, connect: Connect) -> None:
    graph = letters()
    client = connect(served(graph, gradio=True))
    said, facts = client.predict(tone="warm", n=3)
    assert said == "warm 3 hi"
    assert facts == {"length": 3, "odd": [1, None]}
    assert client.predict("dry", 2, "ho", api_name="/predict")[0] == "dry 2 ho"
    assert graph.inputs["form__n"] == 1
    assert len(graph.history("write")) == 2


def test_what_there_is_is_described(served: Serve, connect: Connect) -> None:
    client = connect(served(letters(), gradio=True))
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    parameters = described["/predict"]["parameters"]
    assert [each["parameter_name"] for each in parameters] == ["tone", "n", "text"]
    assert [each["parameter_default"] for each in parameters] == ["dry", 1, "hi"]
    assert parameters[0]["type"]["enum"] == ["dry", "warm"]
    assert [each["label"] for each in described["/predict"]["returns"]] == ["said", "facts"]


@pytest.mark.parametrize(
    ("inputs", "said"), [({"n": 9}, "a number from 1 to 5"), ({"text": "boom"}, "no such text")]
)
def test_what_goes_wrong_is_told(
    served: Serve, connect: Connect, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(AppError, match=said):
        connect(served(letters(), gradio=True)).predict(**inputs)


def test_files_go_both_ways(served: Serve, connect: Connect, tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), "red").save(tmp_path / "red.png")
    (tmp_path / "a page.txt").write_text("text")
    client = connect(served(pictures(), gradio=True))
    red, page = handle_file(tmp_path / "red.png"), handle_file(tmp_path / "a page.txt")
    turned, pages = client.predict(picture=red, pages=[page, page])
    with Image.open(turned) as picture:
        assert picture.size == (20, 40)
    assert pages == 2


@pytest.mark.parametrize("path", ["/etc/hosts", "../../etc/hosts", "http://127.0.0.1:9/a.png"])
def test_a_path_of_the_server_is_no_file(served: Serve, path: str) -> None:
    http = served(pictures(), gradio=True)
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [file, None], "fn_index": 0, "session_hash": "s"}
    assert http.post("/gradio_api/queue/join", json=body).status_code == 200
    told = http.get("/gradio_api/queue/data?session_hash=s").text
    assert '"success": false' in told
    for address in ("etc/hosts", "/etc/hosts", "artifacts/x/y", "artifacts/../../etc/hosts"):
        assert http.get(f"/gradio_api/file={address}").status_code == 404


def test_many_calls_of_one_client(served: Serve, connect: Connect) -> None:
    client = connect(served(letters(), gradio=True))
    jobs = [client.submit(n=n % 5 + 1, text=str(n)) for n in range(20)]
    assert [job.result(30)[0] for job in jobs] == [f"dry {n % 5 + 1} {n}" for n in range(20)]


def test_a_call_is_cancelled(served: Serve, connect: Connect) -> None:
    begun, go = threading.Event(), threading.Event()

    def wait() -> int:
        begun.set()
        assert go.wait(20)
        return 1

    after = FnNode(lambda x: x, "after", {"x": FnNode(wait, "wait").output})
    graph = Graph("Waiting", [after])
    client = connect(served(graph, gradio=True))
    job = client.submit()
    assert begun.wait(10)
    job.cancel()
    wait_for(lambda: "run.aborted" in [e["type"] for e in graph.session.events.since(0)], True)
    go.set()
    assert graph.history("after") == []


def test_a_question_is_told(served: Serve, connect: Connect) -> None:
    ok = ops.Approve("ok", FnNode(lambda: "the draft", "draft").output)
    with pytest.raises(AppError, match="asks a person"):
        connect(served(Graph("Asking", [ok]), gradio=True)).predict()


def test_parts_are_endpoints(served: Serve, connect: Connect) -> None:
    nodes = [FnNode(lambda: 1, "one"), FnNode(lambda: 2, "two")]
    client = connect(served(Graph("Numbers", nodes, persist_key=False), gradio=True))
    assert client.predict(api_name="/two") == 2


def test_a_node_of_another_graph_calls_it(served: Serve, tmp_path: Path) -> None:
    address = str(served(letters(), gradio=True).base_url)
    node = GradioNode(
        address, name="letters", inputs={"tone": "warm", "n": 4}, outputs={"said": ui.Textbox()}
    )
    calling = Graph("Calling", [node], persist_key=False)
    assert calling.run() == {"letters": {"said": "warm 4 hi"}}
    calling.close()
    wrong = GradioNode(address, name="letters", inputs={"text": "boom"}, outputs={"said": None})
    failing = Graph("Failing", [wrong], persist_key=False)
    with pytest.raises(NodeFailed, match="no such text"):
        failing.run()
    failing.close()


def test_a_node_brings_files(served: Serve, tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), "red").save(tmp_path / "red.png")
    address = str(served(pictures(), gradio=True).base_url)
    inputs = {"picture": tmp_path / "red.png"}
    node = GradioNode(address, name="turn", inputs=inputs, outputs={"turned": ui.Image()})
    calling = Graph("Calling", [node], persist_key=False)
    turned = calling.run()["turn"]["turned"]
    calling.close()
    with Image.open(turned) as picture:
        assert picture.size == (20, 40)


def test_the_guard_is_in_front_of_it(served: Serve, connect: Connect) -> None:
    http = served(letters(), gradio=True, token="open sesame")
    base = str(http.base_url).rstrip("/")
    assert httpx.get(f"{base}/config").status_code == 401
    foreign = {"Origin": "http://evil.example"}
    form = {"files": ("a.txt", b"x")}
    assert http.post("/gradio_api/upload", files=form, headers=foreign).status_code == 403
    client = connect(http, headers={"Authorization": "Bearer open sesame"})
    assert client.predict(n=2)[0] == "dry 2 hi"


def test_uploads_have_bounds(served: Serve) -> None:
    http = served(pictures(), gradio=True)
    assert http.post("/gradio_api/upload", json={}).status_code == 415
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert http.post("/gradio_api/upload", content=b"no form", headers=broken).status_code == 400
    many = [("files", (f"{n}.txt", b"x")) for n in range(101)]
    assert http.post("/gradio_api/upload", files=many).status_code == 400
    assert http.post("/gradio_api/upload", files={"files": ("a.txt", b"")}).status_code == 200


def test_a_server_without_it_has_no_such_addresses(served: Serve) -> None:
    http = served(letters())
    assert http.get("/config").status_code == 404
    assert http.post("/gradio_api/queue/join", json={}).status_code == 404
