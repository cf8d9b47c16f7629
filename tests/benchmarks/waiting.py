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
from tests.benchmarks.peers.serving import timed

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
        found = timed(graph.run)
        graph.close()
    assert sorted(made["y"] for made in found.answer.values()) == list(range(COUNT))
    return found.wall


def waiting(x: int) -> FnNode:
    return FnNode(
        wait,
        name=f"wait {x}",
        inputs={"x": x},
        outputs={"y": None},
        concurrency_group="s",
        max_concurrent=SLOTS,
    )
