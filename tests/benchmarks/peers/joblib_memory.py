"""joblib: every call goes through ``Memory.cache``, as its guide for small functions shows."""

from __future__ import annotations

from pathlib import Path

from joblib import Memory
from serving import Timed, serve, timed
from shapes import (
    NODES,
    OTHER_SEEDS,
    REACHED,
    SEEDS,
    WIDTH,
    add,
    below_the_first,
    last_layer,
    name,
    square,
    step,
)

ITEMS = 1_000


def layered(folder: Path) -> Timed:
    return checked(timed(lambda: walk(folder, SEEDS)), folder, NODES)


def nothing_changed(folder: Path) -> Timed:
    walk(folder, SEEDS)
    return checked(timed(lambda: walk(folder, SEEDS)), folder, NODES)


def one_changed(folder: Path) -> Timed:
    walk(folder, SEEDS)
    return checked(timed(lambda: walk(folder, OTHER_SEEDS)), folder, NODES + REACHED)


def walk(folder: Path, seeds: list[int]) -> list[int]:
    cached = Memory(folder, verbose=0).cache(add)
    values = {name(0, row): cached(seeds[row], row) for row in range(WIDTH)}
    for node, first, second in below_the_first():
        values[node] = cached(values[first], values[second])
    return [values[node] for node in last_layer()]


def chain(folder: Path) -> Timed:
    cached = Memory(folder, verbose=0).cache(step)

    def work() -> int:
        value = 0
        for _ in range(NODES):
            value = cached(value)
        return value

    return checked(timed(work), folder, NODES)


def scatter(folder: Path) -> Timed:
    cached = Memory(folder, verbose=0).cache(square)
    total = Memory(folder, verbose=0).cache(sum)
    return checked(timed(lambda: total([cached(i) for i in range(ITEMS)])), folder, ITEMS + 1)


def checked(found: Timed, folder: Path, results: int) -> Timed:
    kept = sum(1 for _ in folder.rglob("output.pkl"))
    assert kept == results, f"{kept} results on disk"
    return found


if __name__ == "__main__":
    serve(
        {
            "layered": layered,
            "chain": chain,
            "scatter": scatter,
            "nothing changed": nothing_changed,
            "one changed": one_changed,
        }
    )
