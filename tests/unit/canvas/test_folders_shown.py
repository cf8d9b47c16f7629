"""A folder is shown as what it is, and costs no cell what is in it."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import Const, FnNode, Graph, ui
from daggr_nb._canvas.displays.previews import preview


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


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_cell_costs_nothing_of_what_is_in_it(folder: pathlib.Path, use: Any) -> None:
    def shown() -> float:
        node = FnNode(lambda it: str(it), "it", inputs={"it": use(folder)})
        graph = Graph("Folder", [node], persist_key=False)
        began = time.perf_counter()
        graph.canvas().bridge.snapshot()
        took = time.perf_counter() - began
        graph.close()
        return took

    shown()  # loads what it needs
    few = min(shown() for _ in range(3))
    for number in range(2_000):
        (folder / "deep" / f"{number}.txt").write_bytes(b"x" * 200)
    assert min(shown() for _ in range(3)) < 2 * few + 0.01
