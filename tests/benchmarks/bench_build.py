"""How long it takes to make nodes and to build a graph of them: best of several, in milliseconds.

    python -m tests.benchmarks.bench_build

`layered` has two parents per node, `chain` one, `named` gives every node a name of its own.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter

from daggr_nb._model.node import Node
from daggr_nb._model.structure import build
from daggr_nb._nodes.function import FnNode


def work(a: int = 0, b: int = 0) -> int:
    return a + b


def layered(count: int) -> list[Node]:
    nodes: list[FnNode] = []
    for i in range(count):
        above = nodes[max(0, i - 10) : max(0, i - 8)]
        feeds = dict(zip("ab", (node.output for node in above), strict=False))
        nodes.append(FnNode(work, inputs=feeds, outputs=["output"]))
    return list(nodes)


def chain(count: int) -> list[Node]:
    nodes = [FnNode(work, inputs={})]
    for _ in range(count - 1):
        nodes.append(FnNode(work, inputs={"a": nodes[-1].output}))
    return [nodes[-1]]


def named(count: int) -> list[Node]:
    return [FnNode(work, f"node {i}", inputs={"a": i}) for i in range(count)]


def best(work: Callable[[], object], runs: int = 7) -> float:
    times = []
    for _ in range(runs):
        gc.collect()
        begun = perf_counter()
        work()
        times.append((perf_counter() - begun) * 1000)
    return min(times)


def main() -> None:
    print(
        f"{'graph':>8} {'nodes':>6} {'make ms':>8} {'build ms':>9} {'both':>8} {'× of 1,000':>11}"
    )
    for shape in (layered, chain, named):
        first = 0.0
        for count in (1_000, 10_000):
            made = best(lambda: shape(count))  # noqa: B023 - called at once
            nodes = shape(count)
            built = best(lambda: build(nodes))  # noqa: B023 - called at once
            first = first or made + built
            grown = (made + built) / first
            print(
                f"{shape.__name__:>8} {count:>6} {made:>8.2f} {built:>9.2f} {made + built:>8.2f} "
                f"{grown:>11.1f}"
            )


if __name__ == "__main__":
    main()
