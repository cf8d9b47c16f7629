"""Edits of a frame's cells and rows: by their place, and each cell of the kind of its column."""

from __future__ import annotations

import ast
import contextlib
import datetime
import math
import pathlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

_EXACT = 2**53
"""Whole numbers up to this are exact as floats."""


class CellError(ValueError):
    """A cell cannot have a value; it says what was expected, and what is seen in its place."""

    def __init__(self, description: str, seen: Any) -> None:
        super().__init__(description)
        self.description = description
        self.seen = seen


# ---------------------------------------------------------------- numbers as people write them

_SPACES = re.compile(r"(?<=\d)[\s'’\u00a0\u202f\u2009](?=\d)")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.I)
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_INFINITE = {"∞": math.inf, "-∞": -math.inf}


def number_in(text: Any) -> int | float:
    """Return the number that people have written, with all its digits.

    Digits may stand in groups, and a comma before decimals. What could be both is refused.

    >>> number_in("9007199254740993"), number_in("1.234,5"), number_in("1,5"), number_in("−2")
    (9007199254740993, 1234.5, 1.5, -2)
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return text
    plain = _plain_number(str(text))
    try:
        return int(plain)
    except ValueError:
        number = _float(plain)
    return int(number) if number.is_integer() else number


def _plain_number(text: str) -> str:
    """Return a number as Python writes it."""
    text = _SPACES.sub("", text.strip().replace("−", "-"))
    if "_" in text:
        raise CellError("a number", text)
    if _AMBIGUOUS.fullmatch(text):
        both = f"{text.replace(',', '')} or {text.replace(',', '.')}"
        raise CellError(f"a number, such as {both},", text)
    if _COMMA_GROUPS.fullmatch(text):
        return text.replace(",", "")
    if text.count(".") + text.count(",") > 1 and _POINT_GROUPS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text


def _float(text: str) -> float:
    if text in _INFINITE:
        return _INFINITE[text]
    number = float(text)
    if math.isinf(number) and "inf" not in text.lower():
        raise CellError("a number of at most 1.8e308", text)
    return number


def _decimal(text: Any) -> float:
    if isinstance(text, (int, float)):
        return float(text)
    plain = _plain_number(str(text))
    number = _float(plain)
    if number.is_integer() and number_in(plain) != number:
        raise CellError(f"a number of at most {_EXACT}, or one that ends in zeros,", text)
    return number


def _truth(text: Any) -> bool:
    return _TRUTHS[str(text).strip().lower()]


_TRUTHS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


# ---------------------------------------------------------------- a column with other cells


def with_cells(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    """Return a column with other ``cells`` at ``rows``: what was typed, or ``None`` for missing.

    It becomes one that can say what it could not before: numbers that are missing, or have
    decimals, or are larger. Raises :class:`CellError`.
    """
    dtype = column.dtype
    kind = type(dtype).__name__
    put = _PUT_BY_TYPE.get(kind) or _PUT_BY_KIND.get(dtype.kind, _put_object)
    if kind == "SparseDtype":
        return with_cells(column.astype(dtype.subtype), rows, cells)
    return put(column, rows, cells)


def _stored(column: Any, rows: Sequence[int], values: Sequence[Any]) -> Any:
    """Return a column with other values at ``rows``."""
    array = column.array.copy()
    for row, value in zip(rows, values, strict=True):
        array[row] = value
    return type(column)(array, index=column.index, name=column.name, copy=False)


def _made(
    cells: Sequence[Any], make: Callable[[Any], Any], description: str, none: Any
) -> list[Any]:
    """Return what was typed as values; nothing at all is a value that is missing."""
    return [none if _is_blank(cell) else _one(cell, make, description) for cell in cells]


def _one(cell: Any, make: Callable[[Any], Any], description: str) -> Any:
    try:
        return make(cell)
    except CellError:
        raise
    except (ValueError, KeyError, TypeError, ArithmeticError, SyntaxError) as error:
        raise CellError(description, cell) from error


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in _BLANKS)


_BLANKS = {"", "nan", "nat", "<na>"}


def _put_integer(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    numbers = _made(cells, number_in, "a number", None)
    given = [number for number in numbers if number is not None]
    if any(isinstance(number, float) for number in given):
        decimal = next(c for c, n in zip(cells, numbers, strict=True) if isinstance(n, float))
        return _put_decimal(_as_floats(column, decimal), rows, numbers)
    column = _wide_enough(column, given)
    if None in numbers and not _is_nullable(column.dtype):
        column = column.astype(_nullable(column.dtype))
    return _stored(column, rows, numbers)


def _as_floats(column: Any, decimal: Any) -> Any:
    there = column.dropna()
    if len(there) and max(abs(int(there.min())), abs(int(there.max()))) > _EXACT:
        raise CellError("a whole number, as others there are too large for decimals,", decimal)
    return column.astype("Float64")


def _wide_enough(column: Any, numbers: Sequence[int]) -> Any:
    """Return a column of whole numbers with room for ``numbers``."""
    known = column.dropna()
    there = [int(known.min()), int(known.max())] if len(known) else []
    low, high = min([*there, *numbers], default=0), max([*there, *numbers], default=0)
    bits, signed = 8 * column.dtype.itemsize, column.dtype.kind == "i"
    for wide, sign in ((bits, signed), (64, True), (64, False)):
        least, most = (-(2 ** (wide - 1)), 2 ** (wide - 1) - 1) if sign else (0, 2**wide - 1)
        if least <= low and high <= most:
            name = f"{'int' if sign else 'uint'}{wide}"
            nullable = _is_nullable(column.dtype)
            return column.astype(name.replace("i", "I").replace("u", "U") if nullable else name)
    seen = next((number for number in numbers if not -(2**63) <= number < 2**63), high)
    raise CellError("a whole number of 64 bits", seen)


def _put_decimal(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    none = None if _is_nullable(column.dtype) else math.nan
    try:
        numbers = _made(cells, _decimal, "a number", none)
    except CellError:
        if column.notna().any() or column.dtype != "float64":
            raise
        return _put_object(column.astype(object), rows, cells)  # nobody said that it has numbers
    largest = max((abs(n) for n in numbers if n is not None and math.isfinite(n)), default=0)
    if column.dtype.itemsize < 8 and largest > (3.4e38 if column.dtype.itemsize == 4 else 65504):
        column = column.astype("Float64" if _is_nullable(column.dtype) else "float64")
    return _stored(column, rows, numbers)


def _put_truth(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    truths = _made(cells, _truth, "true or false", None)
    if None in truths and not _is_nullable(column.dtype):
        column = column.astype("boolean")
    return _stored(column, rows, truths)


def _put_complex(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    def make(text: Any) -> complex:
        return complex(str(text).replace(" ", ""))

    return _stored(column, rows, _made(cells, make, "a complex number, such as 1+2j,", math.nan))


def _put_moment(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    zone = getattr(column.dtype, "tz", None)

    def make(text: Any) -> Any:
        moment = pandas.Timestamp(text)
        if zone is None:
            if moment.tz is not None:
                raise CellError("a moment without a zone", text)
            return moment
        return moment.tz_localize(zone) if moment.tz is None else moment.tz_convert(zone)

    moments = _made(cells, make, "a moment" if zone is None else f"a moment in {zone}", pandas.NaT)
    return _stored(_fine_enough(column, moments), rows, moments)


def _put_duration(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    durations = _made(cells, pandas.Timedelta, "a duration, such as 1 days 02:00:00,", pandas.NaT)
    return _stored(_fine_enough(column, durations), rows, durations)


def _fine_enough(column: Any, times: Sequence[Any]) -> Any:
    """Return a column of times with room for parts of a second."""
    unit = column.dt.unit
    for time in times:
        if time == time and time.as_unit(unit) != time:
            return column.dt.as_unit(
                "ns" if time.nanosecond or time.as_unit("us") != time else "us"
            )
    return column


def _put_period(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    def make(text: Any) -> Any:
        return pandas.Period(text, freq=column.dtype.freq)

    description = f"a period of {column.dtype.freq.freqstr}"
    return _stored(column, rows, _made(cells, make, description, pandas.NaT))


def _put_category(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    categories = column.dtype.categories
    by_text = {str(category): category for category in categories}
    pool = type(column)(categories)

    def make(text: Any) -> Any:
        value = with_cells(pool, [0], [text]).iloc[0] if len(pool) else text
        return categories[categories.get_loc(value)]

    one_of = ", ".join(map(str, categories[:12])) + (", …" if len(categories) > 12 else "")
    values = [
        by_text[str(cell)]
        if cell is not None and str(cell) in by_text
        else _made([cell], make, f"one of {one_of}", math.nan)[0]
        for cell in cells
    ]
    return _stored(column, rows, values)


def _put_text(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    missing = column.dtype.na_value
    return _stored(column, rows, [missing if c is None else _text(c) for c in cells])


def _text(cell: Any) -> str:
    return ("true" if cell else "false") if isinstance(cell, bool) else str(cell)


def _put_interval(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    by_text = {str(value): value for value in column.dropna()}
    description = "an interval that is there already"
    if any(map(_is_blank, cells)):
        column = _with_room(column)
    return _stored(column, rows, _made(cells, lambda text: by_text[str(text)], description, None))


def _with_room(column: Any) -> Any:
    """Return a column of intervals in which some may be missing: those of whole numbers cannot."""
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    whole = column.dtype.subtype.kind in "iu"
    dtype = pandas.IntervalDtype("float64", column.dtype.closed)
    return column.astype(dtype) if whole else column


def _put_object(column: Any, rows: Sequence[int], cells: Sequence[Any]) -> Any:
    """Put values of the kind that stood there, or that all others have."""
    kinds = {type(value) for value in column if not _is_missing(value)}
    usual = next((v for v in column if not _is_missing(v)), None) if len(kinds) == 1 else None
    before = [column.iloc[row] for row in rows]
    values = [
        None if cell is None else _alike(usual if _is_missing(former) else former, cell)
        for former, cell in zip(before, cells, strict=True)
    ]
    column = column.copy()
    array = column.to_numpy(dtype=object, copy=True)
    for row, value in zip(rows, values, strict=True):
        array[row] = value
    return type(column)(array, index=column.index, name=column.name, dtype=object)


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or value is math.nan
        or (isinstance(value, float) and value != value)
    )


def _alike(former: Any, cell: Any) -> Any:
    """Return what was typed as what stood there; where it cannot be that, as a text."""
    if isinstance(former, (list, tuple, dict, set, bytes)):
        value = _one(cell, lambda text: ast.literal_eval(str(text)), f"a {type(former).__name__}")
        if not isinstance(value, type(former)):
            raise CellError(f"a {type(former).__name__}", cell)
        return value
    if hasattr(former, "dtype") and hasattr(former, "item"):  # a number of numpy
        value = _alike(former.item(), cell)
        return type(former)(value) if type(value) is type(former.item()) else value
    make = next((make for kind, make in _ALIKE if isinstance(former, kind)), None)
    if make is None or isinstance(former, str):
        return _text(cell)
    if isinstance(cell, str) and not cell.strip():
        return None
    try:
        return make(former, cell)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return _text(cell)


def _moment_alike(former: Any, text: Any) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    moment = pandas.Timestamp(text)
    return moment if isinstance(former, pandas.Timestamp) else moment.to_pydatetime()


def _duration_alike(former: Any, text: Any) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    duration = pandas.Timedelta(text)
    return duration if isinstance(former, pandas.Timedelta) else duration.to_pytimedelta()


_ALIKE: Sequence[tuple[Any, Callable[[Any, Any], Any]]] = (
    (bool, lambda former, text: _truth(text)),
    (int, lambda former, text: number_in(text)),
    (float, lambda former, text: type(former)(_decimal(text))),
    (complex, lambda former, text: complex(str(text).replace(" ", ""))),
    (Decimal, lambda former, text: Decimal(_plain_number(str(text)))),
    (Fraction, lambda former, text: Fraction(_plain_number(str(text)))),
    (datetime.datetime, _moment_alike),
    (datetime.date, lambda former, text: datetime.date.fromisoformat(str(text).strip())),
    (datetime.time, lambda former, text: datetime.time.fromisoformat(str(text).strip())),
    (datetime.timedelta, _duration_alike),
    (pathlib.PurePath, lambda former, text: type(former)(str(text))),
)

_PUT_BY_TYPE: Mapping[str, Callable[[Any, Sequence[int], Sequence[Any]], Any]] = {
    "CategoricalDtype": _put_category,
    "IntervalDtype": _put_interval,
    "PeriodDtype": _put_period,
    "StringDtype": _put_text,
}
_PUT_BY_KIND: Mapping[str, Callable[[Any, Sequence[int], Sequence[Any]], Any]] = {
    "b": _put_truth,
    "c": _put_complex,
    "f": _put_decimal,
    "i": _put_integer,
    "M": _put_moment,
    "m": _put_duration,
    "u": _put_integer,
}


def _is_nullable(dtype: Any) -> bool:
    return hasattr(dtype, "na_value")


def _nullable(dtype: Any) -> str:
    """Return the name of numpy's kind of numbers with room for one that is missing."""
    if dtype.kind == "b":
        return "boolean"
    return f"{'Int' if dtype.kind == 'i' else 'UInt'}{8 * dtype.itemsize}"


