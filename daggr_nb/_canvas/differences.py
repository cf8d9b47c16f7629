"""How two values differ, as a comparison tells it: in a few words, and cell by cell of tables."""

from __future__ import annotations

import contextlib
import difflib
import itertools
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from daggr_nb._canvas.displays.data.table import cut_cell
from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._protocol.displays import Cell
from daggr_nb._protocol.notifications import RowPair, TableDiff
from daggr_nb._text import plural
from daggr_nb.errors import is_interrupt

_SECONDS = 2.0
_MOST_ROWS = 2_000  # that are compared
_TOLD_ROWS = 60
_MOST_VALUES = 20_000_000  # of an array
_MOST_PARTS = 10_000  # of a list or a dict
_TOLD_PARTS = 2
_SHORT = 24
_PLAIN = (str, bytes, bool, int, float, complex, type(None))


class Difference(NamedTuple):
    """What is said of two values that differ; both are empty when nothing is to be said."""

    words: str = ""
    table: TableDiff | None = None


def difference(former: Any, latter: Any, component: Any = None) -> Difference:
    """Return how a value differs from the one before; nobody's code holds anything up for it."""

    def look() -> Difference:
        try:
            table = _table_diff(former, latter, component)
            return table if table is not None else Difference(_words(former, latter))
        except BaseException as error:  # looking at a value may be anybody's code
            if is_interrupt(error):
                raise
            return Difference()

    return DEADLINE.within(_SECONDS, look) or Difference()


# ---------------------------------------------------------------- words


def _words(former: Any, latter: Any) -> str:
    if _is_number(former) and _is_number(latter):
        return _delta(former, latter)
    if type(former) is not type(latter):
        return f"{type(former).__name__} → {type(latter).__name__}"
    if isinstance(former, str):
        return ""  # the words themselves are marked
    pixels = _pixels(former, latter)
    if pixels is not None:
        return _of_arrays(*pixels, "pixels")
    if _is_array(former):
        return _of_arrays(former, latter, "values")
    if isinstance(former, Mapping):
        return _of_mappings(former, latter)
    if isinstance(former, (list, tuple)):
        return _of_sequences(former, latter)
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _delta(former: float, latter: float) -> str:
    """Return how much more it is.

    >>> _delta(0.6, 0.7), _delta(5, 2), _delta(1.0, 1.0)
    ('+0.1', '−3', '')
    """
    if former == latter or former != former or latter != latter:
        return ""
    delta = latter - former
    return ("+" if delta > 0 else "−") + _short_number(abs(delta))


def _short_number(number: float) -> str:
    whole = isinstance(number, int) or 1000 <= number < 1e15
    return f"{number:,.0f}" if whole else f"{number:.4g}"


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _pixels(former: Any, latter: Any) -> tuple[Any, Any] | None:
    """Return two pictures of PIL as arrays."""
    pil, numpy = sys.modules.get("PIL.Image"), sys.modules.get("numpy")
    if pil is None or not all(isinstance(each, pil.Image) for each in (former, latter)):
        return None
    if numpy is None or former.size != latter.size:
        return None
    if former.mode == latter.mode and former.mode[0] in "IF":  # more than a byte a pixel
        return numpy.asarray(former)[..., None], numpy.asarray(latter)[..., None]
    mode = "RGBA"
    return numpy.asarray(former.convert(mode)), numpy.asarray(latter.convert(mode))


def _of_arrays(former: Any, latter: Any, what: str) -> str:
    if former.shape != latter.shape:
        return " → ".join(" × ".join(map(str, each.shape)) or "1" for each in (former, latter))
    if former.dtype != latter.dtype:
        return f"{former.dtype} → {latter.dtype}"
    if former.dtype.hasobject or former.size > _MOST_VALUES:
        return ""
    apart = former != latter
    if former.dtype.kind in "fc":
        apart &= ~((former != former) & (latter != latter))  # two that are no number
    if what == "pixels":
        apart = apart.any(axis=-1)
    count, total = int(apart.sum()), int(apart.size)
    if what == "pixels":
        share = count / max(total, 1)
        return f"{share:.0%} of pixels differ" if share >= 0.005 else f"{count:,} pixels differ"
    text = f"{count:,} of {total:,} values differ"
    if former.dtype.kind not in "iuf" or not count:
        return text
    most = float(abs(former.astype(float) - latter.astype(float))[apart].max())
    return f"{text}, by {_short_number(most)} at most" if most == most else text


def _of_mappings(former: Mapping[Any, Any], latter: Mapping[Any, Any]) -> str:
    if max(len(former), len(latter)) > _MOST_PARTS:
        return ""
    news = []
    for key in dict.fromkeys([*former, *latter]):
        name = shown(key, _SHORT) if not isinstance(key, str) else key[:_SHORT]
        if key not in latter:
            news.append(f"{name} is gone")
        elif key not in former:
            news.append(f"{name} is new")
        elif not _same(former[key], latter[key]):
            news.append(_part(name, former[key], latter[key]))
    return _joined(news)


