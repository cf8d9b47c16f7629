"""A figure of Matplotlib, which is drawn as a picture when somebody asks."""

from __future__ import annotations

import io
from typing import Any

from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._protocol.displays import ImagePreview
from daggr_nb._provenance.values.matplotlib import DRAWING

_DPI = 150


def figure_look(value: Any) -> Look | None:
    """Return the look of a figure of Matplotlib, ``None`` for what is none."""
    figure = getattr(value, "figure", value)  # an axes belongs to one
    if not callable(getattr(figure, "savefig", None)) or not hasattr(figure, "axes"):
        return None
    with DRAWING:  # which changes the size for a moment
        width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
    preview = ImagePreview(summary=f"Figure {width} × {height}")
    return Look(preview, lambda most: _saved(figure, "png"), lambda: _saved(figure, "svg"))


def _saved(figure: Any, form: str) -> Bytes:
    buffer = io.BytesIO()
    with DRAWING:
        figure.savefig(buffer, format=form, dpi=_DPI, bbox_inches="tight")
    return {"png": "image/png", "svg": "image/svg+xml"}[form], buffer.getvalue()
