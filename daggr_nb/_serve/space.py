"""A server on a Hugging Face Space: under which name it is reached, and whose page frames it.

The Hub sets these variables in the container of a Space. Who may open it is decided there: the Hub
lets nobody else reach a private one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

_HUB = ("https://huggingface.co",)


@dataclass(frozen=True)
class Space:
    """Where a Space is served: its own name, and the origins of the pages that show it."""

    host: str
    frames: tuple[str, ...] = _HUB


def this_space(environment: Mapping[str, str] = os.environ) -> Space | None:
    """Return the Space that this process is the app of, if it is one."""
    host = environment.get("SPACE_HOST", "").strip().lower()
    return Space(host) if host and environment.get("SPACE_ID") else None
