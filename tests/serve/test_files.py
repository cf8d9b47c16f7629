"""Files that go out by an address of their content, and come in as what was uploaded."""

from __future__ import annotations

import base64
import datetime
import pathlib
from typing import Any

import httpx
import pytest

from daggr_nb import FnNode, Graph, ui
from tests.serve.conftest import Serve

SECRET = "outside of every folder that is served"


def paint(folder: pathlib.Path, data: bytes = b"the picture") -> Graph:
    def write(name: str) -> pathlib.Path:
        path = folder / name
        path.write_bytes(data + name.encode())
        return path

    node = FnNode(write, "write", inputs={"name": ui.Textbox("a.bin")}, outputs={"f": ui.File()})
    return Graph("Paint", [node])


def reader() -> Graph:
    def read(doc: pathlib.Path | None) -> str:
        return "nothing" if doc is None else f"{doc.name}: {doc.read_text()}"

    node = FnNode(read, "read", inputs={"doc": ui.File()}, outputs={"text": ui.Textbox()})
    return Graph("Reader", [node])


def called(client: httpx.Client, **inputs: Any) -> Any:
    answer = client.post("/api/call", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    (outputs,) = answer.json()["outputs"].values()
    return next(iter(outputs.values()))


def test_a_file_is_an_address_with_its_content(served: Serve, tmp_path: pathlib.Path) -> None:
    client = served(paint(tmp_path))
    address = called(client)
    assert address.startswith("/api/artifacts/")
    assert address.endswith("/a.bin")
    assert str(tmp_path) not in address
    answer = client.get(address)
    assert answer.content == b"the picturea.bin"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(address, headers={"Range": "bytes=4-10"}).content == b"picture"


def test_an_address_keeps_its_content_when_the_file_changes(
    served: Serve, tmp_path: pathlib.Path
) -> None:
    client = served(paint(tmp_path))
    address = called(client)
    (tmp_path / "a.bin").write_text("another")
    assert client.get(address).content == b"the picturea.bin"
    (tmp_path / "a.bin").unlink()
    assert client.get(address).content == b"the picturea.bin"


def test_nothing_is_read_that_no_answer_has_named(served: Serve, tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text(SECRET)
    client = served(paint(tmp_path))
    address = called(client)
    digest = address.split("/")[3]
    up = "/".join([".."] * 12)
    encoded = "%2e%2e%2f" * 12 + str(outside).lstrip("/").replace("/", "%2f")
    for path in [
        f"/api/artifacts/{digest}/secret.txt",
        f"/api/artifacts/{'0' * 32}/a.bin",
        f"/api/artifacts/{digest}/{encoded}",
        f"/api/artifacts/{encoded}/a.bin",
        f"/api/artifacts/{digest}/{up}{outside}",
        f"/{outside}",
        f"//{outside}",
        f"/file{outside}",
        f"/assets/{encoded}",
        f"/static/{encoded}",
        f"/static/{up}{outside}",
    ]:
        answer = client.send(httpx.Request("GET", f"{client.base_url}{path}".replace("///", "//")))
        assert answer.status_code in (400, 404), path
        assert SECRET not in answer.text


def test_what_a_browser_would_run_is_a_download(served: Serve, tmp_path: pathlib.Path) -> None:
    client = served(paint(tmp_path, b"<script>alert(1)</script>"))
    for name in ("page.html", "drawing.svg", "note.txt"):
        answer = client.get(called(client, write__name=name))
        assert "sandbox" in answer.headers["content-security-policy"]
        shown = answer.headers["content-disposition"].partition(";")[0]
        assert shown == ("inline" if name == "note.txt" else "attachment")


def test_an_upload_is_what_a_function_reads(served: Serve) -> None:
    client = served(reader())
    answer = client.post(
        "/api/uploads?name=note.txt",
        content=b"hello",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["size"]) == ("note.txt", 5)
    assert called(client, read__doc=answer.json()["file"]) == "note.txt: hello"


def test_a_large_upload_comes_in_pieces(served: Serve) -> None:
    def size(doc: pathlib.Path) -> int:
        return doc.stat().st_size

    node = FnNode(size, "size", inputs={"doc": ui.File()}, outputs={"n": ui.Number()})
    client = served(Graph("Size", [node]))
    answer = client.post(
        "/api/uploads?name=big.bin",
        content=bytes(40_000_000),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 201
    assert called(client, size__doc=answer.json()["file"]) == 40_000_000


def test_a_data_url_is_a_file(served: Serve) -> None:
    url = f"data:text/plain;base64,{base64.b64encode(b'hello').decode()}"
    assert called(served(reader()), read__doc=url) == "file.txt: hello"


@pytest.mark.parametrize(
    "value",
    [
        "/etc/hostname",
        "~/.bashrc",
        "https://example.com/a.txt",
        "file:///etc/hostname",
        {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}},
        {"$file": "../../etc/hostname"},
        {"$file": "/etc/hostname"},
        {"$keep": 0},
        ["/etc/hostname"],
        "data:text/plain,hello",
        "data:text/plain;base64,%%%",
        7,
    ],
)
def test_a_path_or_a_foreign_address_is_no_file(served: Serve, value: Any) -> None:
    answer = served(reader()).post("/api/call", json={"inputs": {"read__doc": value}})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({}, 415),
    ],
)
def test_an_upload_that_any_page_could_send_is_refused(
    served: Serve, headers: dict[str, str], status: int
) -> None:
    client = served(reader())
    answer = client.post("/api/uploads", content=b"hello", headers=headers)
    assert answer.status_code == status


