"""What is committed: notebooks without outputs, nothing that make has made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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
        "daggr_nb/_canvas/static/model.js",
        "daggr_nb/_canvas/static/page.js",
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


WITHOUT_A_BUNDLE = """
import sys

import daggr_nb

heavy = {"anywidget", "IPython", "ipywidgets", "pydantic"} & set(sys.modules)
assert not heavy, f"importing daggr_nb loads {heavy}"
assert daggr_nb.__file__.startswith(sys.argv[1]), daggr_nb.__file__

node = daggr_nb.FnNode(len, inputs={"obj": "four"}, outputs={"n": None})
graph = daggr_nb.Graph("Bare", nodes=[node], store=None)
graph.run()
assert node.n.value == 4
try:
    graph._repr_mimebundle_()
except daggr_nb.DaggrError as error:
    print(error)
"""


def test_a_checkout_without_a_bundle_imports_and_runs(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns("static", "__pycache__")
    shutil.copytree(ROOT / "daggr_nb", tmp_path / "daggr_nb", ignore=left_out)
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    ran = python("-c", WITHOUT_A_BUNDLE, str(tmp_path))
    assert "run 'make bundle'" in ran.stdout, ran.stderr
    schema = python("-m", "daggr_nb._protocol.schema")
    assert schema.stdout.startswith("{"), schema.stderr
