"""What a cell that touches nothing of ours costs while a graph is on screen.

The graph has 100 nodes, or one whose function captures a folder with many files, or many dicts; or
there are many graphs; and what it costs that all functions of a graph append to one list.
`python -m tests.benchmarks.following 60000` measures the latter with as many files.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from IPython.core.interactiveshell import InteractiveShell

from daggr_nb import FnNode, Graph
from tests.benchmarks.measure import Finding, table

ROUNDS = 300
NAMES = 1_000
FILES = 6_000
COUNT = 100_000
DICTS = f"""
from daggr_nb import FnNode, Graph
ROWS = [{{'id': i, 'text': str(i)}} for i in range({COUNT})]
def count(): return len(ROWS)
graph = Graph("Rows", [FnNode(count)], persist_key=False)
results = graph.run()
"""
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

GRAPH = """
from daggr_nb import FnNode, Graph
def first#(): return 1
def second#(x): return x + 1
first_node# = FnNode(first#)
second_node# = FnNode(second#, inputs={"x": first_node#.output})
graph# = Graph("Open #", [second_node#], persist_key=False)
results# = graph#.run()
"""

CAPTURED = """
from daggr_nb import FnNode, Graph
def read(): return (ROOT / "0" / "0.txt").read_text()
graph = Graph("Captured", [FnNode(read)], persist_key=False)
results = graph.run()
"""


def findings() -> list[Finding]:
    figures = (of_many_nodes(), of_many_graphs(), of_folder(FILES), of_dicts(), of_shared_list())
    return [finding for group in figures for finding in group]


@contextmanager
def notebook() -> Iterator[InteractiveShell]:
    """A shell as a kernel has it."""
    InteractiveShell.clear_instance()
    try:
        yield InteractiveShell.instance()
    finally:
        InteractiveShell.clear_instance()


def of_folder(files: int) -> list[Finding]:
    with notebook() as shell, tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for i in range(files):
            if i % 1_000 == 0:
                (root / str(i // 1_000)).mkdir()
            (root / str(i // 1_000) / f"{i % 1_000}.txt").write_text(str(i))
        bare = typical(shell)
        shell.user_ns["ROOT"] = root
        assert shell.run_cell(CAPTURED).success
        followed = typical(shell)
        shell.user_ns["graph"].close()
    what = f"an unrelated cell, a folder of {files:,} files captured"
    note = f"{followed / bare:.1f} times an empty cell without a graph"
    return [Finding(what, followed - bare, "ms", 1.0, note=note)]


def of_many_nodes() -> list[Finding]:
    with notebook() as shell:
        bare = typical(shell)
        assert shell.run_cell(DEFINITIONS).success
        shell.user_ns.update((f"name_{i}", i) for i in range(NAMES))
        followed = typical(shell)
        shell.user_ns["graph"].close()
    note = f"an empty cell: {bare:.2f} ms without a graph"
    return [
        Finding("an unrelated cell, 100 nodes on screen", followed - bare, "ms", 0.5, note=note)
    ]


def of_many_graphs() -> list[Finding]:
    """What an open graph adds to a cell that touches nothing, when 10 are open, and 200."""
    taken: dict[int, float] = {}
    with notebook() as shell:
        bare, opened = typical(shell), 0
        for count in (10, 200):
            for i in range(opened, count):
                assert shell.run_cell(GRAPH.replace("#", str(i))).success
            opened = count
            taken[count] = (typical(shell) - bare) / count
        for i in range(opened):
            shell.user_ns[f"graph{i}"].close()
    note = f"{taken[200]:.3f} ms for each of 200"
    what = "an unrelated cell, each of 200 open graphs / of 10"
    return [Finding(what, taken[200] / taken[10], "x", 1.5, note=note)]


def of_dicts() -> list[Finding]:
    """What a cell costs that touches nothing while 100,000 small dicts are captured."""
    with notebook() as shell:
        bare = typical(shell)
        assert shell.run_cell(DICTS).success
        followed = typical(shell)
        shell.user_ns["graph"].close()
    what = f"an unrelated cell, {COUNT:,} dicts captured"
    return [Finding(what, followed - bare, "ms", 5.0, note=f"an empty cell: {bare:.2f} ms")]


def of_shared_list() -> list[Finding]:
    """What a node costs whose function appends to a list that all functions share, to one's not."""
    taken: dict[bool, list[float]] = {False: [], True: []}
    again = 0
    for _ in range(3):
        for shared in taken:
            seconds, planned = _layers(shared)
            taken[shared].append(seconds)
            again += planned
    ratio = median(taken[True]) / median(taken[False])
    note = f"{median(taken[False]):.2f} s of processor without it; {again} nodes stale afterwards"
    return [Finding("1,000 nodes that append to one list / without", ratio, "x", 1.1, note=note)]


LOG: list[int] = []


def _begins() -> int:
    return 1


def _adds(x: int, y: int) -> int:
    return x + y


def _begins_and_notes() -> int:
    LOG.append(1)
    return 1


def _adds_and_notes(x: int, y: int) -> int:
    LOG.append(x)
    return x + y


def _layers(shared: bool) -> tuple[float, int]:
    """Run 20 layers of 50 nodes; return the processor's seconds, and how many are stale then."""
    first, then = (_begins_and_notes, _adds_and_notes) if shared else (_begins, _adds)
    layer = [FnNode(first, f"n0 {i}") for i in range(50)]
    for number in range(1, 20):
        layer = [
            FnNode(then, f"n{number} {i}", {"x": layer[i].output, "y": layer[i - 1].output})
            for i in range(50)
        ]
    graph = Graph(f"Layers {shared}", layer, persist_key=False)
    graph.plan()
    begun = time.process_time()
    graph.run()
    seconds = time.process_time() - begun
    stale = len(graph.plan())
    graph.close()
    return seconds, stale


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
