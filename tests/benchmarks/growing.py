"""Memory and threads of a kernel in which one small graph runs again and again.

    python -m tests.benchmarks.growing

prints, as JSON, the resident memory in MB and the number of threads after each of ``LOOKS`` runs,
and after a number of graphs were run once and closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from daggr_nb import FnNode, Graph
from tests.benchmarks.measure import Finding
from tests.benchmarks.peer import FAST

# By the third look the memory of recent events is full, so what comes after it never ends.
LOOKS = (200, 1_200, 2_200, 3_200)
CLOSED = 20


def findings() -> list[Finding]:
    command = [sys.executable, "-m", "tests.benchmarks.growing"]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout
    memory, threads = zip(*json.loads(printed.splitlines()[-1]), strict=True)
    note = " → ".join(f"{megabytes:.0f}" for megabytes in memory[:4]) + " MB"
    return [
        Finding("memory added by runs 200 to 1,200", memory[1] - memory[0], "MB", 10, note=note),
        Finding("memory added by runs 2,200 to 3,200", memory[3] - memory[2], "MB", 1),
        Finding("threads added by runs 200 to 3,200", threads[3] - threads[0], "", 0),
        Finding(f"threads left by {CLOSED + 1} closed graphs", threads[4] - 1, "", 0),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        graph = Graph("Small", nodes=small(), store=Path(folder))
        found = []
        for run in range(1, LOOKS[-1] + 1):
            graph.run(force=True)
            if run in LOOKS:
                found.append((resident(), threading.active_count()))
        graph.close()
    open_and_close()
    print(json.dumps([*found, (resident(), threading.active_count())]))


def open_and_close() -> None:
    for _ in range(CLOSED):
        with tempfile.TemporaryDirectory(dir=FAST) as folder:
            graph = Graph("Small", nodes=small(), store=Path(folder))
            graph.run()
            graph.close()


def small() -> list[FnNode]:
    first = FnNode(grow, name="first", inputs={"x": 1}, outputs={"y": None})
    second = FnNode(grow, name="second", inputs={"x": first.y}, outputs={"y": None})
    return [FnNode(grow, name="third", inputs={"x": second.y}, outputs={"y": None})]


def grow(x: int) -> int:
    return x + 1


def resident() -> float:
    """Return the resident memory in MB, where /proc tells; elsewhere 0."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    main()
