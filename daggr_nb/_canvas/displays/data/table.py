"""A table: a page of rows at a time."""

from __future__ import annotations

import csv
import io
import itertools
import math
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from daggr_nb._canvas.displays.jsonable import number_text, shown
from daggr_nb._canvas.displays.media.media_file import media_look
from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._protocol.displays import Cell, Column, NoValue, Rows, TablePreview
from daggr_nb._text import digits, encoded, repr_of
from daggr_nb.errors import is_interrupt

_FIRST = 20  # rows that travel with a card
_COLUMNS = 100
_LONGEST = 200  # characters of a cell
_SPOKEN = frozenset(
    ["Decimal", "Fraction", "Interval", "Period", "UUID", "PosixPath", "WindowsPath"]
)
"""Classes whose ``str`` is what people write for them."""
_KINDS = {
    "i": "whole number",
    "u": "whole number",
    "f": "number",
    "c": "complex",
    "b": "true or false",
    "M": "moment",
    "m": "duration",
}


def table_look(value: Any, component: Any) -> Look | None:
    """Return the look of a frame, an array, rows, columns by name, or a file.

    Rows are lists or dicts; columns are lists or arrays.
    """
    if is_frame(value):
        return frame_look(value)
    if is_polars(value):
        return polars_look(value)
    if isinstance(value, (str, pathlib.Path)):
        return media_look(value, "File")
    table = _table(value)
    if table is None:
        return None
    headers, rows = table
    return rows_look(rows, component.headers if headers is None else headers)


def _table(value: Any) -> tuple[Sequence[Any] | None, list[Any]] | None:
    """Return the names of columns, if they have some, and the rows; ``None`` of what has none."""
    fields = getattr(getattr(value, "dtype", None), "names", None)
    if fields and len(value.shape) == 1:  # a structured array
        return fields, value.tolist()
    if hasattr(value, "to_frame") and hasattr(value, "tolist"):  # a series, or an index
        return [value.name if value.name is not None else 0], [[each] for each in value.tolist()]
    if hasattr(value, "tolist") and len(getattr(value, "shape", ())) in (1, 2):
        value = value.tolist()
    if isinstance(value, Mapping):
        return _columns(value)
    if not isinstance(value, (list, tuple)):
        return None
    if value and all(isinstance(row, Mapping) for row in value):
        names = list(dict.fromkeys(name for row in value for name in row))
        return names, [[row.get(name) for name in names] for row in value]
    if value and not any(isinstance(row, (list, tuple, Mapping)) for row in value):
        return None, [[each] for each in value]  # one column
    return None, list(value)


def _columns(value: Mapping[Any, Any]) -> tuple[Sequence[Any] | None, list[Any]] | None:
    """Return columns by name as rows; or rows with their headers, as Gradio has them."""
    if {"headers", "data"} <= value.keys():
        return [*value["headers"]], [*value["data"]]
    columns = [v.tolist() if hasattr(v, "tolist") else v for v in value.values()]
    if not all(isinstance(column, (list, tuple)) for column in columns):
        return None
    return [*value], [[*row] for row in itertools.zip_longest(*columns)]


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
        lambda most: _csv(frame),
        lambda: _csv(frame),
        lambda start, stop, whole=False: page(frame, start, stop, whole),
    )


def _csv(frame: Any) -> Bytes:
    """Return a frame as a file, with its index unless that says no more than where rows stand."""
    index = frame.index
    counts = type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
    return "text/csv", encoded(frame.to_csv(index=not counts))


def page(frame: Any, start: int, stop: int, whole: bool = False) -> Rows:
    """Return some rows as JSON: ``{"start": 0, "index": [...], "rows": [[cell, ...], ...]}``.

    A cell that JSON cannot say is ``{"is": "NaN"}``, so that it is told from a text; the beginning
    of a long one is ``{"cut": "..."}``, unless all of it is asked for.
    """
    part = frame.iloc[start:stop, :_COLUMNS]
    columns = [_cells(part.iloc[:, i], whole) for i in range(part.shape[1])]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"start": start, "index": [_row_label(i) for i in part.index], "rows": rows}


def _cells(column: Any, whole: bool) -> list[Cell]:
    """Return the cells of a column; what is NaN among texts is a text that is missing."""
    missing: NoValue = {"is": "missing"}
    texts = str(column.dtype) in ("str", "string")
    return [
        missing if texts and not isinstance(value, str) else cell(value, whole) for value in column
    ]


def _row_label(name: Any) -> str:
    """Return the name of a row, which a row that somebody has added has not."""
    parts = name if isinstance(name, tuple) and name else (name,)
    return "" if all(isinstance(cell(part), dict) for part in parts) else _label(name)


def _label(name: Any) -> str:
    """Return the name of a column or a row, which may be any object."""
    plain = cell(name)
    if isinstance(plain, dict) and "cut" in plain:
        return cell_text(plain)
    return plain if isinstance(plain, str) else shown(name, _LONGEST)


def cell(value: Any, whole: bool = False) -> Cell:
    """Return one cell as JSON; ``whole`` ones are as long as they are."""
    try:
        return _cell(value, whole)
    except BaseException as error:  # a foreign object may raise anything
        if is_interrupt(error):
            raise
        return shown(value, _LONGEST)


