"""The suite of notebook edits in a real ipykernel, as a frontend would run the cells."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.notebook.edit_cases import EDITS
from tests.unit.notebook.edits import Edit, verdict_of
from tests.unit.notebook.test_kernel import Kernel

ANEW = """
import os, sys
if "graph" in globals(): graph.close()
for _name in [name for name in sys.modules if name.startswith("own_")]: del sys.modules[_name]
sys.path[:] = [path for path in sys.path if not path.startswith({root!r})]
sys.path.insert(0, {folder!r}); os.chdir({folder!r})
get_ipython().reset(new_session=True)
"""
SAID = """
import json as _json
_judged = graph.session.current.freshness.judged
print(_json.dumps({str(n): [str(r) for r in j.reasons]
                   for n, j in _judged.items() if j.freshness != "fresh"}))
"""


def started() -> Kernel:
    kernel = Kernel()
    kernel.run(f"import sys; sys.path.insert(0, {os.getcwd()!r})")
    return kernel


@pytest.fixture(scope="module")
def common() -> Iterator[Kernel]:
    kernel = started()
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(what: str, common: Kernel) -> Iterator[Kernel]:
    """The kernel of all edits; autoreload remembers times of files, and has one of its own."""
    if not any("autoreload" in cell for cell in EDITS[what].cells):
        yield common
        return
    own = started()
    yield own
    own.close()


def said(kernel: Kernel, edit: Edit, folder: Path) -> dict[str, tuple[str, ...]]:
    kernel.run(ANEW.format(root=str(folder.parent), folder=str(folder)))
    for cell in (*edit.cells, *edit.then):
        kernel.run(f"{cell}\n")
    text: dict[str, Any] = json.loads(kernel.run(SAID))
    return {name: tuple(reasons) for name, reasons in text.items()}


@pytest.mark.stress
@pytest.mark.parametrize("what", EDITS)
def test_edit(what: str, kernel: Kernel, tmp_path: Path) -> None:
    edit = EDITS[what]
    if edit.needs:
        pytest.importorskip(edit.needs)
    verdict = verdict_of(edit, said(kernel, edit, tmp_path))
    assert verdict.right, (verdict, edit.stale)
