"""A table: a page of rows at a time."""

from __future__ import annotations

import itertools
import math
import pathlib
from collections.abc import Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.media.media_file import media_look
from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._protocol.displays import Cell, Column, NoValue, Rows, TablePreview
from daggr_nb._text import encoded
from daggr_nb.errors import is_interrupt

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


def table_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of a frame, an array, rows, columns by name, or a file."""
    if is_frame(value):
        return frame_look(value)
    if isinstance(value, (str, pathlib.Path)):
        return media_look(value, "File")
    if hasattr(value, "tolist") and len(getattr(value, "shape", ())) == 2:
        value = value.tolist()
    if isinstance(value, Mapping) and {"headers", "data"} <= value.keys():
        value = [value["headers"], *value["data"]]
    if isinstance(value, Mapping) and all(isinstance(v, (list, tuple)) for v in value.values()):
        names = [*value]
        return rows_look([[*row] for row in itertools.zip_longest(*value.values())], names)
    if not isinstance(value, list):
        return None
    if value and all(isinstance(row, Mapping) for row in value):
        names = list(dict.fromkeys(name for row in value for name in row))
        return rows_look([[row.get(name) for name in names] for row in value], names)
    return rows_look(value)


def is_frame(value: Any) -> bool:
    """Whether a value is a pandas frame, or behaves like one."""
    return all(hasattr(value, name) for name in ("columns", "iloc", "dtypes", "index"))


def frame_look(frame: Any) -> Look:
    """Return the look of a frame: its columns, and its first rows."""
    rows, width = frame.shape
    columns: list[Column] = [
        {"name": _label(name), "kind": _kind(dtype), "type": str(dtype)}
        for name, dtype in list(zip(frame.columns, frame.dtypes, strict=True))[:_COLUMNS]
    ]
    return Look(
        _preview(rows, width, columns, page(frame, 0, _FIRST)),
        lambda most: ("text/csv", encoded(frame.to_csv(index=False))),
        lambda: ("text/csv", encoded(frame.to_csv(index=False))),
        lambda start, stop: page(frame, start, stop),
    )


def page(frame: Any, start: int, stop: int) -> Rows:
    """Return some rows as JSON: ``{"start": 0, "index": [...], "rows": [[cell, ...], ...]}``.

    A cell that JSON cannot say is ``{"is": "NaN"}``, so that it is told from a text.
    """
    part = frame.iloc[start:stop, :_COLUMNS]
    columns = [_cells(part.iloc[:, i]) for i in range(part.shape[1])]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"start": start, "index": [_label(i) for i in part.index], "rows": rows}


def _cells(column: Any) -> list[Cell]:
    """Return the cells of a column; what is NaN among texts is a text that is missing."""
    missing: NoValue = {"is": "missing"}
    texts = str(column.dtype) in ("str", "string")
    return [missing if texts and value != value else cell(value) for value in column]


def _label(name: Any) -> str:
    """Return the name of a column or a row, which may be any object."""
    plain = cell(name)
    return plain if isinstance(plain, str) else shown(name, _LONGEST)


def cell(value: Any) -> Cell:
    """Return one cell as JSON."""
    try:
        return _cell(value)
    except BaseException as error:  # a foreign object may raise anything
        if is_interrupt(error):
            raise
        return shown(value, _LONGEST)


def _cell(value: Any) -> Cell:
    if value is None:
        return {"is": "None"}
    if isinstance(value, (bool, str)):
        return str.__str__(value)[:_LONGEST] if isinstance(value, str) else value
    scalar = hasattr(value, "item") and getattr(value, "shape", None) == ()
    plain = value.item() if scalar else value
    if isinstance(plain, float) and not math.isfinite(plain):
        return {"is": {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(plain)]}
    if isinstance(plain, (bool, int, float)):
        return plain if abs(plain) <= 2**53 else shown(plain)
    name = str(type(value).__name__)
    if name in ("NaTType", "NAType"):
        return {"is": "NaT" if name == "NaTType" else "missing"}
    text = str(value) if hasattr(value, "isoformat") else shown(value, _LONGEST)
    return text[:_LONGEST]


def _kind(dtype: Any) -> str:
    return _KINDS.get(getattr(dtype, "kind", "O"), "text")


def _preview(rows: int, width: int, columns: list[Column], first: Rows) -> TablePreview:
    hidden = width - len(columns)
    return TablePreview(
        summary=f"{rows:,} × {width}",
        data={"columns": columns, "hidden": hidden, **first},
        inline=True,
        count=rows,
    )


def rows_look(rows: list[Any], names: list[Any] | None = None) -> Look | None:
    """Return the look of a list of rows, without a library; columns have names or numbers."""
    flat = all(isinstance(row, (list, tuple)) for row in rows)
    width = max((len(row) for row in rows), default=0) if flat else 0
    if not rows or not flat or not width:
        return None

    def part(start: int, stop: int) -> Rows:
        cells = [[cell(v) for v in row] + [None] * (width - len(row)) for row in rows[start:stop]]
        index = [str(i) for i in range(start, start + len(cells))]
        return {"start": start, "index": index, "rows": cells}

    named = [_label(name) for name in names or ()]
    columns: list[Column] = [
        {"name": name, "kind": "text", "type": ""}
        for name in [*named, *map(str, range(len(named), width))][:width]
    ]
    preview = _preview(len(rows), width, columns, part(0, _FIRST))

    def text() -> Bytes:
        whole = [named, *rows] if named else rows
        lines = (",".join(_label(value) for value in row) for row in whole)
        return "text/csv", encoded("\n".join(lines))

    return Look(preview, lambda most: text(), text, part)
