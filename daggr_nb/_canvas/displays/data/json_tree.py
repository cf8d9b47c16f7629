"""Plain data as a tree that opens and closes."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import TreePreview


def json_tree_look(value: Any, _: ui.Component) -> Look:
    """Return the look of plain data that people open and close."""
    return data_look(value, TreePreview)
