"""pandas frames and series as plain structure: arrays by column, index and names, and back.

Nothing of pandas is pickled, so that a frame from elsewhere can be opened. What has no plain
structure (an extension of somebody else's, say) is left to whoever asks: ``None``.
"""

from __future__ import annotations

import datetime
import sys
import zoneinfo
from collections.abc import Callable
from typing import Any

from daggr_nb._provenance.digest.reduced import add_reduced
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, StructuredForm, type_name

_Plain = dict[str, Any]


def _take_apart(value: Any) -> _Plain | None:
    """Return a DataFrame or Series as arrays, lists and names, if that says all of it."""
    import pandas as pd  # noqa: PLC0415 - loaded already, or needed now

    try:
        if type(value) is pd.DataFrame:
            columns = [_column(column.array) for _, column in value.items()]
            form = {"kind": "DataFrame", "columns": _index(value.columns), "data": columns}
        elif type(value) is pd.Series:
            form = {"kind": "Series", "name": value.name, "data": [_column(value.array)]}
        else:
            return None
        flags = {"allows_duplicate_labels": value.flags.allows_duplicate_labels}
        return {**form, "index": _index(value.index), "attrs": value.attrs, "flags": flags}
    except _NotPlain:
        return None


def _put_together(form: _Plain) -> Any:
    """Return what :func:`_take_apart` took apart."""
    import pandas as pd  # noqa: PLC0415 - loaded already, or needed now

    index = _read_index(form["index"])
    columns = [_read_column(column) for column in form["data"]]
    if form["kind"] == "Series":
        table = pd.Series(columns[0], index=index, name=form["name"], copy=False)
    else:
        table = pd.DataFrame(dict(enumerate(columns)), index=index, copy=False)
        table.columns = _read_index(form["columns"])
    table.attrs = form["attrs"]
    for name, flag in form.get("flags", {}).items():
        setattr(table.flags, name, flag)
    return table


class _NotPlain(Exception):
    """There is no plain structure for it."""


# ---------------------------------------------------------------- indexes


def _index(index: Any) -> list[Any]:
    import pandas as pd  # noqa: PLC0415 - loaded

    if type(index) is pd.RangeIndex:
        return ["range", index.start, index.stop, index.step, index.name]
    if type(index) is pd.MultiIndex:
        levels, codes = map(_index, index.levels), [*map(_codes, index.codes)]
        return ["levels", [*levels], codes, list(index.names), index.sortorder]
    if type(index) is pd.DatetimeIndex:
        return ["dates", _column(index.array), index.name, index.freqstr]
    if type(index) in (pd.Index, pd.CategoricalIndex):
        return ["plain", _column(index.array), index.name]
    raise _NotPlain


