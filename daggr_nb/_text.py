"""Texts made short, for tables, rows and reasons; and made such that they can be sent."""

from __future__ import annotations

from typing import Any

_LONGEST = 60


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, with an ellipsis if that is not all."""
    return text if len(text) <= most else text[: most - 1] + "…"


def brief(value: Any) -> str:
    """Return a value in one line of at most 60 characters."""
    return cut(" ".join((value if isinstance(value, str) else repr(value)).split()), _LONGEST)


def clean(text: str) -> str:
    r"""Return a text that UTF-8 can say: half of a surrogate pair becomes a question mark.

    >>> clean("half \ud83d of a pair")
    'half ? of a pair'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return encoded(text).decode()
    return text


def encoded(text: str) -> bytes:
    """Return the bytes of a text, cleaned."""
    return text.encode("utf-8", "replace")
