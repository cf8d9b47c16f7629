"""Edits of tables: by place, in the kind of each column, with every digit; files and downloads."""

from __future__ import annotations

import csv
import datetime
import io
import queue
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.bridge import Bridge
from daggr_nb._canvas.displays.data.table import page
from daggr_nb._canvas.displays.jsonable import number_text
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb.errors import InputError

TABLE = ui.Dataframe(label="T")
UTC = datetime.timezone.utc


def edited(frame: Any, *steps: list[Any]) -> Any:
    return TABLE.edited(frame, {"$edits": list(steps)})


def editor(frame: Any, row: int, column: int = 0) -> str | None:
    """What an editor begins with: the whole cell, nothing for what is missing."""
    cell = page(frame, row, row + 1, True)["rows"][0][column]
    if isinstance(cell, dict):
        return None
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def objects(*values: Any) -> Any:
    return pd.Series(values, dtype=object)


COLUMNS: dict[str, Any] = {
    "int64": pd.Series([1, 2, 3]),
    "int8": pd.Series([1, 2, 3], dtype="int8"),
    "uint64": pd.Series([2**63, 2, 3], dtype="uint64"),
    "beyond 2**53": pd.Series([2**60 + 1, -(2**62) - 1, 3]),
    "float64": pd.Series([0.1, 1234567.891, np.nan]),
    "float32": pd.Series([0.1, 2, 3], dtype="float32"),
    "float16": pd.Series([0.1, 1, 2], dtype="float16"),
    "bool": pd.Series([True, False, True]),
    "Int64": pd.Series([2**60 + 1, None, 3], dtype="Int64"),
    "UInt8": pd.Series([1, None, 3], dtype="UInt8"),
    "Float64": pd.Series([0.1, None, 3], dtype="Float64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "str": pd.Series(["a", None, ""]),
    "string": pd.Series(["a", None, "x"], dtype="string"),
    "long text": pd.Series(["a" * 1000, "b\nc", '"q"']),
    "moments": pd.Series([pd.Timestamp("2026"), pd.Timestamp(1_700_000_000_000_000_007), None]),
    "moments in seconds": pd.Series(np.array(["2026-01-01"] * 3, dtype="datetime64[s]")),
    "moments in UTC": pd.Series(pd.date_range("2026-01-01", periods=3, tz="UTC")),
    "moments in a zone": pd.Series(pd.date_range("2026-03-28", periods=3, tz="Europe/Oslo")),
    "durations": pd.to_timedelta(pd.Series(["1 days", "2h", None])),
    "months": pd.Series(pd.period_range("2026-01", periods=3, freq="M")),
    "categories": pd.Series(pd.Categorical(["x", "y", "x"])),
    "categories of odd texts": pd.Series(pd.Categorical(["b", "", "nan"])),
    "categories of numbers": pd.Series(pd.Categorical([1, 2, 2])),
    "categories of floats": pd.Series(pd.Categorical([0.5, 2.0, None])),
    "intervals": pd.Series(pd.interval_range(0, 3)),
    "complex": pd.Series([1 + 2j, 0j, 1j]),
    "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "objects": objects("a", None, 5),
    "decimals": objects(Decimal("0.10"), Decimal(2), None),
    "days": objects(datetime.date(2026, 1, 1), None, datetime.date(2026, 1, 2)),
    "times": objects(datetime.time(1, 2), None, datetime.time(3)),
    "datetimes": objects(datetime.datetime(2026, 1, 1, tzinfo=UTC), None, None),
    "lists": objects([1], [], None),
    "dicts": objects({"a": 1}, {}, None),
    "whole numbers as objects": objects(1, None, 2**70),
    "truths as objects": objects(True, None, False),
    "numpy numbers as objects": objects(np.float64(0.1), np.int64(2), None),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_cell_taken_as_its_editor_begins_is_what_it_was(name: str, row: int) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})
    pd.testing.assert_frame_equal(edited(frame, ["set", row, 0, editor(frame, row)]), frame)


