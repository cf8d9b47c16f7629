"""Small tables for notebook cells."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

_LONGEST = 60
_CELL = "text-align:left;vertical-align:top;white-space:pre-wrap"


def brief(value: Any) -> str:
    """Return a value in one line of at most 60 characters."""
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def cells(*texts: str) -> list[str]:
    """Return texts as cells of a row, escaped."""
    return [f'<td style="{_CELL}">{html.escape(text)}</td>' for text in texts]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of escaped cells."""
    head = "".join(f'<th style="{_CELL}">{html.escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
