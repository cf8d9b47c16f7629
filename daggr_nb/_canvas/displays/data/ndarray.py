"""An array: shape, kind, range and a few values."""

from __future__ import annotations

import itertools
from typing import Any

from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import ArrayPreview
from daggr_nb._text import encoded

_VALUES = 24


def ndarray_look(value: Any) -> Look:
    """Return the look of an array."""
    shape = " × ".join(map(str, value.shape)) or "a single value"
    text = _values(value)
    ordered = value.size and value.dtype.kind in "iuf"
    preview = ArrayPreview(
        summary=f"{type(value).__name__} {shape}",
        data={
            "shape": shape,
            "dtype": str(value.dtype),
            "values": text,
            "min": _number(value.min()) if ordered else None,
            "max": _number(value.max()) if ordered else None,
        },
        inline=True,
    )
    return Look(preview, lambda most: ("text/plain", encoded(text)))


def _values(value: Any) -> str:
    flat = value.flat if hasattr(value, "flat") else value.reshape(-1)  # a matrix has no row of all
    parts = [_number(each) for each in itertools.islice(flat, _VALUES)]
    return ", ".join(parts) + (", …" if value.size > len(parts) else "")


def _number(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    return f"{plain:.5g}" if isinstance(plain, float) else shown(plain, 40)
