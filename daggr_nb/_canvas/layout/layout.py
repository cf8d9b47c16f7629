"""Where cards stand: columns that flow from left to right, and few crossing edges.

After Sugiyama, Tagawa and Toda (1981), with each step close to linear time:

1. *Ranks*: the longest path gives every card its column; cards with no fewer children than
   parents are then pulled right, to their users.
2. *Lanes*: where an edge passes a column it gets a place of its own there, so that cards make
   room for it. All long edges of one card share one chain of lanes.
3. *Order*: sweeps sort each column by the mean place of its neighbours; the order with the fewest
   crossings wins, the earlier one on a tie. At last, cards next to each other swap where it helps.
4. *Coordinates*: each column moves as close to its neighbours as order and gaps allow: an isotonic
   regression, solved by pooling adjacent violators.

Cards and lanes are *items*: small integers, cards first, in the order they were added. All
lengths are CSS pixels at zoom 1, x to the right and y down; positions are top-left corners.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf
from types import MappingProxyType

from daggr_nb._canvas.layout.layout_stability import Position, hints, keep_order, shifted
from daggr_nb._canvas.layout.packing import Room, fold, pack, row_gap

_NO_PINS: Mapping[str, Position] = MappingProxyType({})
_USUAL: Mapping[str, float] = MappingProxyType({})

_ANCHOR = 90  # Ports begin about this far below the top of a tall card; rows align there.
_LANE = 8  # The height that a passing edge takes.
_LANE_PULL = 4.0  # How much more than a card a lane insists on its place: bends cost more.
_IDLE_PULL = 0.05  # How much a card insists that has no neighbours on the side looked at.
_PATIENCE = 3  # Sweeps without a better order before giving up.
_WORK = 50_000  # Items and edges looked at while sweeping: small graphs get more sweeps.


def layout(
    heights: Mapping[str, float],
    edges: Sequence[tuple[str, str]],
    *,
    width: float = 268,
    widths: Mapping[str, float] = _USUAL,
    gap_x: float = 54,
    gap_y: float = 32,
    room: Room | None = None,
    pinned: Mapping[str, Position] = _NO_PINS,
    before: Mapping[str, Position] = _NO_PINS,
) -> dict[str, Position]:
    """Place cards so that edges run from left to right and cards never overlap.

    `heights` maps each node's name to its card's height in pixels, in the order the nodes were
    added, which decides ties; `edges` are (source, target) pairs, duplicates allowed. A card is
    `width` wide unless `widths` says otherwise, a column as wide as its widest card. Columns are
    `gap_x` apart, cards of a column at least `gap_y`. The topmost card is at y = 0, the leftmost at
    x = 0. The same arguments always give the same result.

    With a `room`, the drawing takes its shape: a long part of the graph folds into rows that are
    read like lines of a text, so that some edges lead back to the left; parts that are not
    connected stand in a grid. Without one they stand below each other.

    `pinned` positions are kept exactly; unknown names among them are ignored. All other cards
    stand where they would without pins, unless a pinned card is in their way: then they move up
    or down in their column, to the nearest room. So two cards overlap only if both are pinned.
    With pins, cards may stand above y = 0, and edges may run left.

    `before` is where cards stood in a former version of the graph: they keep their order in each
    column unless that tangles the edges, and most of them stay at their height. The topmost card
    is then not at y = 0.

    Raises `ValueError` if edges form a cycle or name a node without a height.

        >>> layout({"read": 100, "clean": 100}, [("read", "clean")])
        {'read': (0.0, 0.0), 'clean': (322.0, 0.0)}
    """
    names = list(heights)
    sizes = [ceil(height) for height in heights.values()]
    links = _link(names, edges)
    ranks = _ranks(links, _sorted_topologically(links, names))
    links = _with_lanes(links, ranks)
    bodies = _Bodies.of(sizes, len(ranks) - len(sizes), gap_y)
    across = [float(widths.get(name, width)) for name in names]
    drawing = _Drawing.of(across + [0.0] * (len(ranks) - len(names)), (gap_x, gap_y), room)
    previous_rows = hints(names, before, links.left, links.right) if before else []
    for columns in _components(links, ranks):
        _untangle(columns, links)
        if previous_rows:
            keep_order(columns, previous_rows, lambda some: _crossings(some, links, _rows(some)))
        drawing.add(columns, links, bodies)
    xs, tops = drawing.corners(len(ranks))
    first = min(tops[: len(names)], default=0.0)
    free = {name: (xs[item], tops[item] - first) for item, name in enumerate(names)}
    if before:
        free = shifted(free, before)
    pins = {name: pinned[name] for name in names if name in pinned}
    if not pins:
        return free
    boxes = {n: (w, size) for n, w, size in zip(names, across, sizes, strict=True)}
    return _around(pins, free, boxes, gap_y)


def reflow(
    positions: Mapping[str, Position],
    heights: Mapping[str, float],
    *,
    width: float = 268,
    widths: Mapping[str, float] = _USUAL,
    gap_y: float = 32,
    pinned: Collection[str] = (),
) -> dict[str, Position]:
    """Make room for cards that turned out taller than estimated; return only the moved ones.

    `positions` are where the cards stand, `heights` their real heights in pixels, one for each.
    A column is the cards with equal x that are not `pinned`. In it, cards move down, only as far
    as a distance of `gap_y` asks for; x and order stay. A card that would overlap a pinned one
    moves past it; pinned cards never move. After `layout`, only cards below a taller one move.

    Raises `KeyError` if a card has no height.

        >>> reflow({"a": (0, 0), "b": (0, 132), "c": (322, 0)}, {"a": 150, "b": 100, "c": 150})
        {'b': (0, 182)}
    """
    fixed = frozenset(pinned)
    pins = {name: place for name, place in positions.items() if name in fixed}
    boxes = {name: (widths.get(name, width), ceil(heights[name])) for name in positions}
    new_positions: dict[str, Position] = {}
    for x, column in _by_column(positions, pins):
        walls = _walls(x, column, pins, boxes) if pins else []
        lowest = -inf
        for name in column:
            size = boxes[name][1]
            top = _below(walls, max(positions[name][1], lowest), size, gap_y)
            lowest = top + size + gap_y
            if top > positions[name][1]:
                new_positions[name] = (x, top)
    return new_positions


# ---------------------------------------------------------------- ranks and lanes


@dataclass(frozen=True, slots=True)
class _Links:
    """The neighbours of each item: parents to the left, children to the right, each once."""

    left: list[list[int]]
    right: list[list[int]]

    @classmethod
    def none(cls, count: int) -> _Links:
        return cls([[] for _ in range(count)], [[] for _ in range(count)])

    def add(self) -> int:
        self.left.append([])
        self.right.append([])
        return len(self.left) - 1

    def within(self, columns: list[list[int]]) -> _Links:
        """Return the links between items of these columns alone."""
        known = {item for column in columns for item in column}
        part = _Links.none(len(self.left))
        for item in known:
            part.left[item] = [other for other in self.left[item] if other in known]
            part.right[item] = [other for other in self.right[item] if other in known]
        return part

    def connect(self, source: int, target: int) -> None:
        self.right[source].append(target)
        self.left[target].append(source)


def _link(names: list[str], edges: Sequence[tuple[str, str]]) -> _Links:
    index = {name: item for item, name in enumerate(names)}
    links = _Links.none(len(names))
    for source, target in dict.fromkeys(edges):
        if source not in index or target not in index:
            dangling = target if source in index else source
            raise ValueError(
                f"edge {source!r} → {target!r} needs a height for {dangling!r}; got none"
            )
        links.connect(index[source], index[target])
    return links


def _sorted_topologically(links: _Links, names: list[str]) -> list[int]:
    waiting = [len(parents) for parents in links.left]
    order = [item for item, count in enumerate(waiting) if not count]
    for item in order:
        for child in links.right[item]:
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    if len(order) < len(names):
        cycle = " → ".join(repr(names[item]) for item in _cycle(links, waiting))
        raise ValueError(f"edges must not form a cycle, but {cycle} is one; remove an edge of it")
    return order


def _cycle(links: _Links, waiting: list[int]) -> list[int]:
    """Walk back along items that still wait for a parent until one comes again."""
    item = next(item for item, count in enumerate(waiting) if count)
    path: dict[int, None] = {}
    while item not in path:
        path[item] = None
        item = next(parent for parent in links.left[item] if waiting[parent])
    walked = list(path)
    return [item, *reversed(walked[walked.index(item) :])]


def _ranks(links: _Links, order: list[int]) -> list[int]:
    """Give each item a column right of its parents', with short edges where that is cheap."""
    left, right = links.left, links.right
    ranks = [0] * len(order)
    for item in order:
        if left[item]:
            ranks[item] = max([ranks[parent] for parent in left[item]]) + 1
    for item in reversed(order):
        if right[item] and len(right[item]) >= len(left[item]):
            ranks[item] = min([ranks[child] for child in right[item]]) - 1
    for item in order:  # Where the pull gained nothing, items stay with their parents.
        if left[item] and len(left[item]) >= len(right[item]):
            ranks[item] = max([ranks[parent] for parent in left[item]]) + 1
    return ranks


