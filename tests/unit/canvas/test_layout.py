from __future__ import annotations

import doctest
import random
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb._canvas.layout import layout as module
from daggr_nb._canvas.layout import packing
from daggr_nb._canvas.layout.layout import (
    Position,
    _crossings,
    _inversions,
    _Links,
    _pooled,
    _rows,
    _saved,
    layout,
    reflow,
)

WIDTH, GAP_X, GAP_Y = 268, 54, 32
Edges = list[tuple[str, str]]
Drawing = tuple[dict[str, float], Edges]


@st.composite
def drawings(draw: st.DrawFn, max_nodes: int = 24) -> Drawing:
    """Draw heights and edges of an acyclic graph whose nodes were added in any order."""
    count = draw(st.integers(0, max_nodes))
    names = [f"n{number}" for number in range(count)]
    height = st.integers(1, 600) | st.floats(0.5, 600)
    heights = {name: draw(height) for name in draw(st.permutations(names))}
    if count < 2:
        return heights, []
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(pair, max_size=2 * count))
    return heights, [(names[min(p)], names[max(p)]) for p in pairs if p[0] != p[1]]


@st.composite
def pinned_drawings(draw: st.DrawFn) -> tuple[Drawing, dict[str, Position]]:
    heights, edges = draw(drawings(12))
    names = draw(st.sets(st.sampled_from(sorted(heights)))) if heights else set()
    length = st.integers(-400, 1600) | st.floats(-400, 1600)
    at = st.tuples(length, length)
    return (heights, edges), {name: draw(at) for name in sorted(names)}


def overlapping(
    places: dict[str, Position], heights: dict[str, float], gap: float = 0
) -> list[tuple[str, str]]:
    """Name the pairs of cards that overlap or are less than `gap` above each other."""

    def apart(a: str, b: str) -> bool:
        (ax, ay), (bx, by) = places[a], places[b]
        above = ay + heights[a] + gap <= by or by + heights[b] + gap <= ay
        return above or ax + WIDTH <= bx or bx + WIDTH <= ax

    return [(a, b) for a, b in combinations(places, 2) if not apart(a, b)]


def anchors(places: dict[str, Position], heights: dict[str, float]) -> dict[str, float]:
    return {name: y + min(heights[name] / 2, 90) for name, (_, y) in places.items()}


def crossings(places: dict[str, Position], edges: Edges) -> int:
    """Count crossings of edges that lead from one column to the next."""

    def cross(one: tuple[str, str], other: tuple[str, str]) -> bool:
        (a, b), (c, d) = one, other
        above = (places[a][1] - places[c][1]) * (places[b][1] - places[d][1]) < 0
        return places[a][0] == places[c][0] and above

    return sum(cross(one, other) for one, other in combinations(set(edges), 2))


def size_of(places: dict[str, Position], heights: dict[str, float]) -> tuple[float, float]:
    right = max((x + WIDTH for x, _ in places.values()), default=0)
    return right, max((y + heights[name] for name, (_, y) in places.items()), default=0)


ROOMS = st.builds(packing.Room, st.integers(300, 2000), st.integers(200, 1200))

# ---------------------------------------------------------------- what always holds


@given(drawings())
def test_cards_of_a_column_are_a_gap_apart(drawing: Drawing) -> None:
    heights, edges = drawing
    assert overlapping(layout(heights, edges), heights, gap=GAP_Y) == []


@given(drawings())
def test_every_node_is_placed_in_the_order_it_was_added(drawing: Drawing) -> None:
    heights, edges = drawing
    assert list(layout(heights, edges)) == list(heights)


@given(drawings())
def test_edges_run_right_with_room_for_the_gap(drawing: Drawing) -> None:
    heights, edges = drawing
    places = layout(heights, edges)
    for source, target in edges:
        assert places[target][0] >= places[source][0] + WIDTH + GAP_X


@given(drawings())
def test_the_same_graph_is_always_drawn_the_same(drawing: Drawing) -> None:
    heights, edges = drawing
    assert layout(heights, edges) == layout(dict(heights), [*edges, *edges])


@given(drawings())
def test_the_drawing_begins_at_the_origin(drawing: Drawing) -> None:
    heights, edges = drawing
    places = layout(heights, edges).values()
    assert min((x for x, _ in places), default=0) == 0
    assert min((y for _, y in places), default=0) == 0


@given(drawings())
def test_cards_stand_on_whole_pixels(drawing: Drawing) -> None:
    heights, edges = drawing
    assert all(x.is_integer() and y.is_integer() for x, y in layout(heights, edges).values())


