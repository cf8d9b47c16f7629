"""Items of 10 ms on processes of ours, against the same calls in as many bare processes.

.venv/bin/python -m tests.benchmarks.bench_processes

Bare processes call the function on an equal share of the items and nothing else: no kernel, no
record. Both are measured in turns, so that a slow moment hits both.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from daggr_nb import FnNode, Graph
from tests.benchmarks.measure import Finding, in_turns, median_ratio, table

COUNT, SECONDS, WORKERS, ROUNDS = 500, 0.01, 2, 5
NAP = f"def item(n):\n    import time\n    time.sleep({SECONDS})\n    return n\n"
SPIN = """
def item(n):
    total = 0
    for i in range(STEPS):
        total += i * i
    return n
"""


def findings() -> list[Finding]:
    found = []
    for title, code, goal in (("asleep", NAP, 1.08), ("computing", steps_of(SPIN), 1.2)):
        ours, bare = in_turns(ROUNDS, graph_of(code), partial(bare_processes, code))
        what = f"{COUNT} items of 10 ms, {title}, on {WORKERS} processes / bare processes"
        note = f"{median(ours):.2f} s, {median(bare):.2f} s"
        found.append(Finding(what, median_ratio(ours, bare), "×", goal, note=note))
    return found


def steps_of(code: str) -> str:
    """Return code whose item takes about as long alone on a core."""
    begun, total = time.process_time(), 0
    for i in range(1_000_000):
        total += i * i
    each = (time.process_time() - begun) / 1_000_000
    return code.replace("STEPS", str(int(SECONDS / each)))


def graph_of(code: str) -> Callable[[], float]:
    """Return what measures a run of all items, with warm processes."""
    names: dict[str, Callable[[int], int]] = {}
    exec(code, names)
    source = FnNode(lambda: [*range(COUNT)], "source")
    node = FnNode(
        names["item"],
        "item",
        inputs={"n": source.output.each},
        concurrency_group="workers",
        max_concurrent=4 * WORKERS,
    )
    graph = Graph("Items", [source, node], executor="processes", persist_key=False)
    graph.run()

    def run() -> float:
        begun = time.perf_counter()
        made = graph.run("item", force=True)
        took = time.perf_counter() - begun
        assert made["item"]["output"] == [*range(COUNT)]
        return took

    return run


def bare_processes(code: str) -> float:
    """Return how long bare processes take, from the moment when all of them are there."""
    loop = f"print(flush=True)\ninput()\nfor n in range({COUNT // WORKERS}):\n    item(n)\n"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code + loop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(WORKERS)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    begun = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        assert process.wait() == 0
    took = time.perf_counter() - begun
    for process in processes:
        process.communicate()
    return took


if __name__ == "__main__":
    print(table(findings()))
