"""Running 1,000 nodes again: nothing changed since, or one input that reaches 210 of them.

The floors do with diskcache what cannot be left out: look up every value, set the new ones.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import diskcache

from tests.benchmarks import graphs
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST
from tests.benchmarks.peers.shapes import NODES, SEEDS, layered_answer

ROUNDS = 7
CHANGED = 210
MILLI = 1e3


def findings() -> list[Finding]:
    with recorded() as place, walked() as cache_place:
        work = reopened, changed, reopened_floor, changed_floor
        places = place, place, cache_place, cache_place
        measurements = [lambda w=w, p=p: w(p) for w, p in zip(work, places, strict=True)]
        for measure in measurements:
            measure()
        nothing, one, read, update = in_turns(ROUNDS, *measurements)
    return [
        compared("nothing changed, store reopened, 1,000 nodes", nothing, read),
        compared(f"one input changed, {CHANGED} of 1,000 run", one, update),
    ]


def compared(what: str, ours: list[float], floor: list[float]) -> Finding:
    note = f"{median(ours) * MILLI:.0f} ms, floor {median(floor) * MILLI:.0f} ms"
    return Finding(f"{what} / floor", median_ratio(ours, floor), "×", 2, note=note)


@contextmanager
def recorded() -> Iterator[Path]:
    """A folder with the record of one run."""
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        graph = graphs.layered(Path(folder))
        graph.run()
        graph.close()
        yield Path(folder)


@contextmanager
def walked() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        with diskcache.Cache(folder, eviction_policy="none") as cache:
            for i in range(NODES):
                cache.set(f"node {i}", i)
        yield Path(folder)


def reopened(folder: Path) -> float:
    """Return the seconds to open the store and to find that nothing has to run."""
    graph = graphs.layered(folder)
    seconds, results = wall(graph.run)
    graph.close()
    assert graphs.layered_found(results) == layered_answer()
    return seconds


def changed(folder: Path) -> float:
    """Return the seconds to set a seed nobody has tried, and to run what it reaches."""
    graph = graphs.layered(folder)
    graph.run()
    seeds = [time.time_ns() % 2**40, *SEEDS[1:]]

    def work() -> Any:
        run = graph.submit(inputs={"n0_0__a": seeds[0]})
        return run.result(), run

    seconds, (results, run) = wall(work)
    ran = Counter(event.type for event in run.events())["node.started"]
    graph.set_inputs({"n0_0__a": SEEDS[0]})
    graph.run()
    graph.close()
    assert ran == CHANGED, f"{ran} ran"
    assert graphs.layered_found(results) == layered_answer(seeds)
    return seconds


def reopened_floor(folder: Path) -> float:
    def work() -> int:
        with diskcache.Cache(folder) as cache:
            return sum(cache.get(f"node {i}") is not None for i in range(NODES))

    seconds, known = wall(work)
    assert known == NODES
    return seconds


def changed_floor(folder: Path) -> float:
    def work() -> None:
        for i in range(NODES):
            cache.get(f"node {i}")
        for i in range(CHANGED):
            cache.set(f"node {i}", i)

    with diskcache.Cache(folder, eviction_policy="none") as cache:
        return wall(work)[0]


def wall(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer
