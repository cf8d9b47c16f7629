"""How long the browser's side of a widget lives."""

from __future__ import annotations

import sys


def belong_to_cells() -> bool:
    """Whether the host closes a model when the cell that made it runs again: marimo does."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())
