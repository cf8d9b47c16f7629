"""What a cell that touches nothing of ours costs while a graph is on screen.

The graph has 100 nodes, or one whose function captures the path of a folder with many files in it.
`python -m tests.benchmarks.following 60000` measures the latter with as many files.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from IPython.core.interactiveshell import InteractiveShell

from tests.benchmarks.measure import Finding, table

ROUNDS = 300
NAMES = 1_000
FILES = 6_000
DEFINITIONS = """
from daggr_nb import FnNode, Graph
K = 3
def helper(x): return x * K
def shared(x): return helper(x)
def made(k):
    def inner(x): return x + k
    return inner
nodes = [FnNode(shared, "n0", inputs={"x": 1})]
for i in range(1, 100):
    fn = shared if i % 2 else made(i)
    nodes.append(FnNode(fn, f"n{i}", inputs={"x": nodes[-1].output}))
graph = Graph("Followed", nodes, persist_key=False)
results = graph.run()
"""

CAPTURED = """
from daggr_nb import FnNode, Graph
def read(): return (ROOT / "0" / "0.txt").read_text()
graph = Graph("Captured", [FnNode(read)], persist_key=False)
results = graph.run()
"""


def findings() -> list[Finding]:
    return [*of_many_nodes(), *of_folder(FILES)]


def of_folder(files: int) -> list[Finding]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for i in range(files):
            if i % 1_000 == 0:
                (root / str(i // 1_000)).mkdir()
            (root / str(i // 1_000) / f"{i % 1_000}.txt").write_text(str(i))
        try:
            bare = typical(shell)
            shell.user_ns["ROOT"] = root
            assert shell.run_cell(CAPTURED).success
            followed = typical(shell)
            shell.user_ns["graph"].close()
        finally:
            InteractiveShell.clear_instance()
    what = f"an unrelated cell, a folder of {files:,} files captured"
    note = f"{followed / bare:.1f} times an empty cell without a graph"
    return [Finding(what, followed - bare, "ms", 1.0, note=note)]


def of_many_nodes() -> list[Finding]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        bare = typical(shell)
        assert shell.run_cell(DEFINITIONS).success
        shell.user_ns.update((f"name_{i}", i) for i in range(NAMES))
        followed = typical(shell)
        shell.user_ns["graph"].close()
    finally:
        InteractiveShell.clear_instance()
    note = f"an empty cell: {bare:.2f} ms without a graph"
    return [
        Finding("an unrelated cell, 100 nodes on screen", followed - bare, "ms", 0.5, note=note)
    ]


def typical(shell: InteractiveShell) -> float:
    """Milliseconds that an empty cell takes."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        shell.run_cell("pass")
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


if __name__ == "__main__":
    print(table(of_folder(int(sys.argv[1]) if sys.argv[1:] else FILES)))