@given(drawings(12), drawings(12))
def test_parts_stand_below_each_other(upper: Drawing, lower: Drawing) -> None:
    heights = upper[0] | {f"other {name}": height for name, height in lower[0].items()}
    others = [(f"other {source}", f"other {target}") for source, target in lower[1]]
    places = layout(heights, upper[1] + others)
    bottom = max((places[name][1] + heights[name] for name in upper[0]), default=-GAP_Y)
    top = min((places[f"other {name}"][1] for name in lower[0]), default=bottom + GAP_Y)
    assert top >= bottom + GAP_Y


@given(drawings(), ROOMS)
def test_cards_are_a_gap_apart_in_a_room_too(drawing: Drawing, room: packing.Room) -> None:
    heights, edges = drawing
    assert overlapping(layout(heights, edges, room=room), heights, gap=GAP_Y) == []


@given(drawings(), ROOMS)
def test_a_room_never_makes_a_connected_drawing_smaller(
    drawing: Drawing, room: packing.Room
) -> None:
    heights, edges = drawing
    names = list(heights)
    edges = edges + list(pairwise(names))
    edges = [(a, b) for a, b in edges if names.index(a) < names.index(b)]
    with_room, without = layout(heights, edges, room=room), layout(heights, edges)
    zoomed = [room.zoom(*size_of(places, heights)) for places in (with_room, without)]
    assert zoomed[0] >= zoomed[1]


@given(drawings(), ROOMS, st.data())
def test_wide_cards_push_aside_what_is_beside_them(
    drawing: Drawing, room: packing.Room, data: st.DataObject
) -> None:
    heights, edges = drawing
    widths = {name: data.draw(st.integers(200, 900)) for name in heights}
    places = layout(heights, edges, widths=widths, room=data.draw(st.none() | st.just(room)))
    for a, b in combinations(places, 2):
        (ax, ay), (bx, by) = places[a], places[b]
        beside = ax + widths[a] + GAP_X <= bx or bx + widths[b] + GAP_X <= ax
        assert beside or ay + heights[a] + GAP_Y <= by or by + heights[b] + GAP_Y <= ay


@given(pinned_drawings())
def test_pins_are_kept_and_other_cards_avoid_them(
    pinned_drawing: tuple[Drawing, dict[str, Position]],
) -> None:
    (heights, edges), pins = pinned_drawing
    places = layout(heights, edges, pinned=pins)
    assert list(places) == list(heights)
    assert {name: places[name] for name in pins} == pins
    assert [pair for pair in overlapping(places, heights, GAP_Y) if not {*pair} <= {*pins}] == []


@given(drawings())
def test_pins_where_cards_stand_anyway_change_nothing(drawing: Drawing) -> None:
    heights, edges = drawing
    places = layout(heights, edges)
    assert layout(heights, edges, pinned=dict(list(places.items())[::2])) == places


@given(drawings(), st.data())
def test_reflow_moves_only_cards_below_taller_ones(drawing: Drawing, data: st.DataObject) -> None:
    heights, edges = drawing
    before = layout(heights, edges)
    real = {name: data.draw(st.floats(0.5, 900)) for name in heights}
    moved = reflow(before, real)
    assert overlapping(before | moved, real) == []
    for name, (x, y) in moved.items():
        above = [
            other for other, place in before.items() if place[0] == x and place[1] < before[name][1]
        ]
        assert x == before[name][0]
        assert y > before[name][1]
        assert any(real[other] > heights[other] for other in above)


@given(drawings())
def test_reflow_moves_nothing_when_no_card_is_taller(drawing: Drawing) -> None:
    heights, edges = drawing
    places = layout(heights, edges)
    assert reflow(places, heights) == {}
    assert reflow(places, dict.fromkeys(heights, 0.5)) == {}


@given(pinned_drawings(), st.data())
def test_reflow_never_moves_or_covers_pinned_cards(
    pinned_drawing: tuple[Drawing, dict[str, Position]], data: st.DataObject
) -> None:
    (heights, edges), pins = pinned_drawing
    before = layout(heights, edges, pinned=pins)
    real = {name: data.draw(st.floats(0.5, 900)) for name in heights}
    moved = reflow(before, real, pinned=list(pins))
    assert not moved.keys() & pins.keys()
    assert reflow(before, heights, pinned=list(pins)) == {}
    assert [p for p in overlapping(before | moved, real) if not {*p} <= {*pins}] == []


# ---------------------------------------------------------------- examples


def test_no_nodes_need_no_places() -> None:
    assert layout({}, []) == {}
    assert reflow({}, {}) == {}


def test_one_node_stands_at_the_origin() -> None:
    assert layout({"a": 123.4}, []) == {"a": (0, 0)}


def test_unconnected_nodes_stand_below_each_other_as_they_were_added() -> None:
    assert layout({"b": 100, "a": 50, "c": 10}, []) == {"b": (0, 0), "a": (0, 132), "c": (0, 214)}


