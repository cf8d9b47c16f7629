"""Keeps a drawing as people know it when a graph has changed a little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from statistics import median

Position = tuple[float, float]
Columns = list[list[int]]

_WORTH = 1.25
"""So many times the crossings of the best order, a known order is kept."""
_FEW = 4
"""And so many crossings more, in small graphs."""


def hints(
    names: Sequence[str],
    before: Mapping[str, Position],
    left: Sequence[Sequence[int]],
    right: Sequence[Sequence[int]],
) -> list[float]:
    """Return how far down each item is known to be, or what feeds it, or what it feeds.

    Items are cards in the order of ``names``, then lanes. What hangs on nothing known comes last.
    """
    rows = [before[name][1] if name in before else inf for name in names]
    rows += [inf] * (len(left) - len(rows))
    unknown = [item for item, y in enumerate(rows) if y == inf]
    for near in (left, right):
        for item in unknown if near is left else reversed(unknown):
            others = [rows[other] for other in near[item] if rows[other] < inf]
            if others:
                mean = sum(others) / len(others)
                rows[item] = mean if rows[item] == inf else (rows[item] + mean) / 2
    return rows


def keep_order(
    columns: Columns, known: Sequence[float], crossings: Callable[[Columns], int]
) -> None:
    """Sort columns by what is known, unless that is far more tangled than they are."""
    ordered = [sorted(column, key=known.__getitem__) for column in columns]
    if crossings(ordered) <= crossings(columns) * _WORTH + _FEW:
        columns[:] = ordered


def shifted(after: Mapping[str, Position], before: Mapping[str, Position]) -> dict[str, Position]:
    """Return positions moved up or down together, so that most known cards stay where they were."""
    moves = [before[name][1] - y for name, (_, y) in after.items() if name in before]
    by = round(median(moves)) if moves else 0
    return {name: (x, y + by) for name, (x, y) in after.items()}
