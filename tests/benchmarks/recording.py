"""A chain of 1,000 small functions, everything recorded, against storing a value in diskcache."""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path
from statistics import median

import diskcache

from daggr_nb import FnNode, Graph
from tests.benchmarks.measure import Finding, in_turns, median_ratio

NODES = 1_000
ROUNDS = 7
MICRO = 1e6


def findings() -> list[Finding]:
    places = {"memory": Path("/dev/shm"), "disk": Path(tempfile.gettempdir())}
    return [finding(name, place) for name, place in places.items() if place.is_dir()]


def finding(name: str, place: Path) -> Finding:
    chain_of_nodes(place)  # what is imported when first needed, is not measured
    chains, sets = in_turns(ROUNDS, lambda: chain_of_nodes(place), lambda: cache_sets(place))
    ratio = median_ratio(chains, sets)
    note = f"{median(chains) * MICRO:.0f} µs of CPU a node, {median(sets) * MICRO:.0f} µs a set"
    return Finding(f"chain of 1,000, recorded, in {name} / one set", ratio, "×", 2.5, 4, note)


def step(x: int) -> int:
    return x + 1


def chain_of_nodes(place: Path) -> float:
    """CPU seconds per node, of all threads, of one run into a new store."""
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        node = FnNode(step, name="step 0", inputs={"x": 0}, outputs={"y": None})
        for i in range(1, NODES):
            node = FnNode(step, name=f"step {i}", inputs={"x": node.y}, outputs={"y": None})
        graph = Graph("Chain", nodes=[node], store=folder)
        gc.collect()
        begun = time.process_time()
        graph.run()
        spent = time.process_time() - begun
        assert node.y.value == NODES
    return spent / NODES


def cache_sets(place: Path) -> float:
    """CPU seconds per `Cache.set` of a small value, in a new cache."""
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        diskcache.Cache(folder, eviction_policy="none") as cache,
    ):
        gc.collect()
        begun = time.process_time()
        for i in range(NODES):
            cache.set(f"step {i}", i + 1)
        return (time.process_time() - begun) / NODES