def _codes(codes: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - loaded

    return np.asarray(codes)


def _read_index(parts: list[Any]) -> Any:
    import pandas as pd  # noqa: PLC0415 - loaded

    kind, *fields = parts
    if kind == "range":
        start, stop, step, name = fields
        return pd.RangeIndex(start, stop, step, name=name)
    if kind == "several":
        levels, names = fields
        return pd.MultiIndex.from_arrays([_read_index(level) for level in levels], names=names)
    if kind == "levels":
        levels, codes, names, order = fields
        levels = [*map(_read_index, levels)]
        return pd.MultiIndex(levels, codes, order, names, verify_integrity=False)
    if kind == "dates":
        column, name, freq = fields
        return pd.DatetimeIndex(_read_column(column), name=name, freq=freq)
    column, name = fields
    return pd.Index(_read_column(column), name=name, dtype=column[1] or None)


# ---------------------------------------------------------------- columns


def _column(array: Any) -> list[Any]:
    """Return [form, dtype, parts...] of the array of a column or an index."""
    import pandas as pd  # noqa: PLC0415 - loaded

    dtype = str(array.dtype)
    if isinstance(array, pd.Categorical):
        return ["categories", "category", array.codes, _index(array.categories), array.ordered]
    if isinstance(array, (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray)):
        return ["ticks", dtype, array.asi8]
    if type(array).__name__ in _MASKED:
        kind = array.dtype.numpy_dtype
        mask = array.isna()
        return ["masked", dtype, array.to_numpy(kind, na_value=kind.type(0)), mask]
    plain = array.to_numpy()
    if plain.dtype.kind in "biufc" and str(plain.dtype) == dtype:
        return ["numbers", dtype, plain]
    if dtype == "object" or isinstance(array.dtype, pd.StringDtype):
        missing = array.isna() if dtype != "object" else None
        items = [None if missing is not None and missing[n] else v for n, v in enumerate(array)]
        return ["items", dtype, items]
    raise _NotPlain


_MASKED = ("IntegerArray", "FloatingArray", "BooleanArray")


def _read_column(column: list[Any]) -> Any:
    form, dtype, *parts = column
    return _READERS[form](dtype, *parts)


def _read_ticks(dtype: str, ticks: Any) -> Any:
    import pandas as pd  # noqa: PLC0415 - loaded

    kind, _, zone = dtype.partition(", ")
    if not zone:
        return pd.array(ticks.view(dtype.replace("datetime64", "M8").replace("timedelta64", "m8")))
    naive = pd.DatetimeIndex(ticks.view(f"{kind}]".replace("datetime64", "M8")))
    return naive.tz_localize("UTC").tz_convert(zone.rstrip("]")).array


def _read_masked(dtype: str, values: Any, mask: Any) -> Any:
    import pandas as pd  # noqa: PLC0415 - loaded

    array = pd.array(values.copy(), dtype=dtype)
    array[mask] = pd.NA
    return array


def _read_items(dtype: str, items: list[Any]) -> Any:
    import numpy as np  # noqa: PLC0415 - loaded
    import pandas as pd  # noqa: PLC0415

    if dtype != "object":
        return pd.array(items, dtype=dtype)
    array: Any = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _read_categories(dtype: str, codes: Any, categories: list[Any], ordered: bool) -> Any:
    import pandas as pd  # noqa: PLC0415 - loaded

    return pd.Categorical.from_codes(codes, _read_index(categories), ordered=ordered)


_READERS: dict[str, Callable[..., Any]] = {
    "numbers": lambda dtype, values: values,
    "ticks": _read_ticks,
    "masked": _read_masked,
    "items": _read_items,
    "categories": _read_categories,
}


# ---------------------------------------------------------------- content


def _add_frame(value: Any, out: Encoding) -> None:
    out.text(b"R", f"{type_name(value)} {value.shape}")
    _add_beside(value, out)
    out.add(value.columns)
    out.add(value.index)
    for _, column in value.items():  # by place, as labels may be there twice
        out.add(column.array)


def _add_series(value: Any, out: Encoding) -> None:
    out.text(b"r", f"{type_name(value)} {len(value)}")
    _add_beside(value, out)
    out.add(value.name)
    out.add(value.index)
    out.add(value.array)


def _add_beside(value: Any, out: Encoding) -> None:
    """What a table carries beside its cells: notes, flags, what a subclass keeps on it."""
    out.add(value.attrs)
    if not value.flags.allows_duplicate_labels:
        out.text(b"k", "no duplicate labels")
    kept = {name: getattr(value, name, None) for name in value._metadata if name != "_name"}  # noqa: SLF001 - the place where subclasses say it
    if kept:
        out.add(kept)


def _add_index(value: Any, out: Encoding) -> None:
    out.text(b"x", f"{type_name(value)} {value.dtype} {getattr(value, 'freqstr', None)}")
    out.add(list(value.names))
    if isinstance(value, sys.modules["pandas"].RangeIndex):
        out.add(range(value.start, value.stop, value.step))
    elif value.nlevels > 1:
        out.add([*value.levels, *map(_codes, value.codes), value.sortorder])
    else:
        out.add(value.array)


def _add_column(value: Any, out: Encoding) -> None:
    """The elements of a column or index, whatever holds them."""
    if type(value).__module__.partition(".")[0] != "pandas":  # somebody else's
        add_reduced(value, out)
        return
    out.text(b"a", f"{value.dtype} {len(value)}")
    zone, storage = (getattr(value.dtype, name, None) for name in ("tz", "storage"))
    if zone not in (None, datetime.timezone.utc) and type(zone) is not zoneinfo.ZoneInfo:
        out.add(zone)  # the usual ones are said by the dtype
    if storage not in (None, "python"):
        out.text(b"k", str(storage))
    if hasattr(value, "categories"):
        for part in (value.categories, bool(value.ordered), value.codes):
            out.add(part)
    elif hasattr(value, "asi8"):  # dates and the like: numbers, whose unit the dtype says
        out.add(value.asi8)
    else:
        numbers = getattr(value.dtype, "numpy_dtype", None)
        if numbers is not None and numbers.kind in "iufb" and _lacks_some(value):
            out.add(value.isna())
            value = value.fillna(numbers.type(0))
        plain = sys.modules["numpy"].asarray(value, dtype=numbers)
        if plain.dtype.hasobject:
            out.several(b"o", value, list(value), len(value))
        else:
            out.add(plain)


def _lacks_some(value: Any) -> bool:
    """Whether any number of a column is missing; looked at one by one only where that may be."""
    if type(value).__name__ == "NumpyExtensionArray":
        numpy = sys.modules["numpy"]
        with numpy.errstate(all="ignore"):
            if not numpy.isnan(value.to_numpy().sum()):
                return False
    return bool(value.isna().any())


def _add_scalar(value: Any, out: Encoding) -> None:
    out.text(b"c", f"{type_name(value)} {value!r} {getattr(value, 'unit', '')}")
    if getattr(value, "tzinfo", None) is not None:
        out.add([value.tzinfo, value.fold])


LIBRARY = Library(
    digests={
        ("pandas", "DataFrame"): _add_frame,
        ("pandas", "Series"): _add_series,
        ("pandas", "Index"): _add_index,
        ("pandas", "ExtensionArray"): _add_column,
        **{
            ("pandas", name): _add_scalar
            for name in ("Timestamp", "Timedelta", "Period", "Interval", "NAType", "NaTType")
        },
    },
    structure=StructuredForm("frame", _take_apart, _put_together),
)
