"""A hundred people at work: what is fresh is right, and nothing runs that need not."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("IPython")
from tests.unit.notebook.person import Person


@pytest.mark.parametrize("group", range(10))
def test_what_is_fresh_is_what_a_run_from_scratch_gives(group: int, tmp_path: Path) -> None:
    for seed in range(10 * group, 10 * group + 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        Person(seed, folder, f"person {seed}").work(12)