def _of_sequences(former: Sequence[Any], latter: Sequence[Any]) -> str:
    if max(len(former), len(latter)) > _MOST_PARTS:
        return ""
    if len(former) != len(latter):
        return f"{plural(len(former), 'item')} → {len(latter)}"
    apart = [
        (place, old, new)
        for place, (old, new) in enumerate(zip(former, latter, strict=True), 1)
        if not _same(old, new)
    ]
    if len(apart) > _TOLD_PARTS:
        return f"{len(apart)} of {plural(len(former), 'item')} differ"
    return _joined([_part(f"item {place}", old, new) for place, old, new in apart])


def _part(name: str, former: Any, latter: Any) -> str:
    if isinstance(former, _PLAIN) and isinstance(latter, _PLAIN):
        return f"{name}: {shown(former, _SHORT)} → {shown(latter, _SHORT)}"
    words = _words(former, latter)
    return f"{name}: {words}" if words else f"{name} differs"


def _joined(news: list[str]) -> str:
    more = len(news) - _TOLD_PARTS
    return ", ".join([*news[:_TOLD_PARTS], *([f"{more} more"] if more > 0 else [])])


def _same(former: Any, latter: Any) -> bool:
    if former is latter:
        return True
    if type(former) is not type(latter):
        return False
    if _is_array(former):
        same = former.shape == latter.shape and former.dtype == latter.dtype
        return bool(same and not former.dtype.hasobject and (former == latter).all())
    if isinstance(former, (list, tuple)):
        return len(former) == len(latter) and all(map(_same, former, latter))
    if isinstance(former, Mapping):
        return former.keys() == latter.keys() and all(
            _same(former[key], latter[key]) for key in former
        )
    with contextlib.suppress(Exception):
        return bool(former == latter)
    return False


# ---------------------------------------------------------------- tables


class _Grid(NamedTuple):
    """A table's columns, and its first rows with what their index says."""

    columns: list[str]
    labels: list[str]
    rows: list[list[Cell]]
    total: int


def _grid(value: Any, component: Any) -> _Grid | None:
    look = look_at(value, component)
    if look.preview.kind != "table" or look.rows is None:
        return None
    part = look.rows(0, _MOST_ROWS, True)
    columns = [column["name"] for column in look.preview.data["columns"]]
    return _Grid(columns, part["index"], part["rows"], look.preview.count or len(part["rows"]))


def _table_diff(former: Any, latter: Any, component: Any) -> Difference | None:
    """Return which cells of two tables differ; rows are paired by what stands in them."""
    old = _grid(former, component)
    new = _grid(latter, component) if old is not None else None
    if old is None or new is None:
        return None
    columns = [*new.columns, *(name for name in old.columns if name not in new.columns)]
    before, after = (_by_column(grid, columns) for grid in (old, new))
    pairs: list[RowPair] = []
    differing = cells = 0
    for i, j in _paired(before, after):
        one = before[i] if i is not None else None
        other = after[j] if j is not None else None
        if one == other:
            continue
        differing += 1
        changed = (
            [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
            if one is not None and other is not None
            else []
        )
        cells += len(changed)
        if len(pairs) < _TOLD_ROWS:
            index = new.labels[j] if j is not None else old.labels[i or 0]
            pairs.append(
                RowPair(index=index, former=_cut(one), latter=_cut(other), changed=changed)
            )
    total = max(old.total, new.total)
    words = [f"{differing:,} of {plural(total, 'row')} differ"] if differing else []
    if old.total != new.total:
        words.insert(0, f"{plural(old.total, 'row')} → {new.total:,}")
    names = [name for name in new.columns if name not in old.columns]
    gone = [name for name in old.columns if name not in new.columns]
    words += [f"new: {', '.join(names[:3])}"] * bool(names) + [
        f"gone: {', '.join(gone[:3])}"
    ] * bool(gone)
    table = TableDiff(columns=columns, rows=pairs, more=differing - len(pairs))
    return Difference(", ".join(words), table if differing else None)


def _cut(row: list[Cell] | None) -> list[Cell] | None:
    return None if row is None else [cut_cell(cell) for cell in row]


def _by_column(grid: _Grid, columns: list[str]) -> list[list[Cell]]:
    if grid.columns == columns:
        return grid.rows
    places = [grid.columns.index(name) if name in grid.columns else None for name in columns]
    return [[None if place is None else row[place] for place in places] for row in grid.rows]


def _paired(
    former: list[list[Cell]], latter: list[list[Cell]]
) -> list[tuple[int | None, int | None]]:
    """Pair rows: in their order while there are equally many, else by those that stayed."""
    if len(former) == len(latter):
        return [(i, i) for i in range(len(former))]
    keys = [[repr(row) for row in rows] for rows in (former, latter)]
    pairs: list[tuple[int | None, int | None]] = []
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1])
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        pairs += itertools.zip_longest(range(i, i_end), range(j, j_end))
    return pairs
