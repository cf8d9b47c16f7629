"""A text that is a program."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import text_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import CodePreview


def source_code_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of a program."""
    return text_look(value, CodePreview) if isinstance(value, str) else None
