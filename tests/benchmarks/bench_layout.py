"""How long `layout` takes: best and median of several runs, in milliseconds.

    python tests/benchmarks/bench_layout.py

`layered` is what workflows look like: one to two parents per card, one edge in ten long. `random`
connects cards anywhere, `tree` gives each card three children, `loose` has no edges.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import median
from time import perf_counter

from daggr_nb._canvas.layout.layout import layout, reflow

Drawing = tuple[dict[str, float], list[tuple[str, str]]]


def _heights(count: int, chance: random.Random) -> dict[str, float]:
    return {f"n{number}": chance.choice([90, 120, 154, 200, 280, 340]) for number in range(count)}


def layered(count: int) -> Drawing:
    chance = random.Random(1)
    per_layer = max(5, round((count / 2.5) ** 0.5))
    edges = []
    for number in range(per_layer, count):
        for _ in range(chance.choice([1, 2])):
            back = 1 if chance.random() < 0.9 else chance.randint(1, 6)
            layer = max(0, number // per_layer - back)
            row = min(per_layer - 1, max(0, number % per_layer + chance.randint(-2, 2)))
            edges.append((f"n{layer * per_layer + row}", f"n{number}"))
    return _heights(count, chance), edges


def scattered(count: int) -> Drawing:
    chance = random.Random(1)
    pairs = [sorted(chance.sample(range(count), 2)) for _ in range(count * 3 // 2)]
    return _heights(count, chance), [(f"n{source}", f"n{target}") for source, target in pairs]


def tree(count: int) -> Drawing:
    edges = [(f"n{(number - 1) // 3}", f"n{number}") for number in range(1, count)]
    return _heights(count, random.Random(1)), edges


def loose(count: int) -> Drawing:
    return _heights(count, random.Random(1)), []


def measure(work: Callable[[], object], runs: int = 7) -> tuple[float, float]:
    times = []
    for _ in range(runs):
        start = perf_counter()
        work()
        times.append((perf_counter() - start) * 1000)
    return min(times), median(times)


def main() -> None:
    print(f"{'graph':>10} {'nodes':>6} {'edges':>6} {'best ms':>9} {'median ms':>10}")
    shapes = {"layered": layered, "random": scattered, "tree": tree, "loose": loose}
    for name, shape in shapes.items():
        for count in (6, 100, 1000, 5000):
            heights, edges = shape(count)
            best, usual = measure(lambda: layout(heights, edges))  # noqa: B023 - called at once
            print(f"{name:>10} {count:>6} {len(edges):>6} {best:>9.1f} {usual:>10.1f}")
    heights, edges = layered(5000)
    places, real = layout(heights, edges), {name: size + 7 for name, size in heights.items()}
    best, usual = measure(lambda: reflow(places, real))
    print(f"{'reflow':>10} {5000:>6} {'':>6} {best:>9.1f} {usual:>10.1f}")


if __name__ == "__main__":
    main()
