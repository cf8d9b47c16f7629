"""Running 1,000 nodes again: nothing changed since, or one input that reaches 210 of them.

The floors do with diskcache what cannot be left out: look up every value, set the new ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import diskcache

from tests.benchmarks import graphs
from tests.benchmarks.measure import Finding, in_turns, median_ratio
from tests.benchmarks.peer import FAST, JOBLIB, Peer
from tests.benchmarks.peers.serving import Timed, timed
from tests.benchmarks.peers.shapes import NODES, OTHER_SEEDS, REACHED, layered_answer

ROUNDS = 7
MILLI = 1e3


def findings(peers: Sequence[Peer]) -> list[Finding]:
    able = [peer for peer in peers if peer.name == JOBLIB.name]
    nothing = f"nothing changed, store reopened, {NODES:,} nodes"
    one = f"one input changed, {REACHED} of {NODES:,} run"
    expected, other = layered_answer(), layered_answer(OTHER_SEEDS)
    return [
        *compared(nothing, nothing_changed, read_all, theirs(able, "nothing changed", expected)),
        *compared(one, one_changed, read_all_set_some, theirs(able, "one changed", other)),
    ]


def theirs(peers: Sequence[Peer], work: str, expected: Any) -> dict[str, Callable[[], float]]:
    return {peer.name: lambda p=peer: p.did(work, expected).wall for peer in peers}


def compared(
    what: str,
    ours: Callable[[Path], float],
    floor: Callable[[Path], float],
    peers: Mapping[str, Callable[[], float]],
) -> list[Finding]:
    entrants = [partial(in_new_folder, ours), partial(in_new_folder, floor), *peers.values()]
    for enter in entrants:
        enter()
    taken, floors, *others = in_turns(ROUNDS, *entrants)
    note = f"{median(taken) * MILLI:.0f} ms, floor {median(floors) * MILLI:.0f} ms"
    found = [Finding(f"{what} / floor", median_ratio(taken, floors), "×", 2, note=note)]
    for name, series in zip(peers, others, strict=True):
        note = f"{median(series) * MILLI:.0f} ms"
        found.append(Finding(f"{what} / {name}", median_ratio(taken, series), "×", 1, note=note))
    return found


def in_new_folder(measure: Callable[[Path], float]) -> float:
    with tempfile.TemporaryDirectory(dir=FAST) as folder:
        return measure(Path(folder))


def nothing_changed(folder: Path) -> float:
    """Return the seconds to open the store and to find that nothing has to run."""
    first = graphs.layered(folder)
    first.run()
    first.close()
    again = graphs.layered(folder)
    found = timed(again.run)
    again.close()
    assert graphs.layered_found(found.answer) == layered_answer()
    return found.wall


def one_changed(folder: Path) -> float:
    """Return the seconds to set a seed and to run what it reaches."""
    graph = graphs.layered(folder)
    graph.run()
    found = timed(lambda: graph.run(inputs={"n0_0__a": OTHER_SEEDS[0]}))
    ran = sum(len(graph.history(name)) - 1 for name in graph.nodes)
    graph.close()
    assert ran == REACHED, f"{ran} ran"
    assert graphs.layered_found(found.answer) == layered_answer(OTHER_SEEDS)
    return found.wall


def filled(folder: Path) -> diskcache.Cache:
    cache = diskcache.Cache(folder, eviction_policy="none")
    for i in range(NODES):
        cache.set(f"node {i}", i)
    return cache


def read(cache: diskcache.Cache) -> int:
    return sum(cache.get(f"node {i}") == i for i in range(NODES))


def read_all(folder: Path) -> float:
    filled(folder).close()

    def work() -> int:
        with diskcache.Cache(folder) as cache:
            return read(cache)

    return known(timed(work))


def read_all_set_some(folder: Path) -> float:
    def work() -> int:
        found = read(cache)
        for i in range(REACHED):
            cache.set(f"node {i}", -i)
        return found

    with filled(folder) as cache:
        return known(timed(work))


def known(found: Timed) -> float:
    assert found.answer == NODES
    return found.wall
