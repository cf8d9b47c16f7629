"""A figure of Plotly, which the library's own script draws in the browser."""

from __future__ import annotations

from typing import Any

from daggr_nb._canvas.displays.rendering import Look, on_press
from daggr_nb._protocol.displays import PlotlyPreview
from daggr_nb._text import encoded
from daggr_nb.errors import DaggrError


def plotly_look(value: Any) -> Look | None:
    """Return the look of a figure of Plotly, ``None`` for what is none."""
    if not callable(getattr(value, "to_plotly_json", None)) or not hasattr(value, "to_json"):
        return None
    height = getattr(getattr(value, "layout", None), "height", None)
    preview = PlotlyPreview(summary="Plotly figure", data={"height": height}, on_press=on_press())
    return Look(preview, lambda most: (preview.mime, encoded(str(value.to_json()))))


def plotly_js() -> bytes:
    """Return the script that draws Plotly's figures, from the library that is installed."""
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - optional and heavy
    except ImportError as error:
        raise DaggrError("Plotly is not installed in the kernel: pip install plotly.") from error
    return str(get_plotlyjs()).encode()
