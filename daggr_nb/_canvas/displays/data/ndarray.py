"""An array: shape, kind, range and a few values."""

from __future__ import annotations

import itertools
from typing import Any

from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import ArrayPreview
from daggr_nb._text import encoded

_VALUES = 24
_ROWS, _COLUMNS = 8, 8  # of an array with several axes


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
    shape = tuple(getattr(value, "shape", ()))
    if len(shape) > 1 and all(shape):
        return _rows(value, shape)
    flat = value.flat if hasattr(value, "flat") else value.reshape(-1)  # a matrix has no row of all
    parts = [_number(each) for each in itertools.islice(flat, _VALUES)]
    return ", ".join(parts) + (", …" if value.size > len(parts) else "")


def _rows(value: Any, shape: tuple[int, ...]) -> str:
    """Return the first rows of an array with several axes, in columns."""
    first = value[(0,) * (len(shape) - 2)]
    height, width = shape[-2:]
    cells = [
        [_number(first[row, column]) for column in range(min(width, _COLUMNS))]
        for row in range(min(height, _ROWS))
    ]
    wide = max(len(text) for row in cells for text in row)
    more = "  …" if width > _COLUMNS else ""
    lines = ["  ".join(text.rjust(wide) for text in row) + more for row in cells]
    return "\n".join(lines + ["…"] * (value.size > height * width or height > _ROWS))


def _number(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    return f"{plain:.5g}" if isinstance(plain, float) else shown(plain, 40)
