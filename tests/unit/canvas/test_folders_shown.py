"""A folder is shown as what it is, and costs no cell what is in it."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import Const, FnNode, Folder, Graph, ui
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._protocol.displays import Preview


def preview(value: Any, component: Any = None) -> Preview:
    return look_at(value, component).preview


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    for number in range(30):
        (tmp_path / "data" / f"{number:02}.txt").write_bytes(b"x" * 2_000)
    return tmp_path / "data"


@pytest.mark.parametrize("component", [None, ui.File(), ui.File(file_count="directory")])
def test_a_folder_says_what_is_in_it(folder: pathlib.Path, component: Any) -> None:
    shown = preview(folder, component)
    assert (shown.kind, shown.summary, shown.inline) == ("text", "folder data, 31 items", True)
    first, name, *_, last = str(shown.data).splitlines()
    assert (first, name, last) == (str(folder), "  00.txt  2.0 kB", "  … 11 more")
    assert preview(folder / "deep", component).data == str(folder / "deep")


def test_folders_among_files_are_no_files(folder: pathlib.Path) -> None:
    some = [folder, folder / "00.txt", folder / "deep"]
    shown = preview(some, ui.File(file_count="multiple"))
    assert shown.summary == "1 file, 2.0 kB and 2 folders"
    assert [each["name"] for each in shown.data] == ["data/", "00.txt", "deep/"]
    assert preview([folder], ui.File(file_count="multiple")).summary == "1 folder"


def test_a_text_that_names_a_folder_is_one_where_folders_are_asked_for(
    folder: pathlib.Path,
) -> None:
    assert ui.File(file_count="directory").accept(str(folder)) == [folder]
    assert ui.File().accept(str(folder)) == str(folder)


def test_one_that_may_not_be_read_says_so(folder: pathlib.Path) -> None:
    class Closed(type(folder)):  # type: ignore[misc]
        def is_dir(self) -> bool:
            return True

    shown = preview(Closed(folder / "gone"))
    assert (shown.kind, "cannot be read" in str(shown.data)) == ("lost", True)


USES: dict[str, Callable[[pathlib.Path], Any]] = {
    "constant": lambda folder: folder,
    "Const": lambda folder: Const(folder),
    "choice": lambda folder: ui.Dropdown([folder, folder / "deep"], value=folder),
    "file": lambda folder: ui.File(folder),
    "directory": lambda folder: ui.File(str(folder), file_count="directory"),
}


_touched: list[str] = []
_watched: list[pathlib.Path] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event in ("open", "os.scandir", "os.listdir"):
        path = str(arguments[0])
        if path.startswith(str(_watched[0])):
            _touched.append(path)


sys.addaudithook(_note)  # for good; it notes something only while a folder is watched


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_cell_reads_nothing_of_what_is_in_it(folder: pathlib.Path, use: Any) -> None:
    graph = Graph(
        "Folder", [FnNode(lambda it: str(it), "it", inputs={"it": use(folder)})], persist_key=False
    )
    _watched.append(folder)
    try:
        graph.canvas().bridge.snapshot()
        graph.status()
    finally:
        _watched.clear()
        touched = {*_touched}
        _touched.clear()
    assert touched <= {str(folder)}, "its names at most, for what is shown"


def test_a_result_that_is_too_large_to_compare_says_why(folder: pathlib.Path) -> None:
    graph = Graph("Large", [FnNode(lambda: Folder(folder, files=2), "it")], persist_key=False)
    graph.run()
    (card,) = graph.canvas().bridge.snapshot()["nodes"]
    assert any("holds more than is compared" in remark for remark in card["state"]["remarks"])
    assert card["values"]["output"]["summary"] == "folder data, 31 items"
