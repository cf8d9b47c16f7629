"""A strip of colours."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import data_file, data_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import PalettePreview
from daggr_nb._text import cut

_COLOURS = 256


def palette_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of colours as ``#rrggbb``, in a list or in lists of a list."""
    parts = list(value) if isinstance(value, (list, tuple)) else []
    colors = [
        color for part in parts for color in (part if isinstance(part, (list, tuple)) else [part])
    ]
    if not colors or not all(isinstance(c, str) and c.startswith("#") for c in colors):
        return None
    count = len(colors)
    preview = PalettePreview(
        summary=f"{count} colours",
        data=[cut(color, 30) for color in colors[:_COLOURS]],
        inline=True,
        count=count,
    )
    return Look(preview, data_look(value).content, file=lambda: data_file(value))
