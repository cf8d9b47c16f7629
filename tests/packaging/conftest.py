"""The wheel and the sdist, built once from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def no_node() -> dict[str, str]:
    """An environment whose PATH holds no Node, nor anything else but the system's basics."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    folders = [f for f in ("/usr/bin", "/bin") if not (Path(f) / "node").exists()]
    return {**kept, "PATH": os.pathsep.join(folders)}


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory, no_node: dict[str, str]) -> Path:
    """A folder with a wheel and an sdist, built without Node from the bundle that is there."""
    for file in ("index.js", "index.css", "more.js", "math.js", "model.js", "page.js"):
        bundle = ROOT / "daggr_nb" / "_canvas" / "static" / file
        assert bundle.exists(), f"{bundle.name} is missing: run `make bundle` first"
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        env=no_node,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (built,) = distributions.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    (built,) = distributions.glob("*.tar.gz")
    return built
