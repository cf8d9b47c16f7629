"""What ARCHITECTURE, CONTRIBUTING and SECURITY name is there, and their code is right."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from daggr_nb import Graph, digest
from daggr_nb.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")
PATH = re.compile(r"`([\w./-]+(?:\.(?:py|tsx?|js|md|toml|yaml)|/))`")
NEW = re.compile(r"^`(\S+)`, new:\n\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUOTED = re.compile(r"^`(\S+)` has:\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TO_COME = {"countdown.py", "_rating.py", "rating.py", "Rating.tsx", "scipy.py"}
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def is_there(name: str) -> bool:
    homes = (ROOT, ROOT / "daggr_nb", ROOT / "js" / "src", ROOT / "js" / "src" / "lazy")
    if any((home / name).exists() for home in homes):
        return True
    folders = (ROOT / "daggr_nb", ROOT / "js" / "src", ROOT / "js" / "test", ROOT / "tests")
    return any(True for folder in folders for _ in folder.rglob(name.rstrip("/")))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_a_document_names_are_there(document: str) -> None:
    names = set(PATH.findall((ROOT / document).read_text(encoding="utf-8")))
    gone = {name for name in names if not is_there(name)}
    assert {name for name in gone if Path(name).name not in TO_COME} == set()


@pytest.mark.parametrize("document", [*DOCUMENTS, "README.md"])
def test_targets_that_a_document_names_are_in_the_makefile(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make (\w+)", text, re.MULTILINE)) <= targets


def test_quoted_code_is_that_of_its_file() -> None:
    quotes = QUOTED.findall(CONTRIBUTING)
    assert len(quotes) == 4
    for path, code in quotes:
        source = (ROOT / path).read_text(encoding="utf-8")
        for part in code.rstrip().split("\n\n"):
            assert part in source, f"{path} has no longer:\n{part}"


@pytest.fixture(scope="module")
def examples() -> dict[str, dict[str, Any]]:
    """The new Python files of the recipes, run, by name."""
    files: dict[str, dict[str, Any]] = {}
    for path, code in NEW.findall(CONTRIBUTING):
        module = types.ModuleType(f"example_{Path(path).stem}")
        sys.modules[module.__name__] = module  # dataclasses look there
        exec(compile(code, path, "exec"), module.__dict__)
        files[Path(path).name] = module.__dict__
    return files


def test_the_node_kind_of_the_recipe_runs(examples: dict[str, Any]) -> None:
    node = examples["countdown.py"]["Countdown"]("launch", 2, retries=1)
    graph = Graph("Countdown", [node])
    events = list(graph.stream())
    assert [e.done for e in events if e.type == "node.progress"] == [1, 2, 3]
    assert graph.results["launch"]["numbers"] == "2 1 0"
    assert graph.status()["launch"].freshness == "fresh"
    with pytest.raises(TypeError, match="Did you mean 'retries'"):
        examples["countdown.py"]["Countdown"]("launch", 2, retrys=1)


def test_the_component_of_the_recipe_checks_what_it_takes(examples: dict[str, Any]) -> None:
    rating = examples["_rating.py"]["Rating"](value=3)
    assert [rating.accept(value) for value in (None, 1, 5)] == [None, 1, 5]
    for value in (0, 6, True, 2.5, "3"):
        with pytest.raises(InputError, match="Rating expected"):
            rating.accept(value)


def test_the_values_of_the_recipe_come_back(examples: dict[str, Any]) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    library = examples["scipy.py"]["LIBRARY"]
    matrix = sparse.csr_array([[0, 1], [2, 0]])
    encoding, data = library.writers["scipy", type(matrix).__name__](matrix)
    again = library.readers[encoding](data)
    assert type(again) is type(matrix)
    assert (again != matrix).nnz == 0
    contents: list[Any] = []
    out = types.SimpleNamespace(text=lambda tag, text: None, add=contents.append)
    encode = library.digests["scipy", "_spbase"]
    for same in (matrix, again, sparse.csr_array(([2, 1], ([1, 0], [0, 1])), (2, 2))):
        encode(same, out)
    assert len({digest(content) for content in contents}) == 1
