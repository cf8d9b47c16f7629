"""The shape of an edge in a still picture, as ``js/src/canvas/stage/edgepath.ts`` draws it on the
canvas: smooth, around the cards between its ends, with three prongs at a scatter and a gather."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_GAP = 14.0
_LANE, _LANES, _TURNS = 5.0, 6, 3
_RADIUS = 9.0
_PRONG, _SPREAD = 22.0, 7.0

Point = tuple[float, float]


class Box(NamedTuple):
    """A card on the plane."""

    x: float
    y: float
    width: float
    height: float


def edge_path(
    start: Point, end: Point, cards: Iterable[Box], scatter: bool, gather: bool, lane: int = 0
) -> tuple[str, str]:
    """Return the SVG paths of an edge and of its prongs.

    ``cards`` are what it goes around, for one that leads back to the left also those at its ends.
    """
    begin = (start[0] + _PRONG, start[1]) if gather else start
    close = (end[0] - _PRONG, end[1]) if scatter else end
    marks = _prongs(start, begin) if gather else ""
    if end[0] < start[0]:
        line = _rounded(_back(begin, close, cards, lane))
    else:
        line = _curve([begin, *_route(start, end, cards, lane), close])
    return line, marks + (_prongs(end, close) if scatter else "")


def _prongs(tip: Point, joint: Point) -> str:
    bend = (tip[0] + joint[0]) / 2
    return "".join(
        f"M{tip[0]:g} {tip[1] + dy:g}C{bend:g} {tip[1] + dy:g} {bend:g} {joint[1]:g} "
        f"{joint[0]:g} {joint[1]:g}"
        for dy in (-_SPREAD, 0, _SPREAD)
    )


def _curve(points: Sequence[Point]) -> str:
    first, *rest = points
    path, at = f"M{first[0]:g} {first[1]:g}", first
    for to in rest:
        path += _segment(at, to)
        at = to
    return path


def _segment(a: Point, b: Point) -> str:
    dx = b[0] - a[0]
    # A target to the left of its source needs room to swing around.
    reach = max(dx / 2, min(40.0, dx)) if dx > 0 else min(60 - dx / 2, 260.0)
    return f"C{a[0] + reach:g} {a[1]:g} {b[0] - reach:g} {b[1]:g} {b[0]:g} {b[1]:g}"


def _route(start: Point, end: Point, cards: Iterable[Box], lane: int) -> list[Point]:
    """Return points that lead past the cards in the way, column by column from the left."""
    between = [card for card in cards if card.x >= start[0] and card.x + card.width <= end[0]]
    via: list[Point] = []
    at = start
    for column in _columns(between):
        x_min = min(card.x for card in column) - _GAP
        right = max(card.x + card.width for card in column) + _GAP
        slope = (end[1] - at[1]) / max(end[0] - at[0], 1.0)
        into, out = (at[1] + slope * (x - at[0]) for x in (x_min, right))
        if not _blocked(column, into, out):
            continue
        y = _in_lane(column, _free(column, (into + out) / 2), lane)
        via += [(x_min, y), (right, y)]
        at = (right, y)
    return via


def _back(start: Point, end: Point, cards: Iterable[Box], lane: int) -> list[Point]:
    """Return points out of the source, level between two rows of cards, and into the target."""
    turn = _GAP + lane % _TURNS * _LANE
    right, left = start[0] + turn, end[0] - turn
    across = [card for card in cards if card.x < right and card.x + card.width > left]
    y = _in_lane(across, _free(across, (start[1] + end[1]) / 2), lane)
    return [start, (right, start[1]), (right, y), (left, y), (left, end[1]), end]


def _rounded(points: Sequence[Point]) -> str:
    """Return a line with level and upright parts and round corners."""
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _toward(at, before), _toward(at, after)
        path += f"L{ax:g} {ay:g}Q{at[0]:g} {at[1]:g} {bx:g} {by:g}"
    return f"{path}L{points[-1][0]:g} {points[-1][1]:g}"


def _toward(corner: Point, other: Point) -> Point:
    length = math.dist(corner, other)
    part = min(_RADIUS, length / 2) / length if length else 0.0
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part


def _in_lane(cards: list[Box], y: float, lane: int) -> float:
    """Return a height beside the one that all would take, if there is room."""
    above = any(card.y - _GAP == y for card in cards)
    beside = y + lane % _LANES * _LANE * (-1 if above else 1)
    free = all(beside <= card.y - _LANE or beside >= card.y + card.height + _LANE for card in cards)
    return beside if free else y


def _columns(cards: Iterable[Box]) -> Iterator[list[Box]]:
    column: list[Box] = []
    edge = 0.0
    for card in sorted(cards):
        if column and card.x >= edge:
            yield column
            column = []
        edge = max(edge, card.x + card.width) if column else card.x + card.width
        column.append(card)
    if column:
        yield column


def _blocked(column: list[Box], one: float, other: float) -> bool:
    top, bottom = min(one, other) - _GAP, max(one, other) + _GAP
    return any(card.y < bottom and card.y + card.height > top for card in column)


def _free(column: list[Box], wanted: float) -> float:
    covered = [(card.y - _GAP, card.y + card.height + _GAP) for card in column]
    heights = [wanted, *(y for band in covered for y in band)]
    free = [y for y in heights if all(y <= top or y >= bottom for top, bottom in covered)]
    return min(free, key=lambda y: abs(y - wanted))