LABELS: dict[str, Any] = {
    "none": None,
    "texts": ["x", "y", "z"],
    "twice": [0, 1, 0],
    "counted from 5": pd.RangeIndex(5, 8),
    "of a selection": [0, 4, 9],
    "moments": pd.DatetimeIndex(["2026-01-01", "2026-01-02", "2026-01-04"]),
    "a zone": pd.DatetimeIndex(["2026-01-01", "2026-01-02", "2026-01-04"], tz="Europe/Oslo"),
    "months": pd.period_range("2026-01", periods=3, freq="M", name="month"),
    "two levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", "n"]),
    "categories": pd.CategoricalIndex(["p", "q", "p"]),
    "intervals": pd.interval_range(0, 3),
    "floats": [0.5, 0.5, 1.0],
    "truths": [True, False, True],
    "objects": [None, "a", 3],
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("row", [0, 1, 3])
def test_a_row_that_is_added_is_empty_and_without_it_all_is_as_before(name: str, row: int) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})
    longer = edited(frame, ["add", row])
    assert len(longer) == 4
    assert longer.iloc[row].isna().all()
    pd.testing.assert_frame_equal(edited(frame, ["add", row], ["remove", row]), frame)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("row", [0, 1, 3])
def test_rows_are_added_and_removed_by_place_and_the_others_keep_their_labels(
    labels: str, row: int
) -> None:
    frame = pd.DataFrame({"v": [10, 20, 30], "w": [1, 2, 3]}, index=LABELS[labels])
    longer = edited(frame, ["add", row], ["set", row, 0, "7"])
    assert longer["v"].to_list() == [*[10, 20, 30][:row], 7, *[10, 20, 30][row:]]
    pd.testing.assert_frame_equal(edited(frame, ["add", row], ["remove", row]), frame)
    shorter = edited(frame, ["remove", 1])
    assert shorter["v"].to_list() == [10, 30]
    assert [*shorter.index] == ([0, 1] if labels == "none" else [frame.index[0], frame.index[2]])
    pd.testing.assert_frame_equal(edited(frame, ["set", 1, 0, "20"]), frame)
    none = frame.iloc[:0]
    assert edited(none, ["add", 0], ["set", 0, 1, "5"])["w"].to_list() == [5]


# Intervals are taken from those that are there, and of whole numbers none can be missing.
@pytest.mark.parametrize("name", sorted(COLUMNS.keys() - {"intervals"}))
def test_a_row_of_a_frame_without_rows_has_the_kinds_of_its_columns(name: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})
    first = edited(frame.iloc[:0], ["add", 0], ["set", 0, 0, editor(frame, 0)])
    assert first.dtypes.to_list() == frame.dtypes.to_list()


@pytest.mark.parametrize(
    ("frame", "text", "value"),
    [
        (None, "x", "x"),
        (None, "5", "5"),
        (pd.DataFrame({"a": []}), "x", "x"),
        (pd.DataFrame({"a": []}), "1.5", 1.5),
        (pd.DataFrame(columns=["a"]), "5", "5"),
        (ui.Dataframe(headers=["a", "b"]).initial, "x", "x"),
        (pd.DataFrame({"a": [1]}).iloc[:0], "5", 5),
    ],
)
def test_a_table_of_which_nobody_said_what_it_has_takes_what_is_typed(
    frame: Any, text: str, value: Any
) -> None:
    assert edited(frame, ["add", 0], ["set", 0, 0, text]).iloc[0, 0] == value
    assert edited(frame, ["fill", 0, 0, [[text]]]).iloc[0, 0] == value


def test_columns_of_one_name_are_told_apart() -> None:
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["price", "price"])
    assert edited(frame, ["set", 0, 0, "111"]).to_numpy().tolist() == [[111, 2], [3, 4]]
    assert edited(frame, ["set", 0, 1, ""]).isna().to_numpy().tolist()[0] == [False, True]
    assert len(edited(frame, ["add", 0])) == 3
    levels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "x")])
    stacked = edited(frame.set_axis(levels, axis=1), ["set", 0, 1, "1.5"])
    assert stacked.to_numpy().tolist() == [[1, 1.5], [3, 4]]
    assert stacked.columns.equals(levels)