def _with_lanes(links: _Links, ranks: list[int]) -> _Links:
    """Lead edges that pass columns through lanes there; append the lanes' ranks to `ranks`."""
    laned = _Links.none(len(ranks))
    for source, targets in enumerate(links.right):
        by_rank: dict[int, list[int]] = {}
        for target in targets:
            by_rank.setdefault(ranks[target], []).append(target)
        _lead(source, by_rank, laned, ranks)
    return laned


def _lead(source: int, by_rank: dict[int, list[int]], laned: _Links, ranks: list[int]) -> None:
    last = max(by_rank, default=0)
    at = source
    for rank in range(ranks[source] + 1, last + 1):
        for target in by_rank.get(rank, ()):
            laned.connect(at, target)
        if rank < last:
            lane = laned.add()
            ranks.append(rank)
            laned.connect(at, lane)
            at = lane


def _components(links: _Links, ranks: list[int]) -> Iterator[list[list[int]]]:
    """Yield the columns of each connected part; parts and items in the order they were added."""
    visited = [False] * len(ranks)
    for start, is_visited in enumerate(visited):
        if not is_visited:
            yield _columns(_connected(start, links, visited), ranks)


def _connected(start: int, links: _Links, seen: list[bool]) -> list[int]:
    seen[start] = True
    part = [start]
    for item in part:
        for other in links.left[item] + links.right[item]:
            if not seen[other]:
                seen[other] = True
                part.append(other)
    return sorted(part)


