"""Folders count by path, by content where that is asked for, and never without bounds (K5)."""

from __future__ import annotations

import copy
import dataclasses
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Const, FnNode, Folder, Graph, InputNode, digest, ui
from daggr_nb.errors import FolderLimitError, NodeFailed


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "data/a.csv", "1")
    put(tmp_path / "data/deep/b.csv", "2")
    put(tmp_path / "data/notes.txt", "3")
    return tmp_path / "data"


EDITS: dict[str, Callable[[Path], Any]] = {
    "a file edited": lambda d: put(d / "a.csv", "new"),
    "a file below edited": lambda d: put(d / "deep/b.csv", "new"),
    "a file added": lambda d: put(d / "deep/c.csv", "1"),
    "a file renamed": lambda d: (d / "a.csv").rename(d / "z.csv"),
    "a file removed": lambda d: (d / "a.csv").unlink(),
    "a folder removed": lambda d: shutil.rmtree(d / "deep"),
}


@pytest.fixture(params=EDITS.values(), ids=EDITS.keys())
def edit(request: pytest.FixtureRequest) -> Callable[[Path], Any]:
    return request.param  # type: ignore[no-any-return]


BY_PATH: dict[str, Callable[[Path], FnNode]] = {
    "captured": lambda d: FnNode(lambda: str(d), "n"),
    "a constant": lambda d: FnNode(lambda p: str(p), "n", {"p": d}),
    "Const": lambda d: FnNode(lambda p: str(p), "n", {"p": Const(d)}),
    "in a list": lambda d: FnNode(lambda p: str(p), "n", {"p": [d]}),
    "a default": lambda d: FnNode(_with_default(d), "n"),
    "captured in a dict": lambda d: FnNode(_with_captured({"train": d}), "n"),
    "depends": lambda d: FnNode(lambda: 1, "n", depends=[d]),
    "a control": lambda d: FnNode(lambda p: str(p), "n", {"p": ui.File(d)}),
}
BY_CONTENT: dict[str, Callable[[Path], FnNode]] = {
    "captured": lambda d: FnNode(_with_captured(Folder(d)), "n"),
    "a constant": lambda d: FnNode(lambda p: str(p), "n", {"p": Folder(d)}),
    "Const": lambda d: FnNode(lambda p: str(p), "n", {"p": Const(Folder(d))}),
    "in a list": lambda d: FnNode(lambda p: str(p), "n", {"p": [1, Folder(d)]}),
    "depends": lambda d: FnNode(lambda: 1, "n", depends=[Folder(d)]),
    "depends, a relative path": lambda d: FnNode(lambda: 1, "n", depends=[Folder(d.name)]),
    "depends, chosen by a pattern": lambda d: FnNode(lambda: 1, "n", depends=[Folder(d, "*.csv")]),
    "a control": lambda d: FnNode(lambda p: str(p), "n", {"p": ui.File(Folder(d))}),
}


def _with_default(folder: Path) -> Callable[[], str]:
    def where(p: Any = folder) -> str:
        return str(p)

    return where


def _with_captured(thing: Any) -> Callable[[], str]:
    return lambda: str(thing)


@pytest.mark.parametrize("make", BY_PATH.values(), ids=BY_PATH.keys())
def test_a_folder_counts_by_path(
    data: Path, make: Callable[[Path], FnNode], edit: Callable[[Path], Any]
) -> None:
    graph = Graph("Path", [make(data)])
    graph.run()
    edit(data)
    assert graph.status()["n"].freshness == "fresh"


@pytest.mark.parametrize("make", BY_CONTENT.values(), ids=BY_CONTENT.keys())
def test_a_folder_counts_by_content_on_request(
    data: Path, make: Callable[[Path], FnNode], edit: Callable[[Path], Any]
) -> None:
    graph = Graph("Content", [make(data)])
    graph.run()
    assert graph.status()["n"].freshness == "fresh"
    edit(data)
    assert graph.status()["n"].freshness == "stale"
    graph.run()
    assert graph.status()["n"].freshness == "fresh"


def test_a_function_gets_a_path(data: Path) -> None:
    def names(folder: Path) -> list[str]:
        assert isinstance(folder, Path)
        assert not isinstance(folder / "a.csv", Folder)
        return sorted(path.name for path in folder.rglob("*.csv"))

    assert Graph("Names", [FnNode(names, inputs={"folder": Folder(data)})]).run() == {
        "names": {"output": ["a.csv", "b.csv"]}
    }


@pytest.mark.parametrize(
    ("patterns", "path", "counts"),
    [
        (("*.csv",), "new.csv", True),
        (("*.csv",), "deep/new.csv", True),
        (("*.csv",), "new.txt", False),
        (("**/*.csv",), "new.csv", True),
        (("deep/*.csv",), "deep/new.csv", True),
        (("deep/*.csv",), "new.csv", False),
        (("*.csv", "*.txt"), "new.txt", True),
        ((), "anything", True),
    ],
)
def test_patterns_choose_files(
    data: Path, patterns: tuple[str, ...], path: str, counts: bool
) -> None:
    before = digest(Folder(data, *patterns))
    put(data / path, "new")
    assert (digest(Folder(data, *patterns)) != before) == counts


def test_a_folder_keeps_its_patterns_in_a_copy(data: Path) -> None:
    folder = Folder(data, "*.csv", files=7)
    back = copy.deepcopy(folder)
    assert (back, back.patterns, back.files) == (data, ("*.csv",), 7)
    assert digest(back) == digest(folder) != digest(Folder(data))


# ---------------------------------------------------------------- outputs


