"""Real hosts in real browsers."""

import pytest

pytest.register_assert_rewrite("tests.hosts.canvas", "tests.hosts.lab")
