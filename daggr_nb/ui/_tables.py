"""Tables: a frame that people look at and edit."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from daggr_nb.errors import InputError
from daggr_nb.ui._cells import CellError, as_before, own_frame, with_cells, with_rows, without_row
from daggr_nb.ui._component import Formed, expected
from daggr_nb.ui._files import file_named
from daggr_nb.ui._frames import READERS, from_polars, is_polars, read_frame

EDITS = "$edits"
"""The key of a change to a table: a list of steps, see :class:`Dataframe`."""


@dataclass(frozen=True, eq=False)
class Dataframe(Formed):
    """A table: a pandas frame, or what makes one (rows, a dict of columns, an array, a CSV file).

    As an input people edit its cells, add rows and remove them, or drop a CSV, Parquet or JSON
    file on it. A function gets a pandas frame; ``type="numpy"`` or ``"array"``, or its annotation,
    makes it an array or a list of rows.

    A change is ``{"$edits": [["set", row, column, value], ["add", row], ["remove", row],
    ["fill", row, column, [[value, ...], ...]], ...]}``, rows and columns by their place. A value
    is what was typed, ``None`` for missing.

    >>> Dataframe([["Ann", 3]], headers=["name", "n"]).initial.columns.to_list()
    ['name', 'n']
    """

    typical_height: ClassVar[int] = 130
    wide: ClassVar[bool] = True

    value: Any = None
    headers: Sequence[str] | None = None

    shows: ClassVar[str] = "a frame, rows, or columns by name"
    previewed: ClassVar[bool] = True
    takes_files: ClassVar[bool] = True
    forms: ClassVar[tuple[str, ...]] = ("pandas", "numpy", "array")

    @property
    def props(self) -> dict[str, Any]:
        accepts = [".csv", ".tsv", ".parquet", ".json"]
        return {"accepts": accepts, "multiple": False, "what": "a CSV file"}

    @property
    def initial(self) -> Any:
        if self.value is None and self.headers:
            return _pandas(self).DataFrame({name: [] for name in self.headers}, dtype=object)
        return self.accept(self.value)

    def accept(self, value: Any) -> Any:
        if value is None or _is_frame(value):
            return value
        if isinstance(value, str) and pathlib.PurePath(value).suffix.lower() in READERS:
            value = pathlib.Path(value)
        if isinstance(value, (pathlib.Path, Mapping, list, tuple)) or hasattr(value, "shape"):
            return self._frame(value)
        raise InputError(expected(self, "a table: a frame, rows, a dict of columns", value))

    def _frame(self, value: Any) -> Any:
        pandas = _pandas(self)
        try:
            if isinstance(value, pathlib.Path):
                return read_frame(value)
            if is_polars(value):
                return from_polars(value)
            if isinstance(value, Mapping) and {"headers", "data"} <= value.keys():
                return pandas.DataFrame(value["data"], columns=value["headers"])
            if self.headers and not isinstance(value, Mapping):
                return pandas.DataFrame(value, columns=list(self.headers))
            return pandas.DataFrame(value)
        except (ValueError, TypeError, ImportError, OSError) as error:
            raise InputError(f"{expected(self, 'a table', value)} {error}") from error

    def output(self, value: Any) -> Any:
        """Return an output; a text that names a file as its path, which counts by content."""
        return file_named(value) if isinstance(value, str) else value

    def edited(self, previous: Any, value: Any) -> Any:
        if not isinstance(value, Mapping) or EDITS not in value:
            return self.accept(value)
        frame = self.accept(previous)
        if frame is None:
            frame = _pandas(self).DataFrame({"1": []}, dtype=object)
        frame = own_frame(frame)
        dtypes, index_dtype = list(frame.dtypes), frame.index.dtype
        try:
            for step, *arguments in value[EDITS]:
                frame = _STEPS[step](self, frame, *arguments)
            return as_before(frame, dtypes, index_dtype)
        except InputError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            steps = "edits of cells and rows that are there, such as ['set', row, column, value]"
            raise InputError(expected(self, steps, value[EDITS])) from error


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "iloc") and hasattr(value, "dtypes")


def _pandas(component: Dataframe) -> Any:
    try:
        import pandas  # noqa: PLC0415 - heavy, and only tables need it
    except ImportError as error:
        raise InputError(
            f"{component.type} expected pandas to be installed, which makes the table: "
            "pip install pandas."
        ) from error
    return pandas


# ---------------------------------------------------------------- edits


def _set(component: Dataframe, frame: Any, row: int, column: int, value: Any) -> Any:
    return _fill(component, frame, row, column, [[value]], grows=False)


def _add(component: Dataframe, frame: Any, row: int) -> Any:
    return with_rows(frame, _place(row, len(frame) + 1), 1)


def _remove(component: Dataframe, frame: Any, row: int) -> Any:
    return without_row(frame, _place(row, len(frame)))


def _fill(
    component: Dataframe, frame: Any, row: int, column: int, block: Any, grows: bool = True
) -> Any:
    """Put a block of cells into a frame, from one cell on; rows that are not there are added."""
    if not isinstance(block, list) or not all(isinstance(cells, list) for cells in block):
        raise TypeError(block)
    wide, high = max((len(cells) for cells in block), default=0), len(block)
    row = _place(row, len(frame) + grows)
    column = _place(column, frame.shape[1])
    if column + wide > frame.shape[1]:
        raise InputError(
            f"{component.type} expected at most {frame.shape[1] - column} columns from "
            f"{frame.columns[column]!r} on, got {wide}. Begin further left, or copy fewer."
        )
    lacking = row + high - len(frame)
    if lacking > 0:
        frame = with_rows(frame, len(frame), lacking)
    for place in range(wide):
        given = [(row + n, cells[place]) for n, cells in enumerate(block) if place < len(cells)]
        rows, cells = zip(*given, strict=True)
        try:
            made = with_cells(frame.iloc[:, column + place], rows, cells)
        except CellError as error:
            raise _misfit(
                component, frame, column + place, error.description, error.seen
            ) from error
        except (ValueError, TypeError, AttributeError, OverflowError) as error:  # a library's own
            dtype = f"a value of {frame.dtypes.iloc[column + place]}"
            raise _misfit(component, frame, column + place, dtype, cells[0]) from error
        frame.isetitem(column + place, made)
    return frame


def _misfit(
    component: Dataframe, frame: Any, place: int, description: str, seen: Any
) -> InputError:
    return InputError(
        expected(component, f"{description} in column {frame.columns[place]!r}", seen)
    )


def _place(index: Any, count: int) -> int:
    """Return an index that is there; a negative one is not."""
    if type(index) is not int or not 0 <= index < count:
        raise IndexError(index)
    return index


_STEPS: Mapping[str, Callable[..., Any]] = {
    "set": _set,
    "add": _add,
    "remove": _remove,
    "fill": _fill,
}
