"""A kernel killed at any moment loses at most what was in flight."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stress.killing import Kernel, Process, Worker, killed

KERNELS = 30
"""Kernels as notebooks have them; they take long to start."""
PROCESSES = 170


@pytest.mark.stress
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("start", "kills"), [(Kernel, KERNELS), (Process, PROCESSES)])
def test_what_was_reported_as_succeeded_is_on_record(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    start: Callable[[], Worker],
    kills: int,
) -> None:
    begin = time.monotonic()
    stood = killed(tmp_path, kills, start)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{kills} of {start.__name__} killed in {time.monotonic() - begin:.0f} s, {stood} "
            "reported records on record and equal"
        )
    assert stood > 10 * kills
