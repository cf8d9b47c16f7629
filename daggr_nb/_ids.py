"""Identifiers: random or derived from content, never counted."""

from __future__ import annotations

import os
import time
from typing import NewType

NodeId = NewType("NodeId", str)
PortName = NewType("PortName", str)
RunId = NewType("RunId", str)
SheetId = NewType("SheetId", str)
Digest = NewType("Digest", str)


def new_run_id() -> RunId:
    """Return a fresh id, 24 hex digits, that sorts by the time it was made (microseconds)."""
    return RunId(f"{time.time_ns() // 1000:014x}{os.urandom(5).hex()}")