def test_a_chain_is_straight_where_ports_begin() -> None:
    heights = {"a": 300.0, "b": 60.0, "c": 180.0, "d": 1000.0}
    places = layout(heights, [("a", "b"), ("b", "c"), ("c", "d")])
    assert set(anchors(places, heights).values()) == {90}
    assert [x for x, _ in places.values()] == [0, 322, 644, 966]


def test_a_long_chain_folds_into_rows_that_are_read_like_lines() -> None:
    names = "abcdefgh"
    heights = dict.fromkeys(names, 150.0)
    places = layout(heights, list(pairwise(names)), room=packing.Room(900, 600))
    rows: dict[float, list[float]] = {}
    for x, y in places.values():
        rows.setdefault(y, []).append(x)
    assert list(rows.values()) == [[0, 322, 644], [0, 322, 644], [0, 322]]


def test_parts_stand_in_a_grid() -> None:
    places = layout(dict.fromkeys("abcdef", 100.0), [], room=packing.Room(1000, 500))
    assert {x for x, _ in places.values()} == {0, 322, 644}
    assert len({y for _, y in places.values()}) == 2


def test_a_graph_that_fits_stays_as_it_is() -> None:
    heights = dict.fromkeys("abc", 100.0)
    edges = [("a", "b"), ("b", "c")]
    assert layout(heights, edges, room=packing.Room(900, 600)) == layout(heights, edges)


def test_a_diamond_is_symmetric() -> None:
    heights = dict.fromkeys("abcd", 100.0)
    places = layout(heights, [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
    assert places["a"][1] == places["d"][1] == 66
    assert (places["b"], places["c"]) == ((322, 0), (322, 132))


def test_edges_that_need_not_cross_do_not() -> None:
    edges = [("a", "3"), ("a", "1"), ("b", "1"), ("c", "4"), ("c", "2"), ("b", "4"), ("d", "2")]
    heights = dict.fromkeys("abcd1234", 80.0)
    assert crossings(layout(heights, edges), edges) == 0


def test_crossings_of_a_full_bipartite_graph_are_counted() -> None:
    columns = [[0, 1, 2], [3, 4, 5]]
    links = _Links.none(6)
    for source, target in product(*columns):
        links.connect(source, target)
    assert _crossings(columns, links, _rows(columns)) == 9


@given(st.lists(st.integers(0, 9)))
def test_inversions_are_pairs_in_falling_order(values: list[int]) -> None:
    assert _inversions(values, 10) == sum(a > b for a, b in combinations(values, 2))


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_a_swap_saves_the_difference_in_inversions(upper: list[int], lower: list[int]) -> None:
    upper, lower = sorted(upper), sorted(lower)
    before = _inversions(upper + lower, 10)
    assert _saved(upper, lower) == before - _inversions(lower + upper, 10)


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(1, 9)), max_size=12))
def test_pooling_gives_the_isotonic_regression(items: list[tuple[int, int]]) -> None:
    """Against the min-max formula, which says the same in cubic time."""
    wants, weights = [float(want) for want, _ in items], [float(weight) for _, weight in items]

    def mean(first: int, last: int) -> float:
        part = range(first, last + 1)
        return sum(wants[i] * weights[i] for i in part) / sum(weights[i] for i in part)

    count = range(len(items))
    expected = [max(min(mean(s, t) for t in count[i:]) for s in count[: i + 1]) for i in count]
    assert list(_pooled(wants, weights)) == pytest.approx(expected)


def test_sources_stand_beside_their_users() -> None:
    heights = dict.fromkeys(["a", "b", "c", "d", "late", "style"], 100.0)
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("late", "style"), ("style", "d")]
    places = layout(heights, edges)
    assert places["style"][0] == places["c"][0]
    assert places["late"][0] == places["b"][0]


def test_a_long_edge_gets_room_between_the_cards_it_passes() -> None:
    heights = dict.fromkeys(["start", "up", "mid", "down", "u", "end", "d"], 100.0)
    edges = [("start", "up"), ("start", "mid"), ("start", "down"), ("start", "end")]
    places = layout(heights, [*edges, ("up", "u"), ("mid", "end"), ("down", "d")])
    up, mid, down = (places[name][1] for name in ("up", "mid", "down"))
    assert max(mid - up, down - mid) > 100 + GAP_Y
    assert min(mid - up, down - mid) >= 100 + GAP_Y


def test_a_new_node_leaves_the_order_of_the_others() -> None:
    heights = {f"{column}{row}": 100.0 for column in "abc" for row in range(4)}
    edges = [(f"{a}{row}", f"{b}{row}") for a, b in ("ab", "bc") for row in range(4)]
    before = layout(heights, edges)
    after = layout({**heights, "new": 100.0}, [*edges, ("b1", "new")])
    for column in "abc":
        names = [f"{column}{row}" for row in range(4)]
        assert sorted(names, key=lambda name: after[name]) == names
        assert sorted(names, key=lambda name: before[name]) == names


