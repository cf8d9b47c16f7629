"""What a cell that touches nothing of ours costs while a graph of 100 nodes is on screen."""

from __future__ import annotations

import time
from statistics import median

from IPython.core.interactiveshell import InteractiveShell

from tests.benchmarks.measure import Finding

ROUNDS = 300
NAMES = 1_000
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


def findings() -> list[Finding]:
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