def _cell(value: Any, whole: bool) -> Cell:
    if value is None:
        return {"is": "None"}
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _short(str.__str__(value), whole)
    scalar = hasattr(value, "item") and getattr(value, "shape", None) == ()
    plain = value.item() if scalar else value
    if isinstance(plain, float) and not math.isfinite(plain):
        return {"is": {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(plain)]}
    if isinstance(plain, (bool, int, float)):
        if isinstance(plain, int) and abs(plain) > 2**53:
            return _short(digits(plain), whole)
        return plain
    name = str(type(value).__name__)
    if name in ("NaTType", "NAType"):
        return {"is": "NaT" if name == "NaTType" else "missing"}
    spoken = hasattr(value, "isoformat") or name in _SPOKEN
    return _short(str(value) if spoken else repr_of(value), whole)


def cut_cell(plain: Cell) -> Cell:
    """Return a whole cell as a card shows it."""
    return _short(plain, whole=False) if isinstance(plain, str) else plain


def cell_text(plain: Cell) -> str:
    """Return a cell in words."""
    if isinstance(plain, dict):
        words: Mapping[str, Any] = {**plain}
        return f"{words['cut']}…" if "cut" in words else str(words.get("is", ""))
    if isinstance(plain, float):
        return number_text(plain)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return "" if plain is None else str(plain)


def _short(text: str, whole: bool) -> Cell:
    return text if whole or len(text) <= _LONGEST else {"cut": text[:_LONGEST]}


def _kind(dtype: Any) -> str:
    return _KINDS.get(getattr(dtype, "kind", "O"), "text")


def _kind_in(rows: Sequence[Sequence[Any]], column: int) -> str:
    """Return what the first values of a column are."""
    kinds = {type(row[column]) for row in rows[:_FIRST] if column < len(row)} - {type(None)}
    if kinds == {bool}:
        return "true or false"
    return "text" if not kinds or kinds - {int, float} else _KINDS["f" if float in kinds else "i"]


def _preview(rows: int, width: int, columns: list[Column], first: Rows) -> TablePreview:
    hidden = width - len(columns)
    return TablePreview(
        summary=f"{rows:,} × {width}",
        data={"columns": columns, "hidden": hidden, **first},
        inline=True,
        count=rows,
    )


def rows_look(rows: list[Any], headers: Sequence[Any] | None = None) -> Look | None:
    """Return the look of a list of rows, without a library; columns without names are counted."""
    if not all(isinstance(row, (list, tuple)) for row in rows):
        return None
    names = [*headers] if headers is not None else []
    width = max((len(row) for row in rows), default=len(names))
    if not width:
        return None
    labels = [_label(names[i]) if i < len(names) else str(i) for i in range(width)]

    def part(start: int, stop: int, whole: bool = False) -> Rows:
        cells = [
            [cell(v, whole) for v in row[:_COLUMNS]] + [None] * (min(width, _COLUMNS) - len(row))
            for row in rows[start:stop]
        ]
        index = [str(i) for i in range(start, start + len(cells))]
        return {"start": start, "index": index, "rows": cells}

    columns: list[Column] = [
        {"name": label, "kind": _kind_in(rows, i), "type": ""}
        for i, label in enumerate(labels[:_COLUMNS])
    ]
    preview = _preview(len(rows), width, columns, part(0, _FIRST))

    def text() -> Bytes:
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerows([labels] if names else [])
        lines.writerows(map(_written, row) for row in rows)
        return "text/csv", encoded(out.getvalue())

    return Look(preview, lambda most: text(), text, part)


def _written(value: Any) -> str:
    """Return a value as a file has it: nothing for what is missing."""
    plain = cell(value, whole=True)
    if isinstance(plain, dict):
        return "" if value is None else str(value)
    return plain if isinstance(plain, str) else str(value)


# ---------------------------------------------------------------- polars

_POLARS_KINDS = {
    "Int": "whole number",
    "UInt": "whole number",
    "Float": "number",
    "Boolean": "true or false",
    "Date": "moment",
    "Datetime": "moment",
    "Time": "moment",
    "Duration": "duration",
}


def is_polars(value: Any) -> bool:
    """Whether a value is a frame of polars."""
    return type(value).__module__.partition(".")[0] == "polars" and hasattr(value, "get_columns")


def polars_look(frame: Any) -> Look:
    """Return the look of a frame of polars: its columns, and its first rows."""
    rows, width = frame.shape
    columns: list[Column] = [
        {"name": _label(name), "kind": _polars_kind(dtype), "type": str(dtype)}
        for name, dtype in list(zip(frame.columns, frame.dtypes, strict=True))[:_COLUMNS]
    ]

    def part(start: int, stop: int, whole: bool = False) -> Rows:
        piece = frame[:, :_COLUMNS].slice(start, max(stop - start, 0)).rows()
        cells = [[cell(value, whole) for value in row] for row in piece]
        return {"start": start, "index": [str(start + i) for i in range(len(cells))], "rows": cells}

    def text() -> Bytes:
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(frame.columns)
        lines.writerows(map(_written, row) for row in frame.iter_rows())
        return "text/csv", encoded(out.getvalue())

    return Look(_preview(rows, width, columns, part(0, _FIRST)), lambda most: text(), text, part)


def _polars_kind(dtype: Any) -> str:
    return _POLARS_KINDS.get(str(dtype).partition("(")[0].rstrip("0123456789"), "text")
