"""A person at work in a notebook: cells are edited and run in any order, kernels restarted.

After every step each fresh node must show what running it from scratch would give, and nothing may
have run twice that would have given the same.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.notebook.edits import notebook

SETUP = """
import functools
from daggr_nb import FnNode, Graph, InputNode, ui
def ran(name, *given): CALLS.append((name, given))
"""
# what each cell may say; the first is what the notebook begins with
CELLS: dict[str, list[str]] = {
    "limit": ["LIMIT = 1", "LIMIT = 2", "LIMIT = 1  # as before", "LIMIT = 3"],
    "table": ["TABLE = {'a': 1}", "TABLE = {'a': 2}", "TABLE = dict(a=1)", "TABLE['a'] = 5"],
    "helper": [
        "def helper(x): return x + LIMIT",
        "def helper(x): return x - LIMIT",
        "def helper(x):\n    '''Adds.'''\n    return x + LIMIT",
        "@functools.cache\ndef helper(x): return x * 2",
    ],
    "doc": [
        "class Doc:\n    def __init__(self, n): self.n = n\n    def size(self): return self.n",
        "class Doc:\n    def __init__(self, n): self.n = n\n    def size(self): return -self.n",
        "class Doc:\n    'Text.'\n    def __init__(self, n): self.n = n\n"
        "    def size(self): return self.n",
    ],
    "memo": ["MEMO = {}\nLOG = []", "MEMO = dict()\nLOG = []"],
    "first": [
        "def first(n):\n    ran('first', n)\n    LOG.append(n)\n    return helper(n)",
        "def first(n):\n    ran('first', n)\n    return helper(n) * 10",
        "def first(n):\n    ran('first', n)\n    LOG.append(n)\n    return helper(n)  # so",
    ],
    "second": [
        "def second(x):\n    ran('second', x)\n    return Doc(x + TABLE['a'])",
        "def second(x):\n    ran('second', x)\n    return Doc(x)",
    ],
    "third": [
        "def third(doc):\n    ran('third', doc.n)\n    LOG.append(doc)\n    return doc.size()",
        "def third(doc):\n    ran('third', doc.n)\n    return doc.size() + LIMIT",
    ],
    "aside": [
        "def aside(x):\n    ran('aside', x)\n"
        "    if x not in MEMO: MEMO[x] = x * 3\n    return MEMO[x]",
        "def aside(x):\n    ran('aside', x)\n    return x * 3",
        "@functools.lru_cache\ndef aside(x):\n    ran('aside', x)\n    return x * 4",
    ],
}
GRAPH = """
form = InputNode("form", ports={"n": ui.Number(1, precision=0)})
a = FnNode(first, "first", inputs={"n": form.n}, ignore=["ran"])
b = FnNode(second, "second", inputs={"x": a.output}, ignore=["ran"])
c = FnNode(third, "third", inputs={"doc": b.output}, ignore=["ran"])
d = FnNode(aside, "aside", inputs={"x": a.output}, ignore=["ran"])
graph = Graph("A person's", [c, d], persist_key=KEY)
"""
NODES = ("first", "second", "third", "aside")
# the cells that each node's function is made of
USED = {
    "first": ("first", "helper", "limit"),
    "second": ("second", "doc", "table"),
    "third": ("third", "doc", "limit"),
    "aside": ("aside",),
}


@dataclass
class Person:
    """One notebook, from the first cell on. ``seed`` is what the person does with it."""

    seed: int
    folder: Path
    key: str
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.text = {name: versions[0] for name, versions in CELLS.items()}
        self.calls: list[Any] = []
        self.made: set[Any] = set()

    def work(self, count: int) -> None:
        """Do ``count`` things, over as many kernels as it takes."""
        while count > 0:
            with self._kernel() as run:
                for _ in range(count):
                    count -= 1
                    if not self._step(run):
                        break

    @contextlib.contextmanager
    def _kernel(self) -> Iterator[Callable[[str], Any]]:
        with notebook(self.folder) as shell:

            def run(cell: str) -> Any:
                with contextlib.redirect_stdout(io.StringIO()):
                    shell.run_cell(cell, store_history=True).raise_error()
                return shell.user_ns

            shell.user_ns |= {"CALLS": self.calls, "KEY": self.key}
            before = len(self.calls)
            for cell in (SETUP, *self.text.values(), GRAPH):
                run(cell)
            self._check(run)
            assert len(self.calls) == before, self._told("opening the notebook ran something")
            try:
                yield run
            finally:
                run("graph.close()")

    def _step(self, run: Callable[[str], Any]) -> bool:
        draw = self.random.random()
        if draw < 0.06:
            self.steps.append("-- the kernel is restarted")
            return False
        cell = self._cell(draw)
        self.steps.append(cell)
        forced = "force=True" in cell
        before = len(self.calls)
        run(cell)
        self._check(run)
        for name, given in self.calls[before:]:
            texts = tuple(self.text[cell] for cell in USED[name])
            if not forced:
                assert (name, given, texts) not in self.made, self._told(f"{name}{given} ran again")
            self.made.add((name, given, texts))
        return True

    def _cell(self, draw: float) -> str:
        choice = self.random.choice
        if draw < 0.45:
            name = choice(list(CELLS))
            version = choice(CELLS[name])
            if name == "table" and version.startswith("TABLE["):
                self.text[name] = f"TABLE = {{}}\n{version}"
            else:
                self.text[name] = version
            edit = version
            return f"{edit}\ngraph.run()" if draw < 0.1 else edit
        if draw < 0.52:
            return choice(list(self.text.values()))
        if draw < 0.6:
            return GRAPH
        if draw < 0.7:
            return f"graph.inputs['form__n'] = {choice([1, 2, 3])}"
        if draw < 0.76:
            return f"runs = graph.history({choice(NODES)!r})\nif runs: graph.select(runs[-1])"
        if draw < 0.8:
            return f"graph.run({choice(NODES)!r}, force=True)"
        return choice(["graph.run()", "graph.run()", f"graph.run({choice(NODES)!r})"])

    # -- the oracle

    def _check(self, run: Callable[[str], Any]) -> None:
        namespace = run("CHECK = graph.status()")
        graph, status = namespace["graph"], namespace["CHECK"]
        right = self._from_scratch(namespace, graph.inputs["form__n"])
        for name in NODES:
            if status[name].freshness == "fresh":
                shown = graph[name].output.value
                shown = (type(shown) is namespace["Doc"], shown.n) if name == "second" else shown
                assert shown == right[name], self._told(f"{name} shows {shown}, right: {right}")

    def _from_scratch(self, namespace: dict[str, Any], n: int) -> dict[str, Any]:
        """What the functions give as they are, without the graph."""
        kept, memo = list(self.calls), dict(namespace["MEMO"])
        log = list(namespace["LOG"])
        functions = {
            name: getattr(namespace[name], "__wrapped__", namespace[name]) for name in NODES
        }
        first = functions["first"](n)
        doc = functions["second"](first)
        right = {
            "first": first,
            "second": (True, doc.n),
            "third": functions["third"](doc),
            "aside": functions["aside"](first),
        }
        self.calls[:] = kept
        namespace["MEMO"].clear()
        namespace["MEMO"].update(memo)
        namespace["LOG"][:] = log
        return right

    def _told(self, problem: str) -> str:
        return f"seed {self.seed}: {problem}\nafter\n" + "\n".join(
            f"[{number}] {step}" for number, step in enumerate(self.steps)
        )
