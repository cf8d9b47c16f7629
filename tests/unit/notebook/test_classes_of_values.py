"""The person's own classes that values are of: their code counts for whoever gets a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("IPython")
from tests.unit.notebook.edits import notebook

IMPORTS = """
import collections, dataclasses, enum, threading, typing
from daggr_nb import Const, FnNode, Graph
"""
# how a class is defined; what makes a value of it; a method that is edited from 1 to 2
KINDS = {
    "a plain class": (
        "class Doc:\n    def __init__(self): self.n = 1\n    def size(self): return 1",
        "Doc()",
    ),
    "a data class": (
        "@dataclasses.dataclass\nclass Doc:\n    n: int = 1\n    def size(self): return 1",
        "Doc()",
    ),
    "a frozen one with slots": (
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass Doc:\n    n: int = 1\n"
        "    def size(self): return 1",
        "Doc()",
    ),
    "a named tuple": (
        "class Doc(typing.NamedTuple):\n    n: int = 1\n    def size(self): return 1",
        "Doc()",
    ),
    "an enum": (
        "class Doc(enum.Enum):\n    A = 'a'\n    def size(self): return 1",
        "Doc.A",
    ),
    "a dict of one's own": ("class Doc(dict):\n    def size(self): return 1", "Doc(a=1)"),
    "a subclass": (
        "class Base:\n    def size(self): return 1\nclass Doc(Base): pass",
        "Doc()",
    ),
    "a pydantic model": (
        "import pydantic\nclass Doc(pydantic.BaseModel):\n    n: int = 1\n"
        "    def size(self): return 1",
        "Doc()",
    ),
    "with slots": (
        "class Doc:\n    __slots__ = ('n',)\n    def __init__(self): self.n = 1\n"
        "    def size(self): return 1",
        "Doc()",
    ),
    "a helper of its method": (
        "def one(): return 1\nclass Doc:\n    def size(self): return one()",
        "Doc()",
    ),
}
HELD = {
    "alone": ("%", "doc"),
    "in a list": ("[%]", "doc[0]"),
    "in a dict": ("{'a': {'b': %}}", "doc['a']['b']"),
    "in a tuple": ("(1, %)", "doc[1]"),
    "in an object": ("collections.deque([%])", "doc[0]"),
}


@pytest.fixture
def cells(tmp_path: Path) -> Any:
    with notebook(tmp_path) as shell:

        def run(*cells: str) -> Any:
            for cell in cells:
                shell.run_cell(cell, store_history=True).raise_error()
            return shell.user_ns

        run(IMPORTS)
        yield run
        if "graph" in shell.user_ns:
            shell.user_ns["graph"].close()


def graph(made: str, use: str, key: str = "False") -> str:
    # what makes the value does not name the class: only the value itself tells
    return f"""
make = lambda: {made}
load = FnNode(lambda: make(), "load", ignore=["make"])
def size(doc): return {use}.size()
size = FnNode(size, inputs={{"doc": load.output}})
graph = Graph("Classes", [size], persist_key={key})
result = graph.run()["size"]["output"]
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("held", HELD)
def test_an_edited_method_makes_the_consumer_stale(kind: str, held: str, cells: Any) -> None:
    definition, made = KINDS[kind]
    around, use = HELD[held]
    names = cells(definition, graph(around.replace("%", made), use))
    assert names["result"] == 1
    cells(definition)
    judged = names["graph"].session.current.freshness.judged
    assert {name: j.freshness for name, j in judged.items()} == {"load": "fresh", "size": "fresh"}
    cells(definition.replace("return 1", "return 2"))
    assert judged["load"].freshness == "fresh"
    assert judged["size"].freshness == "stale"
    assert "changed" in str(judged["size"].reasons[0])
    cells("result = graph.run()['size']['output']")
    assert names["result"] == 2
    assert judged["size"].freshness == "fresh"
    assert len(names["graph"].history("load")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_of_the_class_that_there_is(kind: str, cells: Any) -> None:
    definition, made = KINDS[kind]
    names = cells(definition, graph(made, "doc"), definition, "again = load.output.value")
    assert type(names["again"]) is names["Doc"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_is_of_the_class_that_there_is(kind: str, cells: Any) -> None:
    definition, made = KINDS[kind]
    names = cells(
        definition,
        f"def size(doc): return (type(doc), doc.size())\n"
        f"node = FnNode(size, inputs={{'doc': {made}}}, ignore=['Doc'])\n"
        "graph = Graph('Constant', [node], persist_key=False); graph.run()",
        definition.replace("return 1", "return 2"),
        "kind, result = graph.run()['size']['output']",
    )
    assert names["result"] == 2
    assert names["kind"] is names["Doc"]


def test_the_reason_names_the_method(cells: Any) -> None:
    definition, made = KINDS["a plain class"]
    names = cells(
        definition,
        graph(made, "doc"),
        definition.replace("size(self): return 1", "size(self): return 2"),
    )
    status = names["graph"].status()["size"]
    assert [str(reason) for reason in status.reasons] == ["code of Doc.size changed"]
    assert "return 2" in (status.reasons[0].diff or "")


@pytest.mark.parametrize("given", ["Const(Doc)", "Doc"])
def test_a_class_that_is_given_counts_by_its_code(given: str, cells: Any) -> None:
    names = cells(
        "class Doc:\n    k = 1",
        "node = FnNode(lambda kind: kind.k, 'node', inputs={'kind': Const(Doc)})\n"
        "graph = Graph('Given', [node], persist_key=False); graph.run()",
        "Doc.k = 2" if given == "Doc" else "class Doc:\n    k = 2",
    )
    status = names["graph"].status()["node"]
    if given == "Doc":
        assert [str(reason) for reason in status.reasons] == ["Doc.k: 1 → 2"]
    cells("result = graph.run()['node']['output']")
    assert names["result"] == 2


def test_what_cannot_be_brought_up_says_so(cells: Any) -> None:
    made = "    def __init__(self): self.lock = threading.Lock()\n"
    definition = f"class Doc:\n{made}    def size(self): return 1"
    names = cells(definition, graph("Doc()", "doc"), definition)
    status = names["graph"].status()["load"]
    assert status.freshness == "stale"
    assert [str(reason) for reason in status.reasons] == ["made by a former Doc"]


def test_the_next_kernel_finds_them_fresh_and_sees_edits(tmp_path: Path) -> None:
    definition, made = KINDS["a data class"]
    key = repr("classes, kernel after kernel")
    found = []
    for text in (definition, definition, definition.replace("return 1", "return 2")):
        with notebook(tmp_path) as shell:
            for cell in (IMPORTS, text, graph(made, "doc", key).rpartition("result =")[0]):
                shell.run_cell(cell, store_history=True).raise_error()
            built = shell.user_ns["graph"]
            found.append({name: s.freshness for name, s in built.status().items()})
            found.append(built.run()["size"]["output"])
            built.close()
    fresh = {"load": "fresh", "size": "fresh"}
    assert found[1:] == [1, fresh, 1, {"load": "fresh", "size": "stale"}, 2]
