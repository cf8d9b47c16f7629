"""Texts and plain data as they are; what is long is cut short until asked for."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

from daggr_nb._canvas.displays.jsonable import as_it_is, as_json, in_digits, shown
from daggr_nb._canvas.displays.rendering import INLINE, TEXT, Bytes, Look, kind
from daggr_nb._protocol.displays import (
    CodePreview,
    HtmlPreview,
    JsonPreview,
    LatexPreview,
    MarkdownPreview,
    TextPreview,
    TreePreview,
)
from daggr_nb._terminal import settled
from daggr_nb._text import digits, encoded

_COLOURS = re.compile("\x1b[\\[\\]]|\x9b")  # and what else terminals alone can read
TextKind = (
    type[TextPreview]
    | type[MarkdownPreview]
    | type[HtmlPreview]
    | type[CodePreview]
    | type[LatexPreview]
)


def text_look(value: str, kind_of_text: TextKind = TextPreview, summary: str = "") -> Look:
    """Return the look of a text."""
    said = settled(value) if kind_of_text is TextPreview and _COLOURS.search(value) else value
    short, inline = shortened(said), len(value) <= TEXT
    preview = kind_of_text(summary=summary or text_summary(len(value)), data=short, inline=inline)
    served = "text/html" if kind_of_text is HtmlPreview else "text/plain"
    return Look(preview, lambda width: (served, encoded(value)))


def shortened(text: str) -> str:
    """Return what a card shows of a text: all of it, or the beginning of a very long one."""
    return text if len(text) <= TEXT else text[: INLINE - 1] + "…"


def text_summary(length: int) -> str:
    """Return the caption of a text of so many characters."""
    return "text" if length < 80 else f"text, {length:,} characters"


def data_look(
    value: Any, kind_of_data: type[JsonPreview] | type[TreePreview] = JsonPreview
) -> Look:
    """Return the look of plain data."""
    if isinstance(value, float) and not math.isfinite(value):
        look = text_look({"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(value)], summary="float")
        return replace(look, file=lambda: ("text/plain", encoded(str(value))))
    long = type(value) is list and len(value) > INLINE  # as its text is, whatever is in it
    in_it = digits if isinstance(value, int) else in_digits  # alone, it is known by its kind
    plain = as_json(value[:50] if long else value, in_it)
    inline = not long and len(json.dumps(plain)) <= INLINE
    if not inline and isinstance(plain, (list, str)):
        plain = plain[:50]
    elif not inline:
        plain = shown(value, 2_000)
    count = len(value) if isinstance(value, (list, tuple, dict)) else None
    preview = kind_of_data(summary=kind(value), data=plain, inline=inline, count=count)
    return Look(
        preview,
        lambda width: ("application/json", json.dumps(as_json(value, as_it_is)).encode()),
        file=lambda: data_file(value),
    )


def data_file(value: Any) -> Bytes:
    """Return plain data as a file: JSON, in which NaN and infinities stand as Python has them."""
    plain = as_json(value, as_it_is, float)
    return "application/json", json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")


def repr_look(value: Any) -> Look:
    """Return the look of what is only known by its ``repr``."""
    preview = TextPreview(summary=kind(value), data=shown(value), inline=True)
    return Look(preview, lambda width: ("text/plain", encoded(shown(value, 5_000_000))))
