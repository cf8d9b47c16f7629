"""A value as bytes, in one piece, in several, or on disk already."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Draft:
    """A value that is on disk already, waiting for its key."""

    path: pathlib.Path
    size: int


Chunks = tuple[Any, ...]
"""A large value as buffers in a row, not yet copied from where they are."""
Blob = bytes | Chunks | Draft