def test_labels_stay_where_a_frame_has_them() -> None:
    frame = pd.DataFrame({"pop": [5, 9, 7]}, index=["Oslo", "Rome", "Lima"])
    assert edited(frame, ["remove", 1])["pop"].to_dict() == {"Oslo": 5, "Lima": 7}
    stacked = pd.concat([pd.DataFrame({"v": [10, 20]}), pd.DataFrame({"v": [30, 40]})])
    assert edited(stacked, ["remove", 0])["v"].to_list() == [20, 30, 40]


TYPED: list[tuple[str, str, Any]] = [
    ("int64", "9007199254740993", 2**53 + 1),
    ("int64", " 1 234 ", 1234),
    ("int64", "1 234", 1234),
    ("int64", "1’234", 1234),
    ("int64", "1,234,567", 1234567),
    ("int64", "1.234.567", 1234567),
    ("int64", "−2", -2),
    ("int64", "1e3", 1000),
    ("int64", "1,5", 1.5),
    ("int64", "٣", 3),
    ("int8", "300", 300),
    ("uint64", "-1", None),
    ("float64", "1.234,5", 1234.5),
    ("float64", "1,234.5", 1234.5),
    ("float64", "0,125", 0.125),
    ("float64", "∞", float("inf")),
    ("float64", "-0", -0.0),
    ("float64", "1,234", None),
    ("float64", "1e400", None),
    ("float64", "9007199254740993", None),
    ("float64", "12a", None),
    ("beyond 2**53", "1.5", None),
    ("int64", "99999999999999999999", None),
    ("bool", "yes", True),
    ("bool", "maybe", None),
    ("moments", "2026-02-03 04:05", pd.Timestamp("2026-02-03 04:05")),
    ("moments", "2026-02-03T04:05+01:00", None),
    ("moments", "soon", None),
    ("moments in seconds", "2026-02-03 04:05:06.5", pd.Timestamp("2026-02-03 04:05:06.5")),
    ("moments in a zone", "2026-07-01", pd.Timestamp("2026-07-01", tz="Europe/Oslo")),
    ("moments in a zone", "2026-07-01T00:00Z", pd.Timestamp("2026-07-01 02:00", tz="Europe/Oslo")),
    ("moments in a zone", "2026-03-29 02:30", None),
    ("durations", "3 days", pd.Timedelta("3 days")),
    ("durations", "long", None),
    ("months", "2026-05", pd.Period("2026-05", "M")),
    ("months", "May-ish", None),
    ("categories", "y", "y"),
    ("categories", "z", None),
    ("categories of numbers", "2", 2),
    ("categories of numbers", "2.0", 2),
    ("categories of numbers", "3", None),
    ("categories of odd texts", "", ""),
    ("categories of odd texts", "nan", "nan"),
    ("complex", "1 + 2j", 1 + 2j),
    ("str", "NaN", "NaN"),
    ("str", "", ""),
    ("lists", "[1, 2]", [1, 2]),
    ("lists", "[1, 2", None),
    ("decimals", "0.30", Decimal("0.30")),
    ("whole numbers as objects", "5", 5),
    ("objects", "5", "5"),
]


@pytest.mark.parametrize(("name", "text", "value"), TYPED)
def test_what_is_typed_is_a_value_of_the_column(name: str, text: str, value: Any) -> None:
    frame = pd.DataFrame({"other": [1, 2, 3], name: COLUMNS[name]})
    if value is None:
        with pytest.raises(InputError, match=f"in column {name!r}, got ".replace("*", r"\*")):
            edited(frame, ["set", 0, 1, text])
        return
    result = edited(frame, ["set", 0, 1, text])
    found = result.iloc[0, 1]
    assert found == value
    assert str(found) == str(value) or not isinstance(value, float)
    pd.testing.assert_frame_equal(result[["other"]], frame[["other"]])


