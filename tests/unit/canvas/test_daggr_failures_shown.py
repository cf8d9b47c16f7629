"""What daggr 0.8.0 gets wrong about values and files, and must not happen here.

The numbers are those of the list of its failures; each was seen with the released package. What
needs a page is in ``tests/hosts/test_daggr_failures_canvas.py``.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, InputNode, ItemList, ui
from daggr_nb._canvas.displays.previews import content, preview
from tests.unit.canvas.test_bridge import View
from tests.unit.canvas.test_inspect import asked

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def shows(make: Any, component: ui.Component | None = None) -> dict[str, Any]:
    """What a card shows of a result."""
    node = FnNode(make, "made", outputs={"value": component or ui.Component()})
    graph = Graph("Shown", [node], persist_key=False)
    graph.run()
    values: dict[str, Any] = View(graph).nodes["made"]["values"]
    return dict(values["value"])


# ---------------------------------------------------------------- 23: uploads


def test_23_an_upload_reaches_the_function_as_it_is_annotated(tmp_path: pathlib.Path) -> None:
    image = pytest.importorskip("PIL.Image")

    def look(photo: image.Image, letter: pathlib.Path) -> str:  # type: ignore[name-defined]
        return f"{photo.size} {letter.name} {letter.read_text()}"

    node = FnNode(look, inputs={"photo": ui.Image(), "letter": ui.File()})
    graph = Graph("Uploaded", [node], store=tmp_path)
    view = View(graph)
    for port, name, data in (("photo", "p.png", PIXEL), ("letter", "l.txt", b"hello")):
        view.say("set_input", node="look", port=port, value=view.upload(name, data))
    view.say("run")
    view.until(lambda: view.state("look")["status"] in ("succeeded", "failed") and not view.run)
    assert node.output.value == "(1, 1) l.txt hello"


# ---------------------------------------------------------------- 24: edits of lists


def lines() -> list[dict[str, Any]]:
    return [{"who": "Host", "n": 1}, {"who": "Guest", "n": 2}]


def test_24_every_item_list_of_a_node_is_edited_and_edits_belong_to_their_result() -> None:
    schema = {"who": ui.Dropdown(["Host", "Guest"]), "n": ui.Number()}

    def two() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return lines(), lines()

    node = FnNode(two, outputs={"a": ItemList(**schema), "b": ItemList(**schema)})
    graph = Graph("Lists", [node], persist_key=False)
    graph.run()
    view = View(graph)
    for port in ("a", "b"):
        rows = view.nodes["two"]["values"][port]["data"]
        view.say("override", node="two", port=port, value=[{**rows[0], "n": 7}])
        view.until(lambda port=port: view.nodes["two"]["values"][port]["count"] == 1)  # type: ignore[misc]
    assert (node.a.value[0]["n"], node.b.value[0]["n"]) == (7, 7)
    graph.run(node, force=True)
    assert node.a.value == lines(), "a new result is as the function made it"


# ---------------------------------------------------------------- 25: values


def test_25_a_frame_a_picture_and_a_table_of_lists_are_shown() -> None:
    pandas = pytest.importorskip("pandas")
    image = pytest.importorskip("PIL.Image")
    frame = shows(lambda: pandas.DataFrame({"a": [1, 2]}))
    assert (frame["count"], frame["data"]["rows"]) == (2, [[1], [2]])
    assert shows(lambda: image.new("RGB", (4, 2)))["mime"] == "image/png"
    table = shows(lambda: [["a", 1], ["b", 2]], ui.Dataframe())
    assert table["data"]["rows"] == [["a", 1], ["b", 2]]


def test_25_a_gallery_of_paths_shows_pictures(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("PIL.Image")
    paths = [tmp_path / f"{name}.png" for name in "ab"]
    for path in paths:
        path.write_bytes(PIXEL)
    shown = shows(lambda: [str(path) for path in paths], ui.Gallery())
    assert len(shown["items"]) == 2
    assert all(item["mime"].startswith("image/") for item in shown["items"])


def test_25_marked_texts_and_labels_are_shown() -> None:
    marked = shows(lambda: [("an otter", "ANIMAL"), (" swims", None)], ui.HighlightedText())
    assert "ANIMAL" in json.dumps(marked["data"])
    label = shows(lambda: {"otter": 0.9, "vole": 0.1}, ui.Label())
    assert "otter" in json.dumps(label["data"])


# ---------------------------------------------------------------- 26: paths


def test_26_a_file_is_shown_wherever_it_is(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL.Image")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.png").write_bytes(PIXEL)
    for path in ("here.png", str(tmp_path / "here.png")):
        found = shows(lambda path=path: path, ui.Image())
        assert found["mime"].startswith("image/"), path
        assert content(pathlib.Path(path), None, ui.Image())[1][:4] == PIXEL[:4]


def test_26_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    gone = str(tmp_path / "gone.png")
    found = preview(gone, ui.Image())
    assert "gone.png" in f"{found.summary} {found.data}"


# ---------------------------------------------------------------- 27: outputs are results


def test_27_an_edited_output_hides_no_later_result() -> None:
    asked_for = InputNode("Form", {"n": ui.Number(1, precision=0)})
    node = FnNode(
        lambda n: [{"n": n}],
        "made",
        inputs={"n": asked_for.n},
        outputs={"xs": ItemList(n=ui.Number())},
    )
    graph = Graph("Later", [node], persist_key=False)
    graph.run()
    graph.override(node.xs, [])
    assert node.xs.value == []
    graph.inputs["Form__n"] = 2
    graph.run()
    assert node.xs.value == [{"n": 2}], "the function was called, and its result is shown"


# ---------------------------------------------------------------- 28: files and scripts


def test_28_a_view_reads_no_file_by_its_path(tmp_path: pathlib.Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the token")
    node = FnNode(lambda: 1, "one", outputs=["value"])
    graph = Graph("Closed", [node], persist_key=False)
    graph.run()
    view = View(graph)
    for port in (str(secret), f"../{secret}", "file"):
        said = asked(view, "fetch", node="one", port=port)
        assert said["kind"] == "command_rejected"
    assert view.fetched == []


def test_28_a_saved_page_holds_html_as_text_without_scripts(tmp_path: pathlib.Path) -> None:
    hostile = "<b>bold</b><script>alert(1)</script>"
    node = FnNode(lambda: hostile, "page", outputs={"html": ui.HTML()})
    graph = Graph("Saved", [node], persist_key=False)
    graph.run()
    text = graph.export(tmp_path / "saved.html").read_text()
    assert "<script" not in text
    assert "script-src" in text or "default-src 'none'" in text
