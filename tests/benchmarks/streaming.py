"""100,000 chunks of one function, logged, against writing as many lines of JSON to a file.

A subscriber that takes a millisecond for each must not make the run slower.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from daggr_nb import Context, FnNode, Graph
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST
from tests.benchmarks.peers.serving import Timed, timed

ROUNDS = 3
CHUNKS, FEW = 100_000, 10_000
MICRO = 1e6
DELTA = "word "


def findings() -> list[Finding]:
    run(deltas)
    return [*per_chunk(), slow_subscriber()]


def per_chunk() -> list[Finding]:
    appended, few, yielded, lines = in_turns(
        ROUNDS, lambda: cpu(deltas), lambda: cpu(deltas, FEW), lambda: cpu(values), json_lines
    )
    found = [
        compared("ctx.stream", appended, lines),
        compared("yield", yielded, lines),
    ]
    ratio = median_ratio(appended, few)
    what = f"{CHUNKS:,} chunks by ctx.stream / a chunk of {FEW:,}"
    return [*found, Finding(what, ratio, "×", 1.15, note=f"{median(few) * MICRO:.1f} µs each")]


def compared(how: str, taken: list[float], lines: list[float]) -> Finding:
    note = f"{median(taken) * MICRO:.1f} µs of CPU each, {median(lines) * MICRO:.1f} µs a line"
    ratio = median_ratio(taken, lines)
    return Finding(f"{CHUNKS:,} chunks by {how} / lines of JSON", ratio, "×", 3, note=note)


def slow_subscriber() -> Finding:
    plain, watched = in_turns(5, lambda: wall(deltas), lambda: wall(deltas, slow))
    note = f"{median(plain):.2f} s without, {median(watched):.2f} s with it"
    what = f"{CHUNKS:,} chunks: time with a slow subscriber / without"
    return Finding(what, median_ratio(watched, plain), "×", 1.1, note=note)


def deltas(ctx: Context, count: int) -> str:
    for _ in range(count):
        ctx.stream(DELTA)
    return DELTA * count


def values(count: int) -> Iterator[int]:
    yield from range(count)


def slow(event: object) -> None:
    time.sleep(0.001)


def cpu(fn: Callable[..., object], count: int = CHUNKS) -> float:
    """Return the CPU seconds for a chunk."""
    return run(fn, count).cpu / count


def wall(fn: Callable[..., object], subscriber: Callable[..., object] | None = None) -> float:
    return run(fn, CHUNKS, subscriber).wall


def run(
    fn: Callable[..., object],
    count: int = CHUNKS,
    subscriber: Callable[..., object] | None = None,
) -> Timed:
    """Run into a new store."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        node = FnNode(fn, name="talk", inputs={"count": count}, outputs={"y": None})
        graph = Graph("Talk", nodes=[node], store=Path(folder))
        listening = graph.subscribe(subscriber) if subscriber else None
        found = timed(graph.run)
        if listening is not None:
            listening.close()
        graph.close()
    assert found.answer["talk"]["y"] in (DELTA * count, count - 1)
    return found


def json_lines() -> float:
    """Return the CPU seconds to write the like of a chunk's event as a line, and flush it."""
    event = {"seq": 0, "at": 0.0, "type": "node.chunk", "node": "talk", "port": "y", "delta": DELTA}

    def work() -> None:
        with tempfile.TemporaryFile("w", dir=FAST) as file:
            for i in range(CHUNKS):
                file.write(json.dumps({**event, "seq": i, "at": time.time(), "i": i}) + "\n")
                file.flush()

    return timed(work).cpu / CHUNKS
