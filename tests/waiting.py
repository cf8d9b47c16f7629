"""Waiting for what another thread, a kernel or a page does: by looking again, not by guessing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

Pause = Callable[[float], object]
"""Lets seconds pass; what goes on in the meantime may end it early."""


def wait_for(
    look: Callable[[], Any], wanted: Any = True, pause: Pause = time.sleep, seconds: float = 10
) -> None:
    """Look until there is what is wanted; in the end assert that."""
    deadline = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < deadline:
        pause(0.05)
    assert seen == wanted
