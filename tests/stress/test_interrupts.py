"""Ctrl-C at every instruction of what people do: nothing held, told too early, or half done.

Ctrl-C is pressed at each instruction of this package, the first time that the first act comes to
it. The times after, the other acts that come to it, and the instructions of libraries are too many:
some of them are drawn, always the same. A graph goes on after Ctrl-C as long as all is right, and
gives way to a new one when it has grown, as comparing takes longer then.
"""

from __future__ import annotations

import faulthandler
import itertools
import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.unit.trust.interrupting import Bench, Place, interrupt_in, places_of
from tests.unit.trust.test_store import ACTS

DRAWN = 500
"""Points of an act beside the instructions that no act before has come to."""
TRACES = 3
"""Acts that are looked at: what is cached takes another way than what is not."""
RENEW = 60
"""Points after which a new store is taken."""
MOST = 5
"""Points of a share at which something may be wrong before the rest of it is left out."""
PATIENCE = 60
"""Seconds after which an act hangs: its process says where, and ends."""
PROCESSES = 4
"""More than there may be processors: each waits for its threads half of the time."""

Point = tuple[Place, int]
"""An instruction, and for which time it is come to."""


def points_of(folder: Path, name: str) -> tuple[list[Point], list[Point]]:
    """Return the points of an act that are all tried, and those that some are drawn of."""
    bench = Bench(folder)
    before, act = bench.acts()[name]
    places: Counter[Place] = Counter()
    for _ in range(TRACES):
        before()
        places |= places_of(act)
    bench.graph.close()
    ours = [(place, 1) for place in places if place.is_ours]
    others = [
        (place, times)
        for place, count in places.items()
        for times in range(1 + place.is_ours, count + 1)
    ]
    return ours, others


def press_at(folder: Path, name: str, points: list[Point]) -> tuple[int, list[str]]:
    """Press at each of the points; return how many were come to, and what was wrong after."""
    pressed, faults = 0, list[str]()
    left = iter(points)
    for number in itertools.count():
        some = list(itertools.islice(left, RENEW))
        if not some or len(faults) >= MOST:
            return pressed, faults
        bench = Bench(folder / str(number))
        before, act = bench.acts()[name]
        for place, times in some:
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            try:
                before()
                pressed += interrupt_in(act, place, times)
                bench.check()
            except BaseException as error:  # noqa: BLE001 - told with the place
                faults.append(f"{place}, time {times}: {type(error).__name__}: {error}")
                break  # what is held may never be let go of
            finally:
                faulthandler.cancel_dump_traceback_later()
        else:
            bench.graph.run()
            bench.graph.close()
    raise AssertionError  # for the type checker: the loop has no end


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Processes whose main threads press Ctrl-C on themselves."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def pressed_before() -> set[Place]:
    """The instructions that former acts came to."""
    return set()


@pytest.mark.stress
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ACTS)
def test_ctrl_c_at_every_instruction(
    tmp_path: Path,
    name: str,
    pool: ProcessPoolExecutor,
    pressed_before: set[Place],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours, others = points_of(tmp_path / "first", name)
    again = [point for point in ours if point[0] in pressed_before]
    ours = [point for point in ours if point[0] not in pressed_before]
    pressed_before.update(place for place, _ in ours)
    others += again
    drawn = random.Random(name).sample(others, min(DRAWN, len(others)))
    points = [*ours, *drawn]
    shares = [points[number::PROCESSES] for number in range(PROCESSES)]
    folders = [tmp_path / f"share {number}" for number in range(PROCESSES)]
    answers = list(pool.map(press_at, folders, itertools.repeat(name), shares))
    pressed = sum(count for count, _ in answers)
    faults = [fault for _, some in answers for fault in some]
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{name}: all of {len(ours)} new instructions of this package and {len(drawn)} of "
            f"{len(others)} other points ({len(again)} pressed in another act); Ctrl-C came at "
            f"{pressed} of {len(points)}"
        )
    assert not faults, "\n".join(faults)
    assert pressed > 0.95 * len(points)
