"""The work that we and our peers do, without anybody's library, and what it must come to.

A layered graph has 20 layers of 50 nodes. Each adds two values of the layer before, its own row's
and the next's; the first layer adds its row number to a seed. A changed seed reaches 210 nodes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

LAYERS, WIDTH = 20, 50
NODES = LAYERS * WIDTH
SEEDS = [random.Random(row).randrange(2**32) for row in range(WIDTH)]
OTHER_SEEDS = [SEEDS[0] + 1, *SEEDS[1:]]
REACHED = 210


def add(a: int, b: int) -> int:
    return a + b


def square(x: int) -> int:
    return x * x


def step(x: int) -> int:
    return x + 1


def name(layer: int, row: int) -> str:
    return f"n{layer}_{row}"


def below_the_first() -> Iterator[tuple[str, str, str]]:
    """Yield a node and the two that it adds, parents first."""
    for layer in range(1, LAYERS):
        for row in range(WIDTH):
            yield (
                name(layer, row),
                name(layer - 1, row),
                name(layer - 1, (row + 1) % WIDTH),
            )


def last_layer() -> list[str]:
    return [name(LAYERS - 1, row) for row in range(WIDTH)]


def layered_answer(seeds: list[int] = SEEDS) -> list[int]:
    values = [add(seed, row) for row, seed in enumerate(seeds)]
    for _ in range(1, LAYERS):
        values = [add(values[row], values[(row + 1) % WIDTH]) for row in range(WIDTH)]
    return values


def scattered_answer(count: int) -> int:
    return sum(map(square, range(count)))
