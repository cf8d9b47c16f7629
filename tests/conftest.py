"""What all tests share: a store of their own, and how hard Hypothesis tries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The store fixture below is per test and applies to every test, so Hypothesis would object to all.
settings.register_profile(
    "here", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile(
    "ci", settings.get_profile("here"), derandomize=True, print_blob=True, max_examples=200
)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what a test records out of the person's own store."""
    folder = tmp_path / "store"
    monkeypatch.setenv("DAGGR_NB_HOME", str(folder))
    return folder
