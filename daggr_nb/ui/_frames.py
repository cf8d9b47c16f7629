"""Frames out of files, and out of frames of polars."""

from __future__ import annotations

import csv
import io
import itertools
import pathlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb.errors import InputError

_LINES = 50  # that are looked at to tell what stands between values
_BEGINNING = 200_000  # bytes
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_DECIMAL_POINT = re.compile(r"-?\d+\.\d+")


def read_frame(path: pathlib.Path) -> Any:
    """Return the frame in a file, by its ending.

    Raises :class:`InputError` for another ending, and for a file that is no table.
    """
    import pandas  # noqa: PLC0415 - heavy, and only tables need it

    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"A table is read from a file that ends with {', '.join(READERS)}, got {path.name!r}."
        )
    try:
        return reader(pandas, path)
    except UnicodeDecodeError as error:
        raise InputError(
            f"The table {path.name!r} was expected in UTF-8: {error}. Save it so, or annotate the "
            "parameter with pathlib.Path and read it with pandas.read_csv(path, encoding=...)."
        ) from error
    except ValueError as error:  # pandas' own errors are among them
        raise InputError(
            f"A table was expected in {path.name!r}, and it is none: {error}"
        ) from error


def _read_text(pandas: Any, path: pathlib.Path) -> Any:
    """Return the frame in a text file, as spreadsheets of any country write it."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    encoding = next((name for mark, name in _MARKS.items() if beginning.startswith(mark)), "utf-8")
    text = beginning.decode(encoding, "ignore")
    separator = ("\t" if path.suffix.lower() == ".tsv" else None) or separator_of(text)
    cells = [cell.strip() for row in _rows(text, separator)[1:] for cell in row]
    comma = separator != "," and any(map(_DECIMAL_COMMA.fullmatch, cells))
    comma = comma and not any(map(_DECIMAL_POINT.fullmatch, cells))
    return pandas.read_csv(path, sep=separator, encoding=encoding, decimal="," if comma else ".")


def separator_of(text: str) -> str:
    r"""Return what stands between the values of a text: what divides every line alike.

    >>> separator_of("a;b\n1,5;2"), separator_of("a,b\n1,2")
    (';', ',')
    """
    best = (0, ",")
    for separator in (",", ";", "\t", "|"):
        widths = [len(row) for row in _rows(text, separator) if row]
        whole = widths[:-1] or widths  # the last line may be cut
        if whole and whole[0] > 1 and min(whole) == max(whole) and whole[0] > best[0]:
            best = (whole[0], separator)
    if best[0]:
        return best[1]
    head = text.partition("\n")[0]
    counts = {each: head.count(each) for each in (",", ";", "\t")}
    most = max(counts, key=lambda each: counts[each])
    return most if counts[most] else ","


def _rows(text: str, separator: str) -> list[list[str]]:
    """Return the first rows of a text; a value in quotes may have several lines."""
    try:
        return list(itertools.islice(csv.reader(io.StringIO(text), delimiter=separator), _LINES))
    except csv.Error:  # a value of more than 128 kB
        return []


READERS: Mapping[str, Callable[[Any, pathlib.Path], Any]] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".parquet": lambda pandas, path: pandas.read_parquet(path),
    ".json": lambda pandas, path: pandas.read_json(path),
    ".jsonl": lambda pandas, path: pandas.read_json(path, lines=True),
}


# ---------------------------------------------------------------- polars


def is_polars(value: Any) -> bool:
    """Whether a value is a frame of polars; polars is not loaded for it."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, polars.DataFrame)


def from_polars(frame: Any) -> Any:
    """Return a frame of polars as one of pandas, with the kinds of its columns."""
    import pandas  # noqa: PLC0415 - heavy, and only tables need it

    columns = {place: _column(pandas, column) for place, column in enumerate(frame.get_columns())}
    made = pandas.DataFrame(columns, index=pandas.RangeIndex(frame.height))
    made.columns = list(frame.columns)
    return made


def _column(pandas: Any, column: Any) -> Any:
    name, values = str(column.dtype).partition("(")[0], column.to_list()
    if name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"):
        return pandas.array(values, dtype=name if column.null_count() else name.lower())
    if name in ("Float32", "Float64"):
        return pandas.array([float("nan") if v is None else v for v in values], dtype=name.lower())
    if name == "Boolean":
        return pandas.array(values, dtype="boolean" if column.null_count() else "bool")
    if name == "Datetime":
        return pandas.to_datetime(pandas.Series(values, dtype=object))
    if name == "Duration":
        return pandas.to_timedelta(pandas.Series(values, dtype=object))
    if name in ("Categorical", "Enum"):
        return pandas.Categorical(values, categories=column.cat.get_categories().to_list())
    return pandas.Series(values, dtype="str" if name in ("String", "Utf8") else object)