def test_missing_is_no_empty_text() -> None:
    frame = pd.DataFrame({"s": ["a", "b"], "n": [1, 2]})
    cells = edited(frame, ["set", 0, 0, None], ["set", 1, 0, ""], ["set", 0, 1, ""])
    assert cells["s"].isna().to_list() == [True, False]
    assert cells["n"].isna().to_list() == [True, False]


@pytest.mark.parametrize(
    "step",
    [
        ["set", -1, 0, "1"],
        ["set", 3, 0, "1"],
        ["set", 0, 1, "1"],
        ["set", True, 0, "1"],
        ["add", 4],
        ["remove", -1],
        ["fill", 4, 0, [["1"]]],
        ["fill", 0, 0, "1"],
        ["sort", 0],
        ["set"],
        [],
        5,
    ],
    ids=str,
)
def test_a_place_that_is_not_there_is_no_other_place(step: Any) -> None:
    with pytest.raises(InputError, match=r"^Dataframe 'T' expected "):
        edited(pd.DataFrame({"a": [1, 2, 3]}), step)


# ---------------------------------------------------------------- blocks


def test_a_block_fills_from_a_cell_on_and_adds_rows() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "n": [1, 2]}, index=["p", "q"])
    block = [["", "2,5"], ["line\nline", ""], ["z", "7"]]
    filled = edited(frame, ["fill", 1, 0, block])
    assert filled["a"].to_list() == ["x", "", "line\nline", "z"]
    assert filled["n"].fillna(-1).to_list() == [1, 2.5, -1, 7]
    assert filled.index.to_list() == ["p", "q", "", ""]
    with pytest.raises(InputError, match=r"at most 1 columns from 'n' on, got 2. Begin"):
        edited(frame, ["fill", 0, 1, [["1", "2"]]])
    with pytest.raises(InputError, match="expected a number in column 'n', got str 'many'"):
        edited(frame, ["fill", 0, 0, [["a", "1"], ["b", "many"]]])
    assert frame["a"].to_list() == ["x", "y"]


@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), min_size=1, max_size=6))
def test_a_block_of_texts_is_there_as_it_was_pasted(block: list[list[str]]) -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["p", "q"]})
    assert edited(frame, ["fill", 0, 0, block]).iloc[: len(block)].to_numpy().tolist() == block


# ---------------------------------------------------------------- what is shown and downloaded


def test_a_long_cell_says_that_it_is_cut_and_comes_whole_when_asked_for() -> None:
    frame = pd.DataFrame({"s": ["a" * 1000], "n": [10**300], "o": objects(["b" * 500])})
    short, whole = page(frame, 0, 1)["rows"][0], page(frame, 0, 1, True)["rows"][0]
    assert short[0] == {"cut": "a" * 200}
    assert all(isinstance(cell, dict) and len(cell["cut"]) == 200 for cell in short)
    assert whole == ["a" * 1000, str(10**300), repr(["b" * 500])]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1234567.891, "1234567.891"),
        (100000.01, "100000.01"),
        (123456789.123456, "123456789.12"),
        (2 / 3, "0.666667"),
        (0.1 + 0.2, "0.3"),
        (1e22, "1e+22"),
        (5.0, "5"),
        (-1234567.891234, "-1234567.89"),
    ],
)
def test_an_amount_is_told_to_the_hundredth(number: float, text: str) -> None:
    assert number_text(number) == text


def written(value: Any) -> str:
    whole = look_at(value, TABLE).whole
    assert whole is not None
    return whole()[1].decode()


def test_a_download_has_the_labels_of_rows_that_say_something() -> None:
    pay = pd.DataFrame({"team": ["a", "b"], "pay": [1234567.891, 100000.01]})
    assert written(pay) == "team,pay\na,1234567.891\nb,100000.01\n"
    assert written(pay.groupby("team").sum()) == "team,pay\na,1234567.891\nb,100000.01\n"
    assert written(pay.iloc[1:]) == ",team,pay\n1,b,100000.01\n"
    rows = [["a,b", 'say "x"', None], ["c\nd", 2**60, "e" * 500]]
    assert list(csv.reader(io.StringIO(written(rows)))) == [
        ["a,b", 'say "x"', ""],
        ["c\nd", str(2**60), "e" * 500],
    ]


