"""What people install: a wheel that needs no Node, and sources that are complete."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

BUNDLE = (
    "daggr_nb/_canvas/static/index.js",
    "daggr_nb/_canvas/static/index.css",
    "daggr_nb/_canvas/static/more.js",
    "daggr_nb/_canvas/static/math.js",
    "daggr_nb/_canvas/static/model.js",
    "daggr_nb/_canvas/static/page.js",
)
TWO_NODES = """
import shutil, sys
assert shutil.which("node") is None and shutil.which("npm") is None

import daggr_nb
from daggr_nb import FnNode, Graph

assert "site-packages" in daggr_nb.__file__, daggr_nb.__file__

def words(text: str) -> list[str]:
    return text.split()

def count(words: list[str]) -> int:
    return len(words)

split = FnNode(words, inputs={"text": "a wheel needs no node"}, outputs={"words": None})
total = FnNode(count, inputs={"words": split.words}, outputs={"n": None})
graph = Graph("Wheel", nodes=[total], store=sys.argv[1])
graph.run()
print(total.n.value)
"""


def test_the_wheel_holds_the_bundle_and_no_sources_of_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    assert sizes[BUNDLE[0]] > 10_000
    assert all(sizes[part] > 1_000 for part in BUNDLE)
    folders = {name.split("/")[0] for name in sizes}
    assert folders == {"daggr_nb", next(f for f in folders if f.endswith(".dist-info"))}
    assert "daggr_nb/py.typed" in sizes


def test_the_sdist_holds_the_bundle_and_its_sources(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {*BUNDLE, "js/src/index.ts", "js/package-lock.json", "js/scripts/build.mjs"} <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "NOTICE"} <= names
    assert not [name for name in names if "node_modules" in name]


def test_the_sdist_builds_the_same_wheel_without_node(
    sdist: Path, wheel: Path, tmp_path: Path, no_node: dict[str, str]
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=source,
        env=no_node,
        check=True,
        timeout=120,
    )
    (rebuilt,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(rebuilt) as second:
        assert first.namelist() == second.namelist()
        assert all(first.read(n) == second.read(n) for n in first.namelist())


@pytest.mark.timeout(300)
def test_the_wheel_runs_a_graph_in_an_empty_environment(
    wheel: Path, tmp_path: Path, no_node: dict[str, str]
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # The lock's versions, so that what passes today passes tomorrow.
    subprocess.run(
        [*pip, "-c", str(ROOT / "requirements-dev.lock"), str(wheel)],
        env=no_node,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=240,
    )
    ran = subprocess.run(
        [str(python), "-c", TWO_NODES, str(tmp_path / "store")],
        cwd=tmp_path,
        env=no_node,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "5\n"
