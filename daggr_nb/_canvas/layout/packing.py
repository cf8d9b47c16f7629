"""Fits a drawing to the shape it is shown in: long parts fold into rows, parts stand in a grid.

All lengths are CSS pixels at zoom 1. A *room* is what a view has for cards when nothing is zoomed:
what matters of it is mostly its shape, since what does not fit is shown smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, sqrt
from typing import NamedTuple


class Room(NamedTuple):
    """Width and height that a view has for cards."""

    width: float
    height: float

    def zoom(self, width: float, height: float) -> float:
        """How large a drawing of this size can be shown, at most as large as it is."""
        return min(self.width / max(width, 1.0), self.height / max(height, 1.0), 1.0)


ROWS_APART = 32.0
"""What two rows of a folded part are further apart than cards, for the first edge between them."""
PER_EDGE = 6.0
"""What each edge between rows adds to that."""
_WORTH = 1.08
"""So many times larger must a folded part be shown: its edges are harder to follow."""
_COST = 0.025
"""And for each edge that leads from row to row, this share of its size is taken off."""
_MOST = 60
"""Parts of more columns are not folded: nobody sees them whole anyway."""


def row_gap(gap: float, edges: int) -> float:
    """Return how far two rows are apart between which so many edges lead."""
    return gap + ROWS_APART + PER_EDGE * min(edges, 6)


def fold(
    widths: Sequence[float],
    extents: Sequence[tuple[float, float]],
    crossing: Sequence[int],
    room: Room,
    gap: tuple[float, float],
) -> list[int]:
    """Return the first column of each row in which a part is shown best; ``[0]`` leaves it whole.

    ``widths`` and ``extents`` are each column's width and its top and bottom, ``crossing`` how many
    edges lead from it to the next ones, ``gap`` what columns and cards are apart.

        >>> room, tall = Room(900, 600), (0.0, 150.0)
        >>> fold([268.0] * 8, [tall] * 8, [1] * 8, room, (54.0, 32.0))
        [0, 3, 6]
        >>> fold([268.0] * 3, [tall] * 3, [1] * 3, room, (54.0, 32.0))
        [0]
    """
    count = len(widths)
    whole = _score([0], widths, extents, crossing, room, gap)
    if count < 2 or count > _MOST or whole >= 1 / _WORTH:
        return [0]
    found: list[tuple[float, list[int]]] = []
    for most in range(1, count):
        starts = _split(count, most, crossing)
        found.append((_score(starts, widths, extents, crossing, room, gap), starts))
    score, starts = max(found, key=lambda each: (each[0], -len(each[1])))
    return starts if score >= whole * _WORTH else [0]


def _split(count: int, most: int, crossing: Sequence[int]) -> list[int]:
    """Split columns into as few rows of at most so many as can be, where the fewest edges lead on;
    rows are then as even as they can be."""
    rows = ceil(count / most)
    nothing = (inf, list[int]())
    best: list[tuple[float, list[int]]] = [(0.0, []), *[nothing] * count]
    for row in range(rows):
        following: list[tuple[float, list[int]]] = [nothing] * (count + 1)
        for end in range(1, count + 1):
            for start in range(max(0, end - most), end):
                cost, starts = best[start]
                if (row == 0) != (start == 0) or cost == inf:
                    continue
                led = crossing[start - 1] if start else 0
                total = cost + led + (end - start) ** 2 / (4 * count * most)
                if total < following[end][0]:
                    following[end] = (total, [*starts, start])
        best = following
    return best[count][1] or [0]


def _score(
    starts: Sequence[int],
    widths: Sequence[float],
    extents: Sequence[tuple[float, float]],
    crossing: Sequence[int],
    room: Room,
    gap: tuple[float, float],
) -> float:
    width = height = 0.0
    edges = 0
    for start, end in zip(starts, [*starts[1:], len(widths)], strict=True):
        row = extents[start:end]
        width = max(width, sum(widths[start:end]) + gap[0] * (end - start - 1))
        height += max(bottom for _, bottom in row) - min(top for top, _ in row)
        if start:
            edges += crossing[start - 1]
            height += row_gap(gap[1], crossing[start - 1])
    return room.zoom(width, height) * (1 - min(_COST * edges, 0.5))


def pack(sizes: Sequence[tuple[float, float]], room: Room, gap: float) -> list[tuple[float, float]]:
    """Return where parts of these sizes stand in a grid that fits the room: their top left corners.

    They stand as high as they can, in the order given, in columns as wide as the narrowest part. A
    view grows downwards, so the flattest of several grids that fit is taken.

        >>> pack([(268.0, 100.0)] * 4, Room(1000, 400), 54.0)
        [(0.0, 0.0), (322.0, 0.0), (0.0, 154.0), (322.0, 154.0)]
    """
    if len(sizes) < 2:
        return [(0.0, 0.0)] * len(sizes)
    pitch = min(width for width, _ in sizes) + gap
    cells = [ceil((width + gap) / pitch - 1e-9) for width, _ in sizes]
    area = sum(
        count * pitch * (height + gap) for count, (_, height) in zip(cells, sizes, strict=True)
    )
    ideal = sqrt(area * room.width / room.height) / pitch
    most = sum(cells)
    tried = {max(max(cells), min(most, round(ideal) + by)) for by in (-1, 0, 1, 2)}
    drawings = [_stacked(cells, sizes, columns, pitch, gap) for columns in sorted(tried)]

    def worth(drawing: list[tuple[float, float]]) -> tuple[float, float]:
        width, height = _size(drawing, sizes)
        return room.zoom(width, height), -height

    return max(drawings, key=worth)


def _stacked(
    cells: Sequence[int],
    sizes: Sequence[tuple[float, float]],
    columns: int,
    pitch: float,
    gap: float,
) -> list[tuple[float, float]]:
    tops = [0.0] * columns
    corners: list[tuple[float, float]] = []
    for count, (_, height) in zip(cells, sizes, strict=True):
        if count == 1:
            top = min(tops)
            column = tops.index(top)
        else:
            places = range(columns - count + 1)
            column = min(places, key=lambda at: max(tops[at : at + count]))
            top = max(tops[column : column + count])
        tops[column : column + count] = [top + height + gap] * count
        corners.append((column * pitch, top))
    return corners


def _size(
    corners: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    ends = [(x + width, y + height) for (x, y), (width, height) in zip(corners, sizes, strict=True)]
    return max(x for x, _ in ends), max(y for _, y in ends)
