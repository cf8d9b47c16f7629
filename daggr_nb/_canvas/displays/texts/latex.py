"""A text that is formulas."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import text_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import LatexPreview


def latex_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of formulas."""
    return text_look(value, LatexPreview) if isinstance(value, str) else None
