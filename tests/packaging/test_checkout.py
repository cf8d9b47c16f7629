"""What is committed: notebooks without outputs, nothing that make has made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.packaging.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs"), cell.source
        assert cell.get("execution_count") is None, cell.source
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize(
    "path",
    [
        ".venv/bin/python",
        "build/quickstart.html",
        "daggr_nb/_canvas/static/index.css",
        "daggr_nb/_canvas/static/index.js",
        "daggr_nb/_canvas/static/math.js",
        "daggr_nb/_canvas/static/more.js",
        "js/node_modules/preact/package.json",
    ],
)
def test_what_make_makes_is_ignored(path: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_the_lock_names_no_registry() -> None:
    lines = (ROOT / "requirements-dev.lock").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert not [line for line in pins if "==" not in line or "://" in line or line.startswith("-")]


def test_binder_installs_what_the_notebooks_import() -> None:
    wanted = Path(ROOT, "pyproject.toml").read_text(encoding="utf-8")
    section = wanted.partition("# the example notebooks\n")[2].partition("    #")[0]
    packages = re.findall(r'"([a-z-]+)', section)
    installed = Path(ROOT, "binder", "environment.yml").read_text(encoding="utf-8")
    assert packages
    missing = [p for p in packages if not re.search(rf"- {p}(-base)?$", installed, re.MULTILINE)]
    assert missing == []
