"""A kernel killed at any moment loses at most what was in flight."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stress.killing import killed

KILLS = 200


@pytest.mark.stress
@pytest.mark.timeout(3600)
def test_what_was_reported_as_succeeded_is_on_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stood = killed(tmp_path, KILLS)
    with capsys.disabled():
        print(f"\n{KILLS} kernels killed, {stood} reported records on record and equal")  # noqa: T201
    assert stood > 10 * KILLS
