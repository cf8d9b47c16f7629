"""An array: shape, kind, range and a few values."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import operator
import sys
from typing import Any

from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._protocol.displays import ArrayPreview
from daggr_nb._text import encoded

_VALUES = 24
_ROWS, _COLUMNS = 8, 8  # of an array with several axes


def ndarray_look(value: Any) -> Look | None:
    """Return the look of an array, or of what behaves like one; ``None`` of all else."""
    if not all(hasattr(value, name) for name in ("dtype", "reshape", "shape")):
        return None
    text = _values(value)
    if text is None:
        return None
    shape = " × ".join(map(str, value.shape)) or "a single value"
    preview = ArrayPreview(
        summary=f"{type(value).__name__} {shape}",
        data={
            "shape": shape,
            "dtype": str(value.dtype),
            "values": text,
            "min": _extreme(value, "min"),
            "max": _extreme(value, "max"),
        },
        inline=True,
    )
    return Look(preview, lambda most: ("text/plain", encoded(text)), file=lambda: _file(value))


NPY = "application/x-npy"


def _file(value: Any) -> Bytes:
    """Return an array as a file of NumPy's, or as text where that has no form for it."""
    numpy: Any = sys.modules.get("numpy")
    with contextlib.suppress(Exception):  # other libraries' arrays may be anywhere, of any kind
        array = numpy.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        if type(array) is numpy.ndarray and not array.dtype.hasobject:
            buffer = io.BytesIO()
            numpy.save(buffer, array, allow_pickle=False)
            return NPY, buffer.getvalue()
    return "text/plain", encoded(shown(value.tolist() if hasattr(value, "tolist") else value, _ALL))


_ALL = 5_000_000  # characters


def _values(value: Any) -> str | None:
    """Return the first values, or ``None`` if the shape is none or they are not to be had."""
    try:
        shape = tuple(map(operator.index, value.shape))
        if len(shape) > 1 and all(shape):
            with contextlib.suppress(Exception):  # not everything has rows to take by their number
                return _rows(value, shape)
        count = math.prod(shape)
        # A matrix has no row of all.
        flat = value.flat if hasattr(value, "flat") else value.reshape(-1)
        parts = [_number(each) for each in itertools.islice(flat, min(_VALUES, count))]
    except Exception:  # noqa: BLE001 - whatever looks like an array need not be one
        return None
    return ", ".join(parts) + (", …" if count > len(parts) else "")


def _extreme(value: Any, name: str) -> str | None:
    """Return the least or the greatest value, of what has an order and knows."""
    if 0 in value.shape or getattr(value.dtype, "kind", "") not in tuple("iuf"):
        return None
    try:
        return _number(getattr(value, name)())
    except Exception:  # noqa: BLE001 - see above
        return None


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
    return "\n".join(lines + ["…"] * (math.prod(shape) > height * width or height > _ROWS))


def _number(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    return f"{plain:.5g}" if isinstance(plain, float) else shown(plain, 40)
