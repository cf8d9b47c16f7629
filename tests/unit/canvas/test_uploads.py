"""Files that arrive in pieces, and values that name them."""

from __future__ import annotations

import gc
import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, ui
from daggr_nb._canvas.uploads import Uploads, taken
from daggr_nb.errors import InputError
from tests.unit.canvas.test_bridge import View
from tests.waiting import wait_for

PIECE = 1_000_000


def send(uploads: Uploads, name: str, data: bytes, upload: str = "u") -> str:
    place = ""
    for at in range(0, max(len(data), 1), PIECE):
        part = data[at : at + PIECE]
        _, place = uploads.take(upload, name, len(data), at, part)
    return place


def test_a_file_is_kept_by_content_under_its_own_name(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    data = os.urandom(2_500_000)
    place = send(uploads, "../my photo.png", data)
    path = uploads.file(place)
    assert (path.name, path.read_bytes() == data) == ("my photo.png", True)
    assert send(uploads, "my photo.png", data, "again") == place
    assert Uploads(tmp_path).file(place) == path
    assert uploads.file(send(uploads, "empty.txt", b"", "none")).read_bytes() == b""
    assert stat.S_IMODE((tmp_path / "uploads").stat().st_mode) == 0o700
    assert [p.name for p in (tmp_path / "uploads").iterdir() if p.name.startswith(".")] == []


def test_a_piece_that_comes_twice_counts_once_and_one_that_is_missing_is_told(
    tmp_path: Path,
) -> None:
    uploads = Uploads(tmp_path)
    assert uploads.take("u", "a", 4, 0, b"ab") == (2, "")
    assert uploads.take("u", "a", 4, 0, b"ab") == (2, "")
    with pytest.raises(InputError, match="expected bytes from 2 of 4, got some at 3"):
        uploads.take("u", "a", 4, 3, b"d")
    received, place = uploads.take("u", "a", 4, 2, b"cd")
    assert (received, uploads.file(place).read_bytes()) == (4, b"abcd")
    assert uploads.take("u", "a", 4, 2, b"cd") == (4, place)


def test_a_cancelled_upload_leaves_nothing(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    uploads.take("u", "a", 4, 0, b"ab")
    uploads.cancel("u")
    assert list((tmp_path / "uploads").iterdir()) == []
    uploads.cancel("u")


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "a", "0" * 32 + "/../x"])
def test_a_place_leads_nowhere_else(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError, match="There is no uploaded file"):
        Uploads(tmp_path).file(place)


