"""How tables and arrays look: a page of rows at a time."""

from __future__ import annotations

import math
from typing import Any

from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import Preview

TABLE = "application/x-daggr-table"
ARRAY = "application/x-daggr-array"
_FIRST = 20  # rows that travel with a card
_COLUMNS = 100
_LONGEST = 200  # characters of a cell
_KINDS = {
    "i": "whole number",
    "u": "whole number",
    "f": "number",
    "c": "complex",
    "b": "true or false",
    "M": "moment",
    "m": "duration",
}


def is_frame(value: Any) -> bool:
    """Whether a value is a pandas frame, or behaves like one."""
    return all(hasattr(value, name) for name in ("columns", "iloc", "dtypes", "index"))


def frame_look(frame: Any) -> Look:
    """Return the look of a frame: its columns, and its first rows."""
    rows, width = frame.shape
    columns = [
        {"name": str(name), "kind": _kind(dtype), "type": str(dtype)}
        for name, dtype in list(zip(frame.columns, frame.dtypes, strict=True))[:_COLUMNS]
    ]
    data = {"columns": columns, "hidden": max(0, width - _COLUMNS), **page(frame, 0, _FIRST)}
    summary = f"{rows:,} × {width}"
    return Look(
        Preview(summary=summary, mime=TABLE, data=data, inline=True, count=rows),
        lambda most: ("text/csv", frame.to_csv(index=False).encode()),
        lambda: ("text/csv", frame.to_csv(index=False).encode()),
        lambda start, stop: page(frame, start, stop),
    )


def page(frame: Any, start: int, stop: int) -> dict[str, Any]:
    """Return some rows as JSON: ``{"start": 0, "index": [...], "rows": [[cell, ...], ...]}``.

    A cell that JSON cannot say is ``{"is": "NaN"}``, so that it is told from a text.
    """
    part = frame.iloc[start:stop, :_COLUMNS]
    columns = [_cells(part.iloc[:, i]) for i in range(part.shape[1])]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"start": start, "index": [str(i)[:_LONGEST] for i in part.index], "rows": rows}


def _cells(column: Any) -> list[Any]:
    """Return the cells of a column; what is NaN among texts is a text that is missing."""
    missing = {"is": "missing"}
    texts = str(column.dtype) in ("str", "string")
    return [missing if texts and value != value else cell(value) for value in column]


def cell(value: Any) -> Any:
    """Return one cell as JSON."""
    if value is None:
        return {"is": "None"}
    if isinstance(value, (bool, str)):
        return value[:_LONGEST] if isinstance(value, str) else value
    made = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
    if isinstance(made, float) and not math.isfinite(made):
        return {"is": {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(made)]}
    if isinstance(made, (bool, int, float)):
        return made if abs(made) <= 2**53 else str(made)
    name = str(type(value).__name__)
    if name in ("NaTType", "NAType"):
        return {"is": "NaT" if name == "NaTType" else "missing"}
    text = str(value) if hasattr(value, "isoformat") else shown(value, _LONGEST)
    return text[:_LONGEST]


def _kind(dtype: Any) -> str:
    return _KINDS.get(getattr(dtype, "kind", "O"), "text")


def rows_look(rows: list[Any]) -> Look | None:
    """Return the look of a list of rows, without a library."""
    flat = all(isinstance(row, (list, tuple)) for row in rows)
    width = max((len(row) for row in rows), default=0) if flat else 0
    if not rows or not flat or not width:
        return None

    def part(start: int, stop: int) -> dict[str, Any]:
        found = [[cell(v) for v in row] + [None] * (width - len(row)) for row in rows[start:stop]]
        index = [str(i) for i in range(start, start + len(found))]
        return {"start": start, "index": index, "rows": found}

    columns = [{"name": str(i), "kind": "text", "type": ""} for i in range(width)]
    data = {"columns": columns, "hidden": 0, **part(0, _FIRST)}
    preview = Preview(
        summary=f"{len(rows):,} × {width}", mime=TABLE, data=data, inline=True, count=len(rows)
    )
    text = "\n".join(",".join(str(v) for v in row) for row in rows).encode()
    return Look(preview, lambda most: ("text/csv", text), lambda: ("text/csv", text), part)


def array_look(value: Any) -> Look:
    """Return the look of an array: shape, kind, range and a few values."""
    shape = " × ".join(map(str, value.shape)) or "a single value"
    about = {"shape": shape, "dtype": str(value.dtype), "values": _values(value)}
    if value.size and value.dtype.kind in "iuf":
        about |= {"min": _number(value.min()), "max": _number(value.max())}
    summary = f"{type(value).__name__} {shape}"
    preview = Preview(summary=summary, mime=ARRAY, data=about, inline=True)
    text = about["values"]
    return Look(preview, lambda most: ("text/plain", text.encode()))


def _values(value: Any) -> str:
    flat = value.reshape(-1)[:24]
    parts = [_number(each) for each in flat]
    return ", ".join(parts) + (", …" if value.size > len(parts) else "")


def _number(value: Any) -> str:
    made = value.item() if hasattr(value, "item") else value
    return f"{made:.5g}" if isinstance(made, float) else shown(made, 40)
