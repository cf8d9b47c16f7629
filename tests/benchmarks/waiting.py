"""50 independent waits in 16 slots, recorded, against the four rounds that they take."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from statistics import median

from daggr_nb import FnNode, Graph
from tests.benchmarks.measure import Finding
from tests.benchmarks.peer import FAST

ROUNDS = 5
COUNT, SLOTS, SECONDS = 50, 16, 0.1
IDEAL = math.ceil(COUNT / SLOTS) * SECONDS


def findings() -> list[Finding]:
    waits()
    seconds = median(waits() for _ in range(ROUNDS))
    what = f"{COUNT} waits of {SECONDS:g} s in {SLOTS} slots, recorded / ideal"
    return [Finding(what, seconds / IDEAL, "×", 1.08, note=f"{seconds:.3f} s")]


def wait(x: int) -> int:
    time.sleep(SECONDS)
    return x


def waits() -> float:
    """Return how long a run into a new store takes, in seconds."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        graph = Graph("Waits", nodes=[waiting(x) for x in range(COUNT)], store=Path(folder))
        begun = time.perf_counter()
        results = graph.run()
        seconds = time.perf_counter() - begun
        graph.close()
    assert sorted(found["y"] for found in results.values()) == list(range(COUNT))
    return seconds


def waiting(x: int) -> FnNode:
    return FnNode(
        wait,
        name=f"wait {x}",
        inputs={"x": x},
        outputs={"y": None},
        concurrency_group="s",
        max_concurrent=SLOTS,
    )
