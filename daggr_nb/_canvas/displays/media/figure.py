"""A figure of Matplotlib, which is drawn as a picture when somebody asks."""

from __future__ import annotations

import io
import pickle
import sys
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
        _copy(figure).savefig(buffer, format=form, dpi=_DPI, bbox_inches="tight")
    return {"png": "image/png", "svg": "image/svg+xml"}[form], buffer.getvalue()


def _copy(figure: Any) -> Any:
    """Return a figure to draw in the place of one that a cell may be drawing: drawing changes it.

    One that cannot be copied is drawn itself, and so is one that pyplot holds: it would hold the
    copy, too, and show both.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and getattr(figure, "number", None) in pyplot.get_fignums():
        return figure
    try:
        return pickle.loads(pickle.dumps(figure))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - what hangs on a figure may be anybody's
        return figure
