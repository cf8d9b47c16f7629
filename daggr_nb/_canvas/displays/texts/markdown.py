"""A text that is Markdown."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import text_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import MarkdownPreview


def markdown_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of Markdown."""
    return text_look(value, MarkdownPreview) if isinstance(value, str) else None
