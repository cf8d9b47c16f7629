"""How a value looks: its preview, and the bytes of it that a view may ask for.

Nothing heavy happens before somebody asks: a look holds functions, not bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from daggr_nb._canvas.displays.jsonable import as_json, shown
from daggr_nb._protocol.displays import Preview

INLINE = 10_000
"""Characters that travel with a card; longer texts are sent when somebody asks."""

Bytes = tuple[str, bytes]


@dataclass(frozen=True)
class Look:
    """What a card shows of a value before anybody asks, and what there is when they do.

    ``content`` gets the greatest width of a picture, in pixels; ``whole`` is what a person
    downloads, and ``rows`` a page of a table.
    """

    preview: Preview
    content: Callable[[int | None], Bytes]
    whole: Callable[[], Bytes] | None = None
    rows: Callable[[int, int], Any] | None = None


def text_look(value: str, mime: str = "text/plain", summary: str = "") -> Look:
    """Return the look of a text; a long one is cut short until asked for."""
    short = value if len(value) <= INLINE else value[: INLINE - 1] + "…"
    found = "text" if len(value) < 80 else f"text, {len(value):,} characters"
    preview = Preview(
        summary=summary or found,
        mime=mime,
        data=as_json(short),
        inline=len(short) == len(value),
    )
    served = "text/html" if mime == "text/html" else "text/plain"
    return Look(preview, lambda width: (served, value.encode("utf-8", "replace")))


def data_look(value: Any) -> Look:
    """Return the look of plain data."""
    if isinstance(value, float) and not math.isfinite(value):
        return text_look({"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(value)], summary="float")
    plain = as_json(value)
    inline = len(json.dumps(plain)) <= INLINE
    if not inline and isinstance(plain, (list, str)):
        plain = plain[:50]
    elif not inline:
        plain = shown(value, 2_000)
    count = len(value) if isinstance(value, (list, tuple, dict)) else None
    preview = Preview(
        summary=kind(value), mime="application/json", data=plain, inline=inline, count=count
    )
    return Look(preview, lambda width: ("application/json", json.dumps(as_json(value)).encode()))


def drawn_look(mime: str, data: Any, summary: str, value: Any, count: int | None = None) -> Look:
    """Return the look of something that is drawn from data which is small."""
    preview = Preview(summary=summary, mime=mime, data=as_json(data), inline=True, count=count)
    return Look(preview, data_look(value).content)


def kind(value: Any) -> str:
    """Return what a value is, in a word or two."""
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{type(value).__name__} {' × '.join(map(str, shape))}"
    return "nothing" if value is None else type(value).__name__


def plural(count: int, word: str) -> str:
    """Return a count with its word, ``1 item`` or ``2 items``."""
    return f"{count:,} {word}" + "s" * (count != 1)