def test_values_have_a_form_in_json(served: Serve) -> None:
    import numpy as np
    import pandas as pd

    values: dict[str, Any] = {
        "nan": float("nan"),
        "infinity": float("-inf"),
        "large": 2**70,
        "when": datetime.datetime(2026, 1, 2, 3),
        "pair": (1, "two"),
        "set": {3, 1, 2},
        "scalar": np.float32(0.5),
        "array": np.arange(3),
        "frame": pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        "bytes": b"raw",
        "path": "/etc/hostname",
        "nested": {"a": [1, {"b": None}]},
    }
    node = FnNode(lambda: values, "values", outputs={"out": ui.JSON()})
    graph = Graph("Values", [node])
    client = served(graph)
    answer = called(client)
    address = answer.pop("bytes")
    assert answer == {
        "nan": None,
        "infinity": None,
        "large": 2**70,
        "when": "2026-01-02T03:00:00",
        "pair": [1, "two"],
        "set": [1, 2, 3],
        "scalar": 0.5,
        "array": [0, 1, 2],
        "frame": {"headers": ["a", "b"], "data": [[1, "x"], [2, None]]},
        "path": "/etc/hostname",
        "nested": {"a": [1, {"b": None}]},
    }
    assert client.get(address).content == b"raw"


def test_a_picture_is_a_picture(served: Serve) -> None:
    from PIL import Image

    node = FnNode(lambda: Image.new("RGB", (8, 4)), "paint", outputs={"image": ui.Image()})
    client = served(Graph("Picture", [node]))
    answer = client.get(called(client))
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.content.startswith(b"\x89PNG")


def test_pictures_of_a_list_have_an_address_each(served: Serve) -> None:
    from PIL import Image

    def paint() -> list[Image.Image]:
        return [Image.new("RGB", (8, 4), colour) for colour in ("red", "blue")]

    client = served(Graph("List", [FnNode(paint, outputs={"images": ui.Gallery()})]))
    first, second = called(client)
    assert first != second
    assert client.get(first).content != client.get(second).content


def test_an_object_without_json_is_never_a_pickle(served: Serve) -> None:
    client = served(Graph("Object", [FnNode(lambda: complex, "make", outputs={"it": None})]))
    answer = client.get(called(client))
    assert answer.headers["content-type"].startswith("text/plain")
    assert "complex" in answer.text


def test_a_password_is_not_told(served: Serve) -> None:
    def echo(password: str) -> str:
        return password

    secret = ui.Textbox("hunter2-canary", type="password")
    node = FnNode(echo, "echo", inputs={"password": secret}, outputs={"said": ui.Textbox()})
    graph = Graph("Secret", [node])
    client = served(graph)
    for path in ("/openapi.json", "/api/schema", "/api/sheets"):
        assert "hunter2-canary" not in client.get(path).text
    sheet = client.get("/api/sheets").json()["sheets"][0]["sheet_id"]
    assert "hunter2-canary" not in client.get(f"/api/sheets/{sheet}/state").text
