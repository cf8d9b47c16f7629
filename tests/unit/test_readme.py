"""What the README and the notebooks show is what happens."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def run(source: str, names: dict[str, Any]) -> list[tuple[str, Any]]:
    """Run code; return the text and the value of every expression that says what it gives."""
    seen = []
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        code = ast.get_source_segment(source, statement) or ""
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
            continue
        value = eval(compile(code, "README.md", "eval"), names)
        seen.append((lines[statement.lineno - 1], value))
    return seen


def test_the_snippets_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGGR_NB_HOME", str(tmp_path / "home"))
    names: dict[str, Any] = {"__name__": "readme"}
    said = 0
    for block in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for line, value in run(block, names):
            expected = re.search(r"  # ([{\[].*[}\]]|'.*'|True)(?=:|$)", line)
            if expected and "..." not in expected[1]:
                assert repr(value) == expected[1], line
                said += 1
    assert said >= 3
    names["paper"].close()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_hold_no_outputs(notebook: Path) -> None:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
