"""Tables: a frame that people look at and edit."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from daggr_nb.errors import InputError
from daggr_nb.ui._component import Formed, expected
from daggr_nb.ui._files import file_named

EDITS = "$edits"
"""The key of a change to a table: a list of steps, see :class:`Dataframe`."""


@dataclass(frozen=True, eq=False)
class Dataframe(Formed):
    """A table: a pandas frame, or what makes one (rows, a dict of columns, an array, a CSV file).

    As an input people edit its cells, add rows and remove them, or drop a CSV, Parquet or JSON
    file on it. A function gets a pandas frame; ``type="numpy"`` or ``"array"``, or its annotation,
    makes it an array or a list of rows.

    A change is ``{"$edits": [["set", row, column, value], ["add", row], ["remove", row], ...]}``,
    rows and columns by their index.

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
            return self._frame({name: [] for name in self.headers})
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
        frame = self._frame({"1": []}) if frame is None else frame.copy()
        dtypes = dict(frame.dtypes)
        try:
            for step, *arguments in value[EDITS]:
                frame = _STEPS[step](self, frame, *arguments)
            return _with_dtypes(frame, dtypes)
        except InputError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            steps = "edits of cells and rows that are there, such as ['set', row, column, value]"
            raise InputError(expected(self, steps, value[EDITS])) from error


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


READERS: Mapping[str, Callable[[Any, pathlib.Path], Any]] = {
    ".csv": lambda pandas, path: pandas.read_csv(path),
    ".tsv": lambda pandas, path: pandas.read_csv(path, sep="\t"),
    ".parquet": lambda pandas, path: pandas.read_parquet(path),
    ".json": lambda pandas, path: pandas.read_json(path),
    ".jsonl": lambda pandas, path: pandas.read_json(path, lines=True),
}


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
    name = frame.columns[column]
    kind = frame.dtypes.iloc[column].kind
    if value is None and kind in "iub":
        frame[name] = frame.iloc[:, column].astype("boolean" if kind == "b" else "Int64")
    cell = None if value is None else _cell(component, name, kind, value)
    if kind in "iu" and isinstance(cell, float):
        frame[name] = frame.iloc[:, column].astype("Float64")
    frame.iloc[row, frame.columns.get_loc(name)] = cell
    return frame


def _with_dtypes(frame: Any, dtypes: Mapping[Any, Any]) -> Any:
    """Return a frame with its columns of the kind they were, where every value allows that.

    While rows are added, numbers may be missing, which numpy's whole numbers cannot say.
    """
    conversions = {
        name: "float64" if kind.name == "Float64" else dtypes.get(name, kind)
        for name, kind in frame.dtypes.items()
        if kind.name in ("Int64", "Float64", "boolean")
        and dtypes.get(name, kind).name != kind.name
        and not frame[name].isna().any()
    }
    return frame.astype(conversions) if conversions else frame


def _cell(component: Dataframe, name: Any, kind: str, text: Any) -> Any:
    """Return what was typed as a value of its column."""
    make, description = _CELLS.get(kind, (str, "text"))
    try:
        return make(text)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(expected(component, f"{description} in column {name!r}", text)) from error


def _integer_or_float(text: Any) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _moment(text: Any) -> Any:
    import pandas  # noqa: PLC0415 - loaded already: there is a frame

    return pandas.Timestamp(text)


_CELLS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "i": (_integer_or_float, "a number"),
    "u": (_integer_or_float, "a number"),
    "f": (float, "a number"),
    "b": (lambda text: {"true": True, "false": False}[str(text).lower()], "true or false"),
    "M": (_moment, "a moment"),
}


def _add(component: Dataframe, frame: Any, row: int) -> Any:
    pandas = _pandas(component)
    blank = pandas.DataFrame({name: [None] for name in frame.columns})
    if not len(frame):
        return blank
    blank = blank.astype({n: t for n, t in frame.dtypes.items() if t.kind in "OfM"})
    numbers = {n: "Int64" for n, t in frame.dtypes.items() if t.kind in "iu"}
    truths = {n: "boolean" for n, t in frame.dtypes.items() if t.kind == "b"}
    frame, blank = frame.astype(numbers | truths), blank.astype(numbers | truths)
    return pandas.concat([frame.iloc[:row], blank, frame.iloc[row:]], ignore_index=True)


def _remove(component: Dataframe, frame: Any, row: int) -> Any:
    return frame.drop(frame.index[row]).reset_index(drop=True)


_STEPS: Mapping[str, Callable[..., Any]] = {"set": _set, "add": _add, "remove": _remove}
