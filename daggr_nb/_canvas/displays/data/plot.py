"""A figure of Matplotlib or Plotly, or a picture of one."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.data.plotly import plotly_look
from daggr_nb._canvas.displays.media.figure import figure_look
from daggr_nb._canvas.displays.media.media_file import image_look
from daggr_nb._canvas.displays.rendering import Look


def plot_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of a figure; nothing is drawn until asked for."""
    return drawn_look(value) or image_look(value)


def drawn_look(value: Any) -> Look | None:
    """Return the look of a figure that a library draws."""
    return figure_look(value) or plotly_look(value)
