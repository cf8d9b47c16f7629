"""Two thousand people at work in notebooks: the long form of a unit test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.notebook.person import Person


@pytest.mark.stress
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("group", range(20))
def test_what_is_fresh_is_what_a_run_from_scratch_gives(group: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * group, 1100 + 100 * group):
        folder = tmp_path / str(seed)
        folder.mkdir()
        Person(seed, folder, f"person {seed}").work(15)
