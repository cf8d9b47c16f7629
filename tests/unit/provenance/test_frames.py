"""Frames and series are kept by column, without a pickle, and come back exactly."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from daggr_nb import digest
from daggr_nb._provenance.artifacts.codec import Parts, decode, encode

pd = pytest.importorskip("pandas")

PLAIN = {
    "numbers": pd.DataFrame({"a": [1, 2], "b": [0.5, float("nan")], "c": [True, False]}),
    "small types": pd.DataFrame({"a": np.array([1, 2], "int8"), "b": np.array([1, 2], "float32")}),
    "text": pd.DataFrame({"name": ["é", "", None], "more": ["x", "y", "z"]}),
    "objects": pd.DataFrame({"a": pd.Series([1, "x", None, [1, 2]], dtype=object)}),
    "empty": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="float64")}),
    "dates": pd.DataFrame({"at": pd.to_datetime(["2026-01-02", None])}),
    "zones": pd.DataFrame({"at": pd.to_datetime(["2026-01-02"]).tz_localize("Europe/Paris")}),
    "spans": pd.DataFrame({"took": pd.to_timedelta(["1h", "2s"])}),
    "categories": pd.DataFrame({"c": pd.Categorical(["b", "a", None], ["b", "a"], ordered=True)}),
    "nullable": pd.DataFrame({"n": pd.array([1, None], "Int64"), "f": pd.array([True, None])}),
    "index of text": pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
    "index of dates": pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2026-01-01", periods=2)),
    "several levels": pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["s", "n"])
    ),
    "columns of numbers": pd.DataFrame(np.arange(6).reshape(2, 3)),
    "two columns of one name": pd.DataFrame([[1, "x"]], columns=["a", "a"]),
    "named": pd.DataFrame({"a": [1]}).rename_axis("rows").rename_axis("columns", axis=1),
    "series": pd.Series([1.5, 2.5], name="s", index=["a", "b"]),
    "series of text": pd.Series(["a", "b"]),
    "large": pd.DataFrame({"a": np.arange(400_000), "b": np.random.default_rng(1).random(400_000)}),
}


def there_and_back(value: Any) -> tuple[Any, str]:
    parts: Parts = {}
    ref = encode(value, digest(value), parts)

    def load(content: Any) -> bytes:
        blob = parts[content]
        return blob if isinstance(blob, bytes) else b"".join(blob)  # type: ignore[arg-type]

    return decode(ref, load), ref.encoding


@pytest.mark.parametrize("name", PLAIN)
def test_it_comes_back_exactly_without_a_pickle(name: str) -> None:
    value = PLAIN[name]
    back, encoding = there_and_back(value)
    assert encoding == "frame"
    assert digest(back) == digest(value)
    same = pd.testing.assert_series_equal if value.ndim == 1 else pd.testing.assert_frame_equal
    same(back, value)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": pd.interval_range(0, 2)}),
        pd.DataFrame({"a": pd.period_range("2026-01", periods=2, freq="M")}),
        pd.DataFrame({"a": pd.Series([datetime.date(2026, 1, 1)], dtype=object)}),
    ],
    ids=["intervals", "periods", "dates as objects"],
)
def test_what_is_not_plain_still_comes_back(value: Any) -> None:
    back, _ = there_and_back(value)
    pd.testing.assert_frame_equal(back, value)


def test_attributes_stay() -> None:
    value = pd.DataFrame({"a": [1]})
    value.attrs["source"] = "survey"
    assert there_and_back(value)[0].attrs == {"source": "survey"}
