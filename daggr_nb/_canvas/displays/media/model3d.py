"""A model in space, drawn in lines where its format is a simple one."""

from __future__ import annotations

from collections.abc import Callable

from daggr_nb._canvas.displays.rendering import Look, on_press
from daggr_nb._protocol.displays import FileInfo, ModelPreview


def model3d_look(summary: str, about: FileInfo, read: Callable[[], bytes]) -> Look:
    """Return the look of a file with a model."""
    preview = ModelPreview(summary=summary, data=[about], inline=True, on_press=on_press())
    return Look(preview, lambda width: (about["mime"], read()), lambda: (about["mime"], read()))