def _columns(part: list[int], ranks: list[int]) -> list[list[int]]:
    part_ranks = [ranks[item] for item in part]
    first = min(part_ranks)
    columns: list[list[int]] = [[] for _ in range(first, max(part_ranks) + 1)]
    for item, rank in zip(part, part_ranks, strict=True):
        columns[rank - first].append(item)
    return columns


# ---------------------------------------------------------------- order


def _untangle(columns: list[list[int]], links: _Links) -> None:
    """Sort each column in place so that few edges cross."""
    if max(map(len, columns)) < 2:
        return
    rows = _rows(columns)
    work = len(rows) + sum([len(links.right[item]) for item in rows])
    fewest, best, idle = inf, columns, 0
    for sweep in range(max(4, min(24, _WORK // work))):
        _sweep(columns, links, rows, rightwards=sweep % 2 == 0)
        crossings = _crossings(columns, links, rows)
        idle += 1
        if crossings < fewest:
            fewest, best, idle = crossings, [column[:] for column in columns], 0
        if not fewest or idle == _PATIENCE:
            break
    columns[:] = best
    if fewest:
        _swap(columns, links)


def _rows(columns: list[list[int]]) -> dict[int, int]:
    return {item: row for column in columns for row, item in enumerate(column)}


def _sweep(
    columns: list[list[int]], links: _Links, rows: dict[int, int], *, rightwards: bool
) -> None:
    """Sort each column by the mean row of the neighbours in the column before it."""
    near = links.left if rightwards else links.right
    for column in columns if rightwards else reversed(columns):
        keys: dict[int, float] = {}
        key = -1.0  # An item without neighbours follows the one above it.
        for item in column:
            others = near[item]
            if len(others) == 1:
                key = rows[others[0]]
            elif others:
                key = sum([rows[other] for other in others]) / len(others)
            keys[item] = key
        column.sort(key=keys.__getitem__)
        rows.update(zip(column, range(len(column)), strict=True))


def _crossings(columns: list[list[int]], links: _Links, rows: dict[int, int]) -> int:
    """Count crossings: pairs of edges between two columns whose ends are in opposite order."""
    count = 0
    for column, following in pairwise(columns):
        ends: list[int] = []
        for item in column:
            others = links.right[item]
            if len(others) == 1:
                ends.append(rows[others[0]])
            elif others:
                ends += sorted([rows[other] for other in others])
        count += _inversions(ends, len(following))
    return count


def _inversions(values: list[int], limit: int) -> int:
    """Count pairs in falling order with a Fenwick tree; values are at least 0, below `limit`."""
    tree = [0] * (limit + 1)
    pairs = len(values) * (len(values) - 1) // 2
    for value in values:
        index = value + 1
        while index:  # Take off the pairs in order, ties included.
            pairs -= tree[index]
            index &= index - 1
        index = value + 1
        while index <= limit:
            tree[index] += 1
            index += index & -index
    return pairs


def _swap(columns: list[list[int]], links: _Links) -> None:
    """Swap items that are next to each other while that saves crossings."""
    rows = _rows(columns)
    for _ in range(3):
        if not sum([_swap_in(column, links, rows) for column in columns]):
            break


def _swap_in(column: list[int], links: _Links, rows: dict[int, int]) -> int:
    rows_left = {item: sorted([rows[other] for other in links.left[item]]) for item in column}
    right = {item: sorted([rows[other] for other in links.right[item]]) for item in column}
    swaps = 0
    for row in range(1, len(column)):
        upper, lower = column[row - 1], column[row]
        if _saved(rows_left[upper], rows_left[lower]) + _saved(right[upper], right[lower]) > 0:
            column[row - 1], column[row] = lower, upper
            swaps += 1
    rows.update(zip(column, range(len(column)), strict=True))
    return swaps


def _saved(upper: list[int], lower: list[int]) -> int:
    """Return how many crossings go when two items swap whose neighbours are in these rows."""
    if not upper or not lower or upper[-1] < lower[0]:
        return -len(upper) * len(lower)
    return sum([bisect_left(lower, row) + bisect_right(lower, row) - len(lower) for row in upper])


# ---------------------------------------------------------------- coordinates


@dataclass(frozen=True, slots=True)
class _Bodies:
    """What matters of each item once its column and row are known; lengths in pixels."""

    sizes: list[int]
    anchors: list[int]
    pulls: list[float]
    margins: list[float]  # Half of the gap to the next item.

    @classmethod
    def of(cls, cards: list[int], lanes: int, gap: float) -> _Bodies:
        sizes = cards + [_LANE] * lanes
        return cls(
            sizes=sizes,
            anchors=[min(size // 2, _ANCHOR) for size in sizes],
            pulls=[1.0] * len(cards) + [_LANE_PULL] * lanes,
            margins=[gap / 2] * len(cards) + [gap / 8] * lanes,
        )


def _align(
    columns: list[list[int]], links: _Links, bodies: _Bodies, tops: list[float], start: float
) -> float:
    """Write the items' tops, the least of them at `start`, and return the greatest bottom.

    What is fitted are anchor lines, so that ports of cards in a row are at one height.
    """
    packed = _packed(columns, bodies)
    lines = dict(packed)
    both = {item: links.left[item] + links.right[item] for item in packed}
    for there, back in ((links.left, links.right), (both, both), (both, both)):
        for column in columns:
            _fit(column, there, packed, bodies.pulls, lines)
        for column in reversed(columns):
            _fit(column, back, packed, bodies.pulls, lines)
    highest = min([lines[item] - bodies.anchors[item] for item in packed])
    for column in columns:
        slack = -inf
        for item in column:  # Whole pixels keep text sharp; rounding errors must not cost a gap.
            slack = max(slack, floor(lines[item] - packed[item] - highest + 0.5))
            tops[item] = start + packed[item] - bodies.anchors[item] + slack
    return max([tops[item] + bodies.sizes[item] for item in packed])


def _packed(columns: list[list[int]], bodies: _Bodies) -> dict[int, float]:
    """Return the anchor lines of items that stand as close below each other as allowed."""
    lines: dict[int, float] = {}
    for column in columns:
        bottom = -bodies.margins[column[0]]
        for item in column:
            top = bottom + bodies.margins[item]
            lines[item] = top + bodies.anchors[item]
            bottom = top + bodies.sizes[item] + bodies.margins[item]
    return lines


def _fit(
    column: list[int],
    near: Mapping[int, list[int]] | Sequence[list[int]],
    packed: dict[int, float],
    pulls: list[float],
    lines: dict[int, float],
) -> None:
    """Move a column's anchor lines to the mean of their neighbours', as far as there is room."""
    wants: list[float] = []
    weights: list[float] = []
    for item in column:
        others = near[item]
        count = len(others)
        if count > 1:
            line = sum([lines[other] for other in others]) / count
        else:
            line = lines[others[0] if count else item]
        wants.append(line - packed[item])
        weights.append(pulls[item] * count or _IDLE_PULL)
    for item, slack in zip(column, _pooled(wants, weights), strict=True):
        lines[item] = packed[item] + slack


def _pooled(wants: Sequence[float], weights: Iterable[float]) -> Iterator[float]:
    """Yield the ascending values with the least weighted squared distance to `wants`.

    Pool adjacent violators: Ayer et al. (1955), An empirical distribution function for sampling
    with incomplete information.
    """
    means: list[float] = []
    masses: list[float] = []
    counts: list[int] = []
    for mean, mass in zip(wants, weights, strict=True):
        count = 1
        while means and means[-1] > mean:
            other = masses.pop()
            mean = (mean * mass + means.pop() * other) / (mass + other)
            mass += other
            count += counts.pop()
        means.append(mean)
        masses.append(mass)
        counts.append(count)
    return (mean for mean, count in zip(means, counts, strict=True) for _ in range(count))


# ---------------------------------------------------------------- parts together


@dataclass(slots=True)
class _Drawing:
    """The parts of a graph, each drawn on its own, and where they stand together."""

    across: list[float]
    gap: tuple[float, float]
    room: Room | None
    tops: list[float]
    xs: list[float]
    parts: list[list[list[int]]]
    sizes: list[tuple[float, float]]

    @classmethod
    def of(cls, across: list[float], gap: tuple[float, float], room: Room | None) -> _Drawing:
        count = len(across)
        return cls(across, gap, room, [0.0] * count, [0.0] * count, [], [])

    def add(self, columns: list[list[int]], links: _Links, bodies: _Bodies) -> None:
        """Draw a part with its own corner at the origin."""
        bottom = _align(columns, links, bodies, self.tops, 0.0)
        widths = [max([self.across[item] for item in column]) for column in columns]
        starts = self._rows_of(columns, widths, links, bodies) if self.room else [0]
        ends = [*starts[1:], len(columns)]
        if len(starts) > 1:
            bottom = self._align_rows(columns, links, bodies, starts, ends)
        right = 0.0
        for start, end in zip(starts, ends, strict=True):
            x = 0.0
            for column, width in zip(columns[start:end], widths[start:end], strict=True):
                for item in column:
                    self.xs[item] = x
                right = max(right, x + width)
                x += width + self.gap[0]
        self.parts.append(columns)
        self.sizes.append((right, bottom))

    def _rows_of(
        self, columns: list[list[int]], widths: list[float], links: _Links, bodies: _Bodies
    ) -> list[int]:
        if self.room is None or len(columns) < 2:
            return [0]
        tops, sizes = self.tops, bodies.sizes
        extents = [
            (min([tops[i] for i in column]), max([tops[i] + sizes[i] for i in column]))
            for column in columns
        ]
        return fold(
            widths, extents, [_led(column, links) for column in columns], self.room, self.gap
        )

    def _align_rows(
        self,
        columns: list[list[int]],
        links: _Links,
        bodies: _Bodies,
        starts: list[int],
        ends: list[int],
    ) -> float:
        bottom = 0.0
        for start, end in zip(starts, ends, strict=True):
            row = columns[start:end]
            top = bottom + row_gap(self.gap[1], _led(columns[start - 1], links)) if start else 0.0
            bottom = _align(row, links.within(row), bodies, self.tops, top)
        return bottom

    def corners(self, count: int) -> tuple[list[float], list[float]]:
        """Return x and y of all items."""
        for (x, y), columns in zip(self._places(), self.parts, strict=True):
            for column in columns:
                for item in column:
                    self.xs[item] += x
                    self.tops[item] += y
        return self.xs[:count], self.tops[:count]

    def _places(self) -> list[Position]:
        if self.room is not None:
            return pack(self.sizes, self.room, self.gap[0])
        below, places = 0.0, list[Position]()
        for _, height in self.sizes:
            places.append((0.0, below))
            below += height + self.gap[1]
        return places


def _led(column: list[int], links: _Links) -> int:
    """Return how many edges lead on from a column; those that share a lane are one."""
    return sum([1 for item in column if links.right[item]])


# ---------------------------------------------------------------- pinned cards


def _by_column(
    positions: Mapping[str, Position], pins: Mapping[str, Position]
) -> Iterable[tuple[float, list[str]]]:
    """Group the cards that are not pinned by x, from top to bottom."""
    columns: dict[float, list[str]] = {}
    for name in sorted(positions, key=lambda name: positions[name][1]):
        if name not in pins:
            columns.setdefault(positions[name][0], []).append(name)
    return columns.items()


def _walls(
    x: float,
    column: Iterable[str],
    pins: Mapping[str, Position],
    boxes: Mapping[str, tuple[float, int]],
) -> list[tuple[float, float]]:
    """Return top and bottom, in whole pixels, of the pinned cards in a column, from the top."""
    end = x + max(boxes[name][0] for name in column)
    inside = ((n, y) for n, (at, y) in pins.items() if at < end and x < at + boxes[n][0])
    return sorted((floor(y), ceil(y) + boxes[name][1]) for name, y in inside)


def _below(walls: list[tuple[float, float]], top: float, size: float, gap: float) -> float:
    for wall_top, wall_bottom in walls:
        if top < wall_bottom and wall_top < top + size:
            top = wall_bottom + gap
    return top


def _around(
    pins: Mapping[str, Position],
    free: Mapping[str, Position],
    boxes: Mapping[str, tuple[float, int]],
    gap: float,
) -> dict[str, Position]:
    """Put pinned cards where they belong, and the others into the nearest room beside them."""
    places = {**free, **pins}
    for x, column in _by_column(free, pins):
        rooms = _rooms(_walls(x, column, pins, boxes), gap)
        if len(rooms) > 1:
            tops = [free[name][1] for name in column]
            fitted = _into_rooms(rooms, tops, [boxes[name][1] for name in column], gap)
            places.update((name, (x, top)) for name, top in zip(column, fitted, strict=True))
    return places


def _rooms(walls: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Return top and bottom of what is free between walls, `gap` away from them."""
    rooms: list[tuple[float, float]] = []
    top = -inf
    for wall_top, wall_bottom in walls:
        if wall_top - gap > top:
            rooms.append((top, wall_top - gap))
        top = max(top, wall_bottom + gap)
    return [*rooms, (top, inf)]


def _into_rooms(
    rooms: list[tuple[float, float]], tops: list[float], sizes: list[int], gap: float
) -> Iterator[float]:
    """Yield new tops: order stays, each card goes to the nearest room that still holds it."""
    first = 0
    for room, count in _shares(rooms, tops, sizes, gap):
        last = first + count
        yield from _in_room(room, tops[first:last], sizes[first:last], gap)
        first = last


def _shares(
    rooms: list[tuple[float, float]], tops: list[float], sizes: list[int], gap: float
) -> Iterator[tuple[tuple[float, float], int]]:
    """Yield the rooms, each with how many of the remaining cards it takes."""
    current, length, count = 0, 0.0, 0
    for top, size in zip(tops, sizes, strict=True):
        best = _nearest(rooms, current, length, top, size)
        while current < best:
            yield rooms[current], count
            current, length, count = current + 1, 0.0, 0
        length += size + gap
        count += 1
    yield rooms[current], count


def _nearest(
    rooms: list[tuple[float, float]], current: int, taken: float, top: float, size: int
) -> int:
    best, least = len(rooms) - 1, inf
    for index in range(current, len(rooms)):
        start, end = rooms[index]
        length = taken if index == current else 0.0
        if start + length + size <= end:
            distance = abs(max(start + length, min(top, end - size)) - top)
            if distance < least:
                best, least = index, distance
    return best


def _in_room(
    room: tuple[float, float], tops: list[float], sizes: list[int], gap: float
) -> Iterator[float]:
    packed = [0.0]
    for size in sizes:
        packed.append(packed[-1] + size + gap)
    start, end = room
    highest = end - packed[-1] + gap
    wants = [top - offset for top, offset in zip(tops, packed, strict=False)]
    for offset, slack in zip(packed, _pooled(wants, [1.0] * len(wants)), strict=False):
        yield offset + max(start, min(slack, highest))