# ---------------------------------------------------------------- rows


def with_rows(frame: Any, row: int, count: int) -> Any:
    """Return a frame with ``count`` empty rows before ``row``; their labels are empty, too."""
    index = frame.index
    for _ in range(count):
        index = _longer(index, row)
    if not len(frame):
        longer = frame.reset_index(drop=True).reindex(range(count))
        longer.index = index
        for place in range(frame.shape[1]):
            longer.isetitem(place, _blank(frame.iloc[:, place], index))
        return longer
    longer = frame.take([*range(row), *[0] * count, *range(row, len(frame))])
    longer.index = index
    for place in range(longer.shape[1]):
        empty = with_cells(longer.iloc[:, place], range(row, row + count), [None] * count)
        longer.isetitem(place, empty)
    return longer


def _blank(column: Any, index: Any) -> Any:
    if type(column.dtype).__name__ == "SparseDtype":
        column = column.astype(column.dtype.subtype)
    if type(column.dtype).__name__ == "IntervalDtype":
        column = _with_room(column)
    dtype = column.dtype
    named = _nullable(dtype) if dtype.kind in "iub" and not _is_nullable(dtype) else dtype
    return type(column)([None] * len(index), index=index, dtype=named)


def _longer(index: Any, row: int) -> Any:
    """Return an index with an empty label at ``row``; one that only counts goes on counting."""
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    if counts(index):
        return pandas.RangeIndex(len(index) + 1, name=index.name)
    if isinstance(index, pandas.MultiIndex):
        codes = [[*code[:row], -1, *code[row:]] for code in index.codes]
        return pandas.MultiIndex(index.levels, codes, names=index.names, verify_integrity=False)
    if index.dtype.kind in "iub" and not _is_nullable(index.dtype):
        index = index.astype(_nullable(index.dtype))
    if isinstance(index.dtype, pandas.IntervalDtype) and not len(index):
        index = index.astype(pandas.IntervalDtype("float64", index.dtype.closed))
    if not len(index):
        return pandas.Index([_empty_label(index)], dtype=index.dtype, name=index.name)
    return index.insert(row, _empty_label(index))


