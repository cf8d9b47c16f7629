"""Many small functions, everything recorded, against storing a value in diskcache, and peers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import diskcache

from daggr_nb import Graph
from tests.benchmarks import graphs
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST, Peer
from tests.benchmarks.peers.serving import timed
from tests.benchmarks.peers.shapes import NODES, layered_answer, scattered_answer

ROUNDS = 7
MICRO = 1e6
ITEMS, MANY = 1_000, 10_000


@dataclass(frozen=True)
class Work:
    """A graph, how many evaluations it records, and what it must come to."""

    title: str
    graph: Callable[[Path], Graph]
    found: Callable[[Any], Any]
    expected: Any
    count: int = NODES
    goal: float = 2.5
    first: float | None = 4

    def cpu(self, place: str = FAST) -> float:
        """Return the CPU seconds per evaluation, of all threads, of a run into a new store."""
        with tempfile.TemporaryDirectory(dir=place) as folder:
            graph = self.graph(Path(folder))
            found = timed(graph.run)
            graph.close()
        assert self.found(found.answer) == self.expected
        return found.cpu / self.count

    def check(self) -> None:
        """Assert that a run leaves a record of every node, which another graph can read."""
        with tempfile.TemporaryDirectory(dir=FAST) as folder:
            first = self.graph(Path(folder))
            first.run()
            first.close()
            again = self.graph(Path(folder))
            for name, node in again.nodes.items():
                (kept,) = again.history(name)
                assert kept.status == "succeeded", name
                assert kept.inputs.keys() == node.inputs.keys(), name
                assert kept.outputs.keys() == node.outputs.keys(), name
            again.close()


LAYERED = Work("layered", graphs.layered, graphs.layered_found, layered_answer())
CHAIN = Work("chain", graphs.chain, graphs.chain_found, NODES)
FEW, LOTS = (
    Work(
        "scatter",
        partial(graphs.scatter, count=count),
        graphs.scatter_found,
        scattered_answer(count),
        count,
        goal=2,
        first=None,
    )
    for count in (ITEMS, MANY)
)


def findings(peers: Sequence[Peer]) -> list[Finding]:
    on_disk = against_sets(CHAIN, tempfile.gettempdir(), "on disk")
    return [
        *contest(LAYERED, peers),
        *contest(CHAIN, peers),
        on_disk,
        *contest(FEW, peers),
        *many(),
    ]


def contest(work: Work, peers: Sequence[Peer]) -> list[Finding]:
    """Compare with one set and with each peer, all in memory, in the same rounds."""
    work.check()
    theirs = [partial(peer.cpu, work.title, work.expected) for peer in peers]
    entrants = [work.cpu, partial(cache_sets, work.count), *theirs]
    for enter in entrants:  # what is imported and built when first needed, is not measured
        enter()
    ours, sets, *others = in_turns(ROUNDS, *entrants)
    what = f"{work.title}, {work.count:,}, recorded"
    found = [compared(what, work, ours, sets)]
    for peer, taken in zip(peers, others, strict=True):
        note = f"{median(taken) / work.count * MICRO:.0f} µs each; keeps {peer.keeps}"
        ratio = median_ratio(ours, [seconds / work.count for seconds in taken])
        found.append(Finding(f"{what} / {peer.name}", ratio, "×", 1, note=note))
    return found


def against_sets(work: Work, place: str, where: str) -> Finding:
    ours, sets = in_turns(ROUNDS, partial(work.cpu, place), partial(cache_sets, work.count, place))
    return compared(f"{work.title}, {work.count:,}, recorded, {where}", work, ours, sets)


def many() -> list[Finding]:
    """Ten times the items, against one set and against the cost of an item among fewer."""
    few, lots, sets = in_turns(3, FEW.cpu, LOTS.cpu, partial(cache_sets, MANY))
    what = f"scatter, {MANY:,}, recorded"
    growth = Finding(f"{what} / an item of {ITEMS:,}", median_ratio(lots, few), "×", 1.15)
    return [compared(what, LOTS, lots, sets), growth]


def compared(what: str, work: Work, ours: Sequence[float], sets: Sequence[float]) -> Finding:
    note = f"{median(ours) * MICRO:.0f} µs of CPU each, {median(sets) * MICRO:.0f} µs a set"
    ratio = median_ratio(ours, sets)
    return Finding(f"{what} / one set", ratio, "×", work.goal, work.first, note)


def cache_sets(count: int, place: str = FAST) -> float:
    """Return the CPU seconds per `Cache.set` of a small value, in a new cache."""
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        diskcache.Cache(folder, eviction_policy="none") as cache,
    ):

        def work() -> None:
            for i in range(count):
                cache.set(f"step {i}", i + 1)

        return timed(work).cpu / count
