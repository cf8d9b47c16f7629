"""Small tables for notebook cells."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

_CELL = "text-align:left;vertical-align:top;white-space:pre-wrap"


def cells(*texts: str) -> list[str]:
    """Return texts as cells of a row, escaped."""
    return [f'<td style="{_CELL}">{html.escape(text)}</td>' for text in texts]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of escaped cells."""
    head = "".join(f'<th style="{_CELL}">{html.escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
