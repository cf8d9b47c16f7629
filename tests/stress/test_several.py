"""Four processes on one store for a minute: no errors, no lost edits, nothing dangling."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.trust.several import together

SECONDS = 60


@pytest.mark.stress
@pytest.mark.timeout(600)
def test_four_processes_on_one_store_lose_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = together(tmp_path, SECONDS)
    with capsys.disabled():
        print(f"\n{sum(counts.values())} acts in {SECONDS} s: {counts}")  # noqa: T201
    assert len(counts) == 7