def test_a_frame_of_polars_is_shown_edited_and_written_likewise() -> None:
    frame = pl.DataFrame(
        {
            "n": [2**60 + 1, None],
            "s": ["x", None],
            "f": [1234567.891, None],
            "b": [True, None],
            "at": [datetime.datetime(2026, 1, 1), None],
            "zone": [datetime.datetime(2026, 1, 1, tzinfo=UTC), None],
            "day": [datetime.date(2026, 1, 1), None],
            "many": [[1, 2], None],
        }
    )
    for component in (TABLE, None):
        look = look_at(frame, component)
        assert (look.preview.kind, look.preview.count) == ("table", 2)
        assert look.preview.data["rows"][0][:4] == [str(2**60 + 1), "x", 1234567.891, True]
    assert written(frame).splitlines()[1].startswith(f"{2**60 + 1},x,1234567.891,True,")
    accepted = TABLE.accept(frame)
    assert accepted.columns.to_list() == frame.columns
    assert [str(dtype) for dtype in accepted.dtypes[:4]] == ["Int64", "str", "float64", "boolean"]
    assert edited(frame, ["set", 1, 0, str(2**60 + 3)])["n"].to_list() == [2**60 + 1, 2**60 + 3]


def test_the_canvas_gets_whole_cells_when_it_asks() -> None:
    graph = Graph("Cells", [FnNode(lambda: pd.DataFrame({"s": ["a" * 1000]}), "f", outputs=["t"])])
    graph.run()
    arrived: queue.Queue[Any] = queue.Queue()
    bridge = Bridge(graph.session, "Cells", lambda m, b: arrived.put((m, b)))
    fetch = {"kind": "fetch", "id": "f", "node": "f", "port": "t", "rows": [0, 1]}
    for whole in (False, True):
        bridge.receive({**fetch, "whole": whole})
    heard = (arrived.get(timeout=20) for _ in range(2))
    pages = [buffers[0] for message, buffers in heard if message["kind"] == "fetched"]
    assert [len(piece) > 1000 for piece in pages] == [False, True]


# ---------------------------------------------------------------- files

FRAME = {"name": ["Ann", "Bo; B"], "n": [1.5, 2.5]}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", b"name,n\nAnn,1.5\nBo; B,2.5\n"),
        ("t.csv", b'name;n\nAnn;1,5\n"Bo; B";2,5\n'),
        ("t.csv", b'name;n\nAnn;1.5\n"Bo; B";2.5\n'),
        ("t.csv", b"name\tn\nAnn\t1.5\nBo; B\t2.5\n"),
        ("t.tsv", b"name\tn\nAnn\t1,5\nBo; B\t2,5\n"),
        ("t.csv", b"\xef\xbb\xbfname,n\r\nAnn,1.5\r\nBo; B,2.5\r\n"),
        ("t.csv", b'\xef\xbb\xbfname;n\r\nAnn;1,5\r\n"Bo; B";2,5\r\n'),
        ("t.csv", "name\tn\nAnn\t1,5\nBo; B\t2,5\n".encode("utf-16")),
        ("t.csv", b"name|n\nAnn|1.5\nBo; B|2.5\n"),
    ],
)
def test_a_file_of_a_spreadsheet_of_any_country_is_a_table(
    name: str, data: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    assert TABLE.accept(tmp_path / name).to_dict("list") == FRAME


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a\n1\n2\n", ["a"]),
        ('text\n"a, b"\n"c"\n', ["text"]),
        ('a,b\n"1\n2",3\n', ["a", "b"]),
        ("a,b\n1,\n", ["a", "b"]),
        ("a;b;c\n1;2\n", ["a", "b", "c"]),
    ],
)
def test_what_stands_between_values_is_told_by_all_lines(
    text: str, columns: list[str], tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert TABLE.accept(tmp_path / "t.csv").columns.to_list() == columns
