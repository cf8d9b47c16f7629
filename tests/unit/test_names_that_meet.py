"""Graphs of one name in several notebooks, scripts and kernels."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daggr_nb import FnNode, Graph

pytest.importorskip("jupyter_client")

from tests.kernels import started_kernel


def greet(name: str = "Ada") -> str:
    return "Hello " + name


class Desk:
    """A folder with files, in any of which a graph is made; all use one store."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.home = folder / "store"
        self._patch = patch

    def file(self, name: str) -> Path:
        path = self.folder / name
        path.touch()
        return path

    def run(self, path: Path | None, key: str | None = None) -> tuple[int, str, str]:
        """Run the graph anew in a session of ``path``.

        Return how often that was done, the name of the store's folder, and what the canvas says.
        """
        self._patch.setattr(sys.modules["__main__"], "__file__", path and str(path), raising=False)
        graph = Graph(
            "Greeting", [FnNode(greet, outputs=["text"])], persist_key=key, store=self.home
        )
        assert graph.persist_key == (key or "greeting")
        graph.run("greet", force=True)
        folder = graph.store.folder
        assert folder is not None
        done = len(graph.history("greet")), folder.name, graph.session.remark
        graph.session.close()
        return done


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_a_second_file_has_a_store_of_its_own_and_both_are_found_again(desk: Desk) -> None:
    first, second = desk.file("first.py"), desk.file("second.py")
    assert desk.run(first) == (1, "greeting", "")
    count, folder, notice = desk.run(second)
    assert count == 1
    assert folder.startswith("greeting-second-")
    assert notice == (
        "first.py has a graph of this name, too. That of second.py is kept apart; to share inputs "
        "and history, give both persist_key='greeting'."
    )
    assert desk.run(second) == (2, folder, "")  # it is said once
    assert desk.run(first) == (2, "greeting", "")


def test_files_that_say_the_same_key_share_a_store_and_are_told_once(desk: Desk) -> None:
    first, second = desk.file("first.py"), desk.file("second.py")
    assert desk.run(first, "ours") == (1, "ours", "")
    for number, path in enumerate([second, first], 1):
        count, folder, notice = desk.run(path, "ours")
        assert (count, folder) == (2 * number, "ours")
        assert "under one key, 'ours'" in notice
        assert {"first.py", "second.py"} <= set(notice.split())
        assert desk.run(path, "ours") == (2 * number + 1, "ours", "")


def test_files_of_one_name_are_told_apart_by_their_folders(desk: Desk) -> None:
    (desk.folder / "a").mkdir()
    first, second = desk.file("first.py"), desk.file("a/first.py")
    desk.run(first, "ours")
    assert f"{first} and {second}" in desk.run(second, "ours")[2]


def moved(path: Path) -> Path:
    target = path.parent / "elsewhere" / path.name
    target.parent.mkdir()
    return path.rename(target)


def renamed(path: Path) -> Path:
    return path.rename(path.with_name("other.py"))


@pytest.mark.parametrize("change", [moved, renamed])
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_was_moved_or_renamed_finds_its_store(
    desk: Desk, change: Callable[[Path], Path], which: int
) -> None:
    paths = [desk.file("first.py"), desk.file("second.py")]
    folders = [desk.run(path)[1] for path in paths]
    assert desk.run(change(paths[which]))[:2] == (2, folders[which])
    assert desk.run(paths[1 - which])[:2] == (2, folders[1 - which])


def test_all_files_of_a_project_that_was_moved_find_their_stores(desk: Desk) -> None:
    paths = [desk.file(name) for name in ("first.py", "second.py", "third.py")]
    folders = [desk.run(path)[1] for path in paths]
    for path, folder in reversed(list(zip(paths, folders, strict=True))):
        (desk.folder / "new").mkdir(exist_ok=True)
        path.rename(desk.folder / "new" / path.name)
        assert desk.run(desk.folder / "new" / path.name)[:2] == (2, folder)


def test_a_store_from_before_is_found_by_the_file_that_asks_first(desk: Desk) -> None:
    assert desk.run(None)[0] == 1
    assert desk.run(desk.file("first.py")) == (2, "greeting", "")
    assert desk.run(None) == (3, "greeting", "")  # a prompt, nbconvert, Colab
    assert desk.run(desk.file("second.py"))[0] == 1


def test_a_graph_that_is_only_made_writes_nothing(desk: Desk) -> None:
    Graph("Greeting", [FnNode(greet)], store=desk.home)
    assert not desk.home.exists()


SCRIPT = """
import sys
from daggr_nb import FnNode, Graph

graph = Graph("Greeting", [FnNode(lambda: "Hello", "greet")], persist_key="ours")
graph.run()
print(graph.session.remark, flush=True)
for line in sys.stdin:
    print(graph.session.remark, flush=True)
"""


@contextlib.contextmanager
def running(desk: Desk, path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, str(path)],
        env={**os.environ, "DAGGR_NB_HOME": str(desk.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_live_kernels_name_each_other_and_one_that_was_killed_is_gone(desk: Desk) -> None:
    first, second = desk.file("first.py"), desk.file("second.py")
    for path in (first, second, first):
        desk.run(path, "ours")  # these two know of each other
    first.write_text(SCRIPT)
    second.write_text(SCRIPT)
    with running(desk, first) as one:
        assert line_of(one) == ""
        with running(desk, second) as other:
            told = "has a graph open under the same key 'ours' as"
            assert f"first.py {told} second.py" in line_of(other)
            assert one.stdin is not None
            print("and now?", file=one.stdin, flush=True)
            assert f"second.py {told} first.py" in line_of(one)
        with running(desk, first) as other:
            assert "Another kernel of first.py has this graph open" in line_of(other)
    assert desk.run(second, "ours")[2] == ""
    assert not list((desk.home / "ours" / "kernels").iterdir())


NOTEBOOK = """
from daggr_nb import FnNode, Graph
graph = Graph("Greeting", [FnNode(lambda: "Hello", "greet")])
graph.run()
print(graph.store.folder.name)
"""


def test_a_notebook_is_known_by_its_server(desk: Desk) -> None:
    """Jupyter's server tells a kernel which notebook it is of."""
    desk.run(desk.file("first.py"))
    session = {"JPY_SESSION_NAME": str(desk.file("second.ipynb")), "DAGGR_NB_HOME": str(desk.home)}
    manager, kernel = started_kernel(env={**os.environ, **session})
    try:
        identity = kernel.execute(NOTEBOOK)
        printed = ""
        while not printed.endswith("\n"):
            message = kernel.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == identity:
                assert message["msg_type"] != "error", message["content"]
                printed += message["content"].get("text", "")
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    assert printed.startswith("greeting-second-")
