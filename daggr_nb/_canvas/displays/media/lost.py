"""What cannot be shown, with the reason."""

from __future__ import annotations

from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import LostPreview
from daggr_nb._text import encoded


def lost_look(why: str) -> Look:
    """Return the look of what cannot be shown, with the reason."""
    preview = LostPreview(summary="not there", data=why, inline=True)
    return Look(preview, lambda width: ("text/plain", encoded(why)))
