"""Identifiers: random or derived from content, never counted."""

from __future__ import annotations

import os
import random
import time
from typing import NamedTuple, NewType

NodeId = NewType("NodeId", str)
PortName = NewType("PortName", str)
RunId = NewType("RunId", str)
SheetId = NewType("SheetId", str)
Digest = NewType("Digest", str)


class PortRef(NamedTuple):
    """A port, named from outside its node."""

    node: NodeId
    port: str


_random = random.Random(os.urandom(16))  # one call to the system, not one for every id
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(16)))


def new_run_id() -> RunId:
    """Return a fresh id, 24 hex digits, that sorts by the time it was made (microseconds)."""
    return RunId(f"{time.time_ns() // 1000:014x}{_random.getrandbits(40):010x}")
