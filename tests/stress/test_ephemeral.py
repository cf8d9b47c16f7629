"""Cells of graphs that keep nothing, run hundreds of times: the long form of a unit test."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.unit.notebook.conftest import shell  # noqa: F401 - the fixture
from tests.unit.trust.test_reruns import CELL, SHOWN, leaves_nothing


@pytest.mark.stress
@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", [CELL, SHOWN], ids=["bound", "shown"])
def test_t19_500_reruns_leave_nothing_and_take_no_longer(
    shell: InteractiveShell,  # noqa: F811 - the fixture
    cell: str,
) -> None:
    leaves_nothing(shell, cell, 500)
