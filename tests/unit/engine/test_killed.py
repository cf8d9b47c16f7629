"""The first kills of the stress test: what was reported before a ``kill -9`` is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")

from tests.stress.killing import killed


@pytest.mark.timeout(180)
def test_what_was_reported_as_succeeded_is_on_record(tmp_path: Path) -> None:
    assert killed(tmp_path, 3) > 3
