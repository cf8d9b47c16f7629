"""Frames of polars: digested by column, stored as Arrow's IPC files."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, type_name


def _add_frame(value: Any, out: Encoding) -> None:
    """Names, types and cells; not how these lie in chunks, nor what is known of their order."""
    out.text(b"R", f"{type_name(value)} {value.shape}")
    for column in value.get_columns():
        _add_series(column, out)


def _add_series(value: Any, out: Encoding) -> None:
    out.text(b"r", f"{type_name(value)} {len(value)} {value.dtype!r}")
    out.add(value.name)
    if value.dtype.is_numeric() or value.dtype.is_temporal():
        if value.null_count():
            out.add(value.is_null().to_numpy())
        numbers = value.to_physical()
        if numbers.dtype.is_integer() or numbers.dtype.is_float():
            out.add(numbers.fill_null(0).to_numpy())
            return
    cells = value.to_list()
    out.several(b"o", cells, cells, len(cells))


def _write(kind: str, value: Any) -> tuple[str, bytes] | None:
    frame = value.to_frame() if kind == "series" else value
    if sys.modules["polars"].Object in frame.dtypes:
        return None
    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    return f"polars-{kind}", buffer.getvalue()


def _reader(kind: str) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        import polars  # noqa: PLC0415 - loaded already, or needed now

        frame = polars.read_ipc(io.BytesIO(data))
        return frame.to_series() if kind == "series" else frame

    return read


LIBRARY = Library(
    digests={("polars", "DataFrame"): _add_frame, ("polars", "Series"): _add_series},
    writers={
        ("polars", "DataFrame"): lambda value: _write("frame", value),
        ("polars", "Series"): lambda value: _write("series", value),
    },
    readers={"polars-frame": _reader("frame"), "polars-series": _reader("series")},
)
