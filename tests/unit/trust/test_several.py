"""Four processes on one store lose nothing of each other; `make stress` has more of it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.trust.several import together

SECONDS = 10


def test_t05_t12_t17_four_processes_on_one_store_lose_nothing(tmp_path: Path) -> None:
    counts = together(tmp_path, SECONDS)
    assert len(counts) == 7
