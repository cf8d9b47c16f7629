"""The cells that define a graph, run hundreds of times: the long form of a unit test."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.unit.notebook.conftest import shell  # noqa: F401 - the fixture
from tests.unit.notebook.test_reruns import grows_nothing


@pytest.mark.stress
@pytest.mark.timeout(600)
def test_hundreds_of_reruns_grow_nothing_and_lose_nothing(
    shell: InteractiveShell,  # noqa: F811 - the fixture
) -> None:
    grows_nothing(shell, 300)