def _empty_label(index: Any) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    if index.dtype.kind in "Mm" or isinstance(index.dtype, pandas.PeriodDtype):
        return pandas.NaT
    if isinstance(index.dtype, (pandas.CategoricalDtype, pandas.IntervalDtype)):
        return math.nan
    if index.dtype.kind in "iubfc":
        return pandas.NA if _is_nullable(index.dtype) else math.nan
    return ""


def counts(index: Any) -> bool:
    """Whether an index says no more than where a row stands."""
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1


def without_row(frame: Any, row: int) -> Any:
    """Return a frame without a row; the others keep their labels."""
    shorter = frame.take([place for place in range(len(frame)) if place != row])
    if counts(frame.index):
        shorter.index = frame.index[:-1]
    return shorter


def own_frame(frame: Any) -> Any:
    """Return a frame whose cells can be set while the given one stays as it is.

    From 3.0 on pandas copies what is written to, and nothing else.
    """
    lazy = int(sys.modules["pandas"].__version__.partition(".")[0]) >= 3
    return frame.copy(deep=not lazy)


def as_before(frame: Any, dtypes: Sequence[Any], index_dtype: Any) -> Any:
    """Return a frame with its columns of the kind they were, where every value allows that.

    While rows are added, numbers may be missing, which numpy's whole numbers cannot say.
    """
    for place, (now, former) in enumerate(zip(frame.dtypes, dtypes, strict=True)):
        if now == former:
            continue
        column = frame.iloc[:, place]
        if column.isna().any():
            continue
        if type(former).__name__ in ("SparseDtype", "IntervalDtype"):
            frame.isetitem(place, column.astype(former))
        elif _is_nullable(now) and not _is_nullable(former) and now.kind in "iufb":
            frame.isetitem(place, column.astype(_numpy(now, former)))
    index = frame.index
    if index.nlevels == 1 and index.dtype != index_dtype and not index.isna().any():
        with contextlib.suppress(ValueError, TypeError):
            frame.index = index.astype(index_dtype)
    return frame


def _numpy(now: Any, former: Any) -> Any:
    if now.kind == "f":
        return "float64"
    return (
        former if now.kind == former.kind and now.itemsize == former.itemsize else now.numpy_dtype
    )