def test_values_name_files_and_keep_some(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    file = {"$file": send(uploads, "a.png", b"a")}
    path = uploads.file(str(file["$file"]))
    held = [Path("x"), Path("y")]
    assert taken(file, ui.Image(), None, uploads) == path
    assert taken([{"$keep": 1}, file], ui.Gallery(), held, uploads) == [held[1], path]
    assert taken(file, ui.JSON(), None, uploads) == file
    items = ui.ItemList(photo=ui.Image(), text=ui.Textbox())
    preview = {"summary": "Image", "mime": "image/png"}
    rows = [{"photo": preview, "text": "t", "#": 0}, {"photo": file}]
    assert taken(rows, items, None, uploads) == [{"text": "t", "#": 0}, {"photo": path}]


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def upload(view: View, name: str, data: bytes) -> Any:
    for at in range(0, len(data), PIECE):
        fields = {"upload": "u", "name": name, "size": len(data), "at": at}
        view.say("upload", data[at : at + PIECE], **fields)
        answer, _ = view.hear()
        assert answer["kind"] == "uploaded"
    return {"$file": answer["file"]}


def test_an_upload_reaches_the_function_and_outlives_the_kernel(tmp_path: Path) -> None:
    def graph() -> Graph:
        form = InputNode("Form", {"file": ui.File()})
        node = FnNode(digest_of, inputs={"data": form.file})
        return Graph("Uploads", [node], store=tmp_path)

    first = graph()
    view = View(first)
    data = os.urandom(3_200_000)
    file = upload(view, "noise.bin", data)
    view.say("set_input", node="Form", port="file", value=file)
    view.until(lambda: view.nodes["Form"]["values"]["file"]["data"])
    shown = view.nodes["Form"]["values"]["file"]["data"]
    assert shown["data"] == [
        {"name": "noise.bin", "size": 3_200_000, "mime": "application/octet-stream"}
    ]
    assert first.run()["digest_of"]["output"] == digest_of(data)
    view.say("fetch", node="Form", port="file", control=True, whole=True)
    view.until(lambda: view.fetched)
    assert bytes(view.fetched[0]) == data

    first.session.close()
    again = graph()
    assert again.status()["digest_of"].freshness == "fresh"
    assert again.run(force=True)["digest_of"]["output"] == digest_of(data)


@pytest.mark.parametrize(
    ("component", "wrap"),
    [
        (ui.File(), lambda path: path),
        (ui.Image(), lambda path: path),
        (ui.File(file_count="multiple"), lambda path: [path]),
        (ui.Gallery(), lambda path: [[path, "caption"]]),
        (ui.ImageSlider(), lambda path: [path, None]),
        (ui.Dataframe(), lambda path: path),
        (ItemList(file=ui.File()), lambda path: [{"file": path}]),
    ],
)
def test_a_page_cannot_name_a_file_that_nobody_uploaded(
    component: ui.Component, wrap: Callable[[str], Any], tmp_path: Path
) -> None:
    private = tmp_path / "private.csv"
    private.write_text("secret\n1\n")
    graph = Graph("Private", [FnNode(repr, "read", inputs={"obj": component})], persist_key=False)
    view = View(graph)
    view.say("set_input", node="read", port="obj", value=wrap(str(private)))
    view.until(lambda: view.rejected)
    assert "expected an uploaded file from the canvas" in view.rejected[0]
    assert not graph.inputs["read__obj"]


def test_a_table_is_edited_and_read_by_the_page() -> None:
    node = FnNode(lambda t: len(t), "count", inputs={"t": ui.Dataframe({"a": [1, 2]})})
    view = View(Graph("Table", [node], persist_key=False))
    view.say(
        "set_input", node="count", port="t", value={"$edits": [["add", 2], ["set", 2, 0, "9"]]}
    )
    view.until(lambda: view.nodes["count"]["inputs"][0]["value"]["count"] == 3)
    view.say("fetch", node="count", port="t", control=True, rows=[1, 3])
    view.until(lambda: view.fetched)
    assert b'"rows": [[2], [9]]' in bytes(view.fetched[0])
    view.say("set_input", node="count", port="t", value={"$edits": [["set", 0, 0, "x"]]})
    view.until(lambda: view.rejected)
    assert "expected a number in column 'a'" in view.rejected[0]


def test_uploads_of_a_graph_without_a_store_go_with_it() -> None:
    node = FnNode(digest_of, inputs={"data": ui.File()}, version="1")
    graph = Graph("Memory", [node], persist_key=False)
    view = View(graph)
    file = upload(view, "noise.bin", b"noise")
    view.say("set_input", node="digest_of", port="data", value=file)
    view.until(lambda: view.nodes["digest_of"]["inputs"][0]["value"])
    path = graph.inputs["digest_of__data"]
    assert path.read_bytes() == b"noise"
    graph.close()
    wait_for(lambda: path.parent.parent.exists(), False)  # another thread clears up


def test_uploads_that_no_canvas_holds_any_more_are_gone() -> None:
    uploads = Uploads(None)
    path = uploads.file(send(uploads, "a.txt", b"a"))
    del uploads
    gc.collect()
    assert not path.exists()


def test_prune_lets_go_of_uploads_that_are_no_value_any_more(tmp_path: Path) -> None:
    node = FnNode(len, "count", inputs={"obj": ui.File(file_count="multiple")}, version="1")
    graph = Graph("Pruned", [node], store=tmp_path)
    view = View(graph)
    old, kept = view.upload("old.bin", b"old" * 500), view.upload("kept.bin", b"kept")
    fresh = view.upload("fresh.bin", b"fresh")
    for value in ([old, kept], [kept]):
        view.say("set_input", node="count", port="obj", value=value)
        view.until(lambda v=value: len(graph.inputs["count__obj"] or ()) == len(v))
        graph.run()
    home = next(each for each in tmp_path.rglob("uploads") if each.is_dir())
    long_ago = time.time() - 7200
    for folder in home.iterdir():
        if folder.name not in fresh["$file"]:
            os.utime(folder, (long_ago, long_ago))

    def names() -> set[str]:
        return {path.name for path in home.rglob("*.bin")}

    graph.store.prune(keep=5)
    assert names() == {"old.bin", "kept.bin", "fresh.bin"}, "a record still names it"
    pruned = graph.store.prune(keep=1)
    assert names() == {"kept.bin", "fresh.bin"}
    assert pruned.bytes >= 1500
    assert [path.read_bytes() for path in graph.inputs["count__obj"]] == [b"kept"]
    graph.close()
