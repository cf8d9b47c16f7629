"""Ctrl-C at every instruction of what people do: nothing held, told too early, or half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.trust.interrupting import Bench, count_instructions, interrupt_at, sample
from tests.unit.trust.test_store import ACTS

POINTS = 6000
"""Instructions of an act at most; the few that have more are long loops over what is exported."""
RENEW = 100
"""Points after which a new store is taken: one that has grown takes long to compare."""


@pytest.mark.stress
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ACTS)
def test_ctrl_c_at_every_instruction(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path / "first")
    before, act = bench.acts()[name]
    before()
    points = list(sample(count_instructions(act), POINTS))
    for number, index in enumerate(points):
        if number % RENEW == 0:
            bench.graph.close()
            bench = Bench(tmp_path / str(number))
            before, act = bench.acts()[name]
        before()
        interrupt_at(act, index)
        bench.check()
    bench.graph.run()
    bench.graph.close()
