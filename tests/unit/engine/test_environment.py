"""Another version of an installed package: what depends on it is stale, and says so by name."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any

import pytest

from daggr_nb._provenance.code.dependency import Dependency, compare
from daggr_nb._provenance.digest.content import digest

NOTEBOOK = """
import functools, json, sys
import daggr_nb
from daggr_nb import FnNode, Graph
import ownlib
from ownlib import twice

@ownlib.traced
def traced(x): return x
def helper(x): return ownlib.twice(x)
def uses(x): return helper(x) + twice(x) + len(ownlib.__name__)
def default(x, by=ownlib.twice): return by(x)
def inside(x):
    import ownlib.part
    return ownlib.part.half(x)
def without(x): return x

start = FnNode(lambda: 4, "start")
nodes = [FnNode(f, inputs={"x": start.output}) for f in (uses, default, inside, traced, without)]
model = ownlib.Model()
def predicts(x): return model.predict(x)
nodes.append(FnNode(predicts, inputs={"x": start.output}))
below = FnNode(lambda x: x, "below", inputs={"x": nodes[0].output})
graph = Graph("Upgraded", [*nodes, below], store=sys.argv[1])
said = {
    name: [[r.kind, r.subject, r.text] for r in found.reasons]
    for name, found in graph.status().items()
}
graph.run()
print(json.dumps(said))
graph.close()
"""
OWNLIB = """
import functools, threading
def twice(x): return 2 * x
def traced(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs): return f(*args, **kwargs)
    return wrapper
class Model:
    def __init__(self): self.lock = threading.Lock()
    def predict(self, x): return x + 1
    def __reduce__(self): raise TypeError
"""


def installed(folder: pathlib.Path, version: str) -> None:
    """Install a package into what is the user's own folder of packages for the kernels below."""
    place = folder / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    shutil.rmtree(place, ignore_errors=True)
    (place / "ownlib").mkdir(parents=True)
    (place / "ownlib" / "__init__.py").write_text(OWNLIB)
    (place / "ownlib" / "part.py").write_text("def half(x): return x / 2")
    about = place / f"ownlib-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ownlib\nVersion: {version}\n")


def kernel(folder: pathlib.Path) -> dict[str, Any]:
    """Open the notebook in a kernel of its own; return the reasons it began with."""
    packages = next((folder / "lib").glob("*/site-packages"))
    paths = os.pathsep.join([str(packages), str(pathlib.Path.cwd())])
    environment = {**os.environ, "PYTHONUSERBASE": str(folder), "PYTHONPATH": paths}
    notebook = folder / "notebook.py"
    notebook.write_text(NOTEBOOK)
    done = subprocess.run(
        [sys.executable, notebook, folder / "store"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.skipif(os.name == "nt", reason="the layout of the folder is that of Unix")
def test_another_version_of_a_package_is_named_with_both_versions(tmp_path: pathlib.Path) -> None:
    installed(tmp_path, "1.26")
    kernel(tmp_path)
    assert not any(kernel(tmp_path).values())
    installed(tmp_path, "2.0.1")
    said = kernel(tmp_path)
    upgrade = [["ENV", "ownlib", "ownlib 1.26 → 2.0.1"]]
    assert said == {
        "start": [],
        "without": [],
        **dict.fromkeys(["uses", "default", "inside", "traced", "predicts"], upgrade),
        "below": [["UPSTREAM", "uses", "waits for uses"]],
    }
    assert not any(kernel(tmp_path).values())


def one(source: str, kind: Any = "package") -> dict[str, Dependency]:
    return {"fn.it": Dependency("fn.it", "it", kind, digest(source), source)}


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("numpy==1.26.4", "numpy==2.0.0", ("ENV", "numpy", "numpy 1.26.4 → 2.0.0")),
        ("numpy.linalg.norm==1.26", "numpy.linalg.norm==2.0", ("ENV", "numpy", "numpy 1.26 → 2.0")),
        (
            "json.dumps==python3.11",
            "json.dumps==python3.12",
            ("ENV", "Python", "Python 3.11 → 3.12"),
        ),
        (
            "numpy.sum==1.26",
            "numpy.mean==1.26",
            ("CODE", "it", "it: numpy.sum==1.26 → numpy.mean==1.26"),
        ),
        (
            "numpy.sum==1.26",
            "numpy.mean==2.0",
            ("CODE", "it", "it: numpy.sum==1.26 → numpy.mean==2.0"),
        ),
    ],
)
def test_a_version_is_told_apart_from_another_function(
    before: str, now: str, said: tuple[str, str, str]
) -> None:
    (change,) = compare(one(before), one(now))
    assert (change.kind, change.subject, change.text) == said


def test_a_version_and_an_edit_are_both_told() -> None:
    before = {**one("numpy==1.26"), "fn": Dependency("fn", "f", "function", digest(1), "a")}
    now = {**one("numpy==2.0"), "fn": Dependency("fn", "f", "function", digest(2), "b")}
    assert [(c.kind, c.text) for c in compare(before, now)] == [
        ("ENV", "numpy 1.26 → 2.0"),
        ("CODE", "code of f changed"),
    ]


def test_a_text_of_the_persons_own_is_no_version() -> None:
    (change,) = compare(one("'torch==1'", "data"), one("'torch==2'", "data"))
    assert change.kind == "CODE"
