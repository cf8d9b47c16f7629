"""Texts made short, for tables, rows and reasons."""

from __future__ import annotations

from typing import Any

_LONGEST = 60


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, with an ellipsis if that is not all."""
    return text if len(text) <= most else text[: most - 1] + "…"


def brief(value: Any) -> str:
    """Return a value in one line of at most 60 characters."""
    return cut(" ".join((value if isinstance(value, str) else repr(value)).split()), _LONGEST)