def grown(count: int, seed: int) -> tuple[Drawing, Drawing]:
    """A random graph, and the same with one node more."""
    pick = random.Random(seed)
    heights = {f"n{i}": float(pick.choice([120, 160, 220, 300])) for i in range(count)}
    edges = [(f"n{pick.randrange(max(0, i - 12), i)}", f"n{i}") for i in range(1, count)]
    more = {**heights, "new": 160.0}, [*edges, (f"n{pick.randrange(count)}", "new")]
    return (heights, edges), more


@pytest.mark.parametrize("count", [50, 200])
def test_one_more_node_leaves_columns_and_orders_and_most_cards_where_they_were(
    count: int,
) -> None:
    """Measured: no pair of a column changes its order, 1 card in 400 moves more than 200 px."""
    swapped = pairs = far = cards = 0
    for seed in range(8):
        former, now = grown(count, seed)
        before = layout(*former)
        after = layout(*now, before=before)
        assert overlapping(after, now[0]) == []
        assert all(before[name][0] == after[name][0] for name in before)
        cards += count
        far += sum(abs(before[name][1] - after[name][1]) > 200 for name in before)
        for a, b in combinations(before, 2):
            if before[a][0] == before[b][0]:
                pairs += 1
                swapped += (before[a][1] < before[b][1]) != (after[a][1] < after[b][1])
    assert swapped / pairs < 0.02
    assert far / cards < 0.05


def test_a_known_drawing_is_kept_as_it_is() -> None:
    for seed in range(8):
        former, _ = grown(60, seed)
        before = layout(*former)
        assert layout(*former, before=before) == before


def test_rounding_to_pixels_keeps_the_gap() -> None:
    heights = {"a": 1.0, "b": 2.0, "c": 1.0, "d": 2.0, "e": 56.0}
    edges = [("d", "e"), ("b", "e"), ("c", "d"), ("a", "d")]
    assert overlapping(layout(heights, edges), heights, gap=GAP_Y) == []


def test_edges_given_twice_count_once() -> None:
    heights = dict.fromkeys("abc", 100.0)
    once = [("a", "b"), ("a", "c")]
    assert layout(heights, once) == layout(heights, [*once, ("a", "c"), ("a", "c")])


@pytest.mark.parametrize(
    ("edges", "named"),
    [
        ([("a", "a")], "'a' → 'a'"),
        ([("a", "b"), ("b", "a")], "'a' → 'b' → 'a'"),
        ([("d", "c"), ("c", "b"), ("b", "c"), ("b", "a")], "'b' → 'c' → 'b'"),
    ],
)
def test_a_cycle_is_refused_and_shown(edges: Edges, named: str) -> None:
    with pytest.raises(ValueError, match=f"cycle, but {named} is one"):
        layout(dict.fromkeys("abcd", 100.0), edges)


@pytest.mark.parametrize("edge", [("a", "ghost"), ("ghost", "a")])
def test_an_edge_to_an_unknown_node_is_refused(edge: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="needs a height for 'ghost'"):
        layout({"a": 100}, [edge])


def test_pins_of_removed_nodes_are_ignored() -> None:
    assert layout({"a": 100}, [], pinned={"gone": (5, 5)}) == {"a": (0, 0)}


def test_a_card_gives_way_to_a_pinned_one_to_the_nearer_side() -> None:
    heights = {"a": 100, "b": 100, "c": 100}
    assert layout(heights, [], pinned={"b": (10, 122)})["a"] == (0, -10)
    assert layout(heights, [], pinned={"b": (-10, 142)})["c"] == (0, 274)


def test_a_pinned_card_elsewhere_moves_nobody() -> None:
    heights = {"a": 100, "b": 100}
    places = layout(heights, [("a", "b")], pinned={"a": (-500, 7)})
    assert places == {"a": (-500, 7), "b": (322, 0)}


def test_reflow_uses_up_free_room_before_it_moves_cards() -> None:
    before = {"a": (0, 0), "b": (0, 400), "c": (0, 532)}
    assert reflow(before, {"a": 368, "b": 100, "c": 100}) == {}
    assert reflow(before, {"a": 380, "b": 100, "c": 100}) == {"b": (0, 412), "c": (0, 544)}


def test_reflow_passes_pinned_cards() -> None:
    before = {"a": (0, 0), "b": (0, 132), "pin": (100, 264)}
    heights = {"a": 140, "b": 100, "pin": 50}
    assert reflow(before, heights, pinned={"pin"}) == {"b": (0, 346)}


def test_the_examples_in_the_docstrings_run() -> None:
    assert not doctest.testmod(packing).failed
    assert doctest.testmod(module).failed == 0
