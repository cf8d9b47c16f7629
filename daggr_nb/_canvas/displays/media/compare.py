"""Two pictures, one over the other, with a handle between them."""

from __future__ import annotations

from typing import Any

from daggr_nb._canvas.displays.media.gallery import captions_look, captions_of, pictures_of
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import ComparePreview

_MIDDLE = 50


def compare_look(value: Any, component: Any) -> Look | None:
    """Return the look of a pair of pictures: before and after."""
    if not isinstance(value, (list, tuple)):
        return None
    position = component.slider_position
    preview = ComparePreview(
        summary="before and after",
        data={
            **captions_of(value),
            "position": position if isinstance(position, (int, float)) else _MIDDLE,
        },
        inline=True,
        items=pictures_of(value),
        count=len(value),
    )
    return Look(preview, captions_look(value).content)
