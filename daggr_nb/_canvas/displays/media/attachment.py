"""A file that a browser does not show, to download."""

from __future__ import annotations

from collections.abc import Callable

from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import FileInfo, FilesPreview


def attachment_look(summary: str, about: FileInfo, read: Callable[[], bytes]) -> Look:
    """Return the look of one file that a browser does not show."""
    preview = FilesPreview(summary=summary, data=[about], inline=True)
    return Look(preview, lambda width: (about["mime"], read()), lambda: (about["mime"], read()))
