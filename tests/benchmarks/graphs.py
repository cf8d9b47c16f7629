"""The work of ``peers/shapes.py`` as graphs of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daggr_nb import FnNode, Graph, ui
from tests.benchmarks.peers.shapes import (
    NODES,
    SEEDS,
    WIDTH,
    add,
    below_the_first,
    name,
    square,
    step,
)


def node(fn: Any, name: str, **inputs: Any) -> FnNode:
    return FnNode(fn, name=name, inputs=inputs, outputs={"y": None})


def layered(folder: Path) -> Graph:
    """1,000 nodes; the seeds are inputs, `n0_7__a`."""
    nodes = {}
    for row in range(WIDTH):
        seed = ui.Number(value=SEEDS[row], precision=0)
        nodes[name(0, row)] = node(add, name(0, row), a=seed, b=row)
    for this, first, second in below_the_first():
        nodes[this] = node(add, this, a=nodes[first].y, b=nodes[second].y)
    return Graph("Layered", nodes=nodes.values(), store=folder)


def layered_found(results: Any) -> list[int]:
    return [results[name(19, row)]["y"] for row in range(WIDTH)]


def chain(folder: Path) -> Graph:
    last = node(step, "s0", x=0)
    for i in range(1, NODES):
        last = node(step, f"s{i}", x=last.y)
    return Graph("Chain", nodes=[last], store=folder)


def chain_found(results: Any) -> int:
    return int(results[f"s{NODES - 1}"]["y"])


def scatter(folder: Path, count: int) -> Graph:
    source = node(numbers, "numbers", count=count)
    each = node(square, "squared", x=source.y.each)
    return Graph("Scatter", nodes=[node(total, "total", xs=each.y.all())], store=folder)


def scatter_found(results: Any) -> int:
    return int(results["total"]["y"])


def numbers(count: int) -> list[int]:
    return list(range(count))


def total(xs: Sequence[int]) -> int:
    return sum(xs)