@dataclasses.dataclass
class Shards:
    where: Path


@pytest.mark.parametrize(
    ("hold", "take"),
    [
        (lambda p: p, lambda v: v),
        (lambda p: [p], lambda v: v[0]),
        (lambda p: {"train": (p, 1)}, lambda v: v["train"][0]),
        (Shards, lambda v: v.where),
        (lambda p: Folder(p, "*.csv"), lambda v: v),
    ],
)
def test_an_output_counts_by_content_and_comes_back(
    data: Path, hold: Callable[[Path], Any], take: Callable[[Any], Path]
) -> None:
    def write(text: str) -> Any:
        put(data / "deep/b.csv", text)
        return hold(data)

    source = FnNode(write, "write", {"text": ui.Textbox("red")}, ["v"], version="1")
    read = FnNode(
        lambda v: (take(v) / "deep/b.csv").read_text(), "read", {"v": source.v}, version="1"
    )
    graph = Graph("Outputs", [source, read])
    assert graph.run()["read"]["output"] == "red"
    graph.inputs["write__text"] = "blue"
    assert graph.run()["read"]["output"] == "blue"
    graph.select(graph.history("write")[-1])
    assert graph.run("read", force=True)["read"]["output"] == "red"
    shutil.rmtree(data)
    assert (take(source.v.value) / "deep/b.csv").read_text() == "red"
    assert graph.status()["read"].freshness == "fresh"


# ---------------------------------------------------------------- links and special files


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))


TRAPS: dict[str, Callable[[Path], Any]] = {
    "a link to itself": lambda d: (d / "latest").symlink_to("."),
    "two of them": lambda d: [(d / n).symlink_to(".") for n in ("latest", "current")],
    "a link upwards": lambda d: (d / "deep/up").symlink_to("../.."),
    "a link to the root": lambda d: (d / "root").symlink_to("/"),
    "a link to /proc": lambda d: (d / "proc").symlink_to("/proc"),
    "a link to a file of the kernel": lambda d: (d / "mem").symlink_to("/proc/kmsg"),
    "a link to a device": lambda d: (d / "zero").symlink_to("/dev/zero"),
    "a link to nothing": lambda d: (d / "lost").symlink_to("nowhere"),
    "links in a circle": lambda d: [(d / a).symlink_to(b) for a, b in (("x", "y"), ("y", "x"))],
    "a pipe": _fifo,
    "a link to a pipe": lambda d: (_fifo(d.parent), (d / "p").symlink_to("../pipe")),
    "a socket": _socket,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS.keys())
def test_nothing_leads_a_walk_astray(
    data: Path, trap: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data.parent)
    trap(Path("data"))
    plain = FnNode(lambda: str(data), "plain")
    asked = FnNode(lambda p: str(p), "asked", {"p": Folder(data)}, depends=[Folder(data)])
    output = FnNode(lambda: data, "output", version="1")
    graph = Graph("Traps", [plain, asked, output])
    graph.run()
    assert {s.freshness for s in graph.status().values()} == {"fresh"}
    assert not graph.history("output")[0].record.unverified
    shutil.rmtree(data)
    again = output.output.value
    assert (again / "deep/b.csv").read_text() == "2"


def test_a_linked_file_counts_and_a_linked_folder_by_where_it_leads(
    data: Path, tmp_path: Path
) -> None:
    file, other = put(tmp_path / "outside.csv", "1"), tmp_path / "other"
    put(other / "c.csv", "1")
    (data / "file").symlink_to(file)
    (data / "folder").symlink_to(other)
    before = digest(Folder(data))
    put(other / "c.csv", "new")
    assert digest(Folder(data)) == before
    file.write_text("new")
    assert digest(Folder(data)) != before


# ---------------------------------------------------------------- budget

BUDGETS = {"files": 3, "megabytes": 0, "milliseconds": 0}


@pytest.mark.parametrize("budget", BUDGETS.items(), ids=BUDGETS.keys())
def test_beyond_its_budget_a_folder_says_so(data: Path, budget: tuple[str, int]) -> None:
    folder = Folder(data, **dict([budget]))
    with pytest.raises(FolderLimitError, match=r"more than|longer than") as error:
        digest(folder)
    assert f"Folder({str(data)!r}, '*.csv')" in str(error.value)
    assert f"{budget[0]}=" in str(error.value)


def test_an_input_beyond_its_budget_does_not_run(data: Path) -> None:
    node = FnNode(lambda p: 1, "n", {"p": Folder(data, files=2)})
    with pytest.raises((FolderLimitError, NodeFailed), match="more than 2 files"):
        Graph("Input", [node]).run()


def test_what_depends_on_more_than_the_budget_is_never_fresh(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[int] = []
    node = FnNode(lambda: runs.append(1), "n", depends=[Folder(data, files=2)], ignore=["runs"])
    graph = Graph("Depends", [node])
    graph.run()
    assert graph.status()["n"].freshness == "stale"
    assert "more than 2 files" in caplog.text
    graph.run()
    assert len(runs) == 2


def test_an_output_beyond_the_budget_is_not_lost(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node = FnNode(lambda: Folder(data, files=2), "n", version="1")
    use = FnNode(lambda p: len(list(p.iterdir())), "use", {"p": node.output}, version="1")
    graph = Graph("Output", [node, use])
    assert graph.run()["use"]["output"] == 3
    assert node.output.value == data
    assert "kept in memory only" in caplog.text
    form = InputNode("form", {"v": ui.File()})
    with pytest.raises(FolderLimitError):
        Graph("Control", [form]).inputs["form__v"] = Folder(data, files=2)
