"""Values of libraries that are not needed otherwise: kept, and not changed by use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb._provenance.artifacts.codec import Parts, decode, encode
from daggr_nb._provenance.digest.content import digest


def polars_frame(n: int) -> Any:
    polars = pytest.importorskip("polars")
    return polars.DataFrame({"a": [n, None], "b": ["x", None], "c": [[1], None]})


def polars_series(n: int) -> Any:
    return pytest.importorskip("polars").Series("s", [n, 2])


def arrow_table(n: int) -> Any:
    return pytest.importorskip("pyarrow").table({"a": [n, None], "b": ["x", None]})


def classifier(n: int) -> Any:
    linear = pytest.importorskip("sklearn.linear_model")
    return linear.LogisticRegression(C=n).fit([[0.0], [1.0]], [0, 1])


def neighbours(n: int) -> Any:
    found = pytest.importorskip("sklearn.neighbors")
    return found.KNeighborsClassifier(1, algorithm="kd_tree").fit([[0.0], [float(n)]], [0, 1])


def pipeline(n: int) -> Any:
    make = pytest.importorskip("sklearn.pipeline").make_pipeline
    scale = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    return make(scale, classifier(n)).fit([[0.0], [1.0]], [0, 1])


def vectorizer(n: int) -> Any:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    return text.TfidfVectorizer(stop_words="english", min_df=n).fit(["a cat", "the cat"])


def data_set(n: int) -> Any:
    return pytest.importorskip("xarray").Dataset({"t": (("x",), [n, 2])}, attrs={"u": "K"})


USES: dict[Callable[[int], Any], Callable[[Any], Any]] = {
    polars_frame: lambda value: (value.sort("a"), value.to_dicts()),
    polars_series: lambda value: (value.sort(), value.max()),
    arrow_table: lambda value: (value.to_pydict(), value.slice(0, 1)),
    classifier: lambda value: value.predict([[0.5]]),
    neighbours: lambda value: value.predict([[0.5]]),
    pipeline: lambda value: value.predict([[0.5]]),
    vectorizer: lambda value: (value.transform(["cat"]), value.build_analyzer()),
    data_set: lambda value: (value.t.attrs, value.mean(), repr(value)),
}


@pytest.mark.parametrize("make", USES, ids=lambda make: make.__name__)
def test_it_is_kept_and_use_does_not_change_it(make: Callable[[int], Any]) -> None:
    value = make(1)
    content = digest(value)
    assert content == digest(make(1))
    assert content != digest(make(2))
    parts: Parts = {}
    ref = encode(value, content, parts)
    assert ref.encoding != "none"
    back = decode(ref, parts.__getitem__)  # type: ignore[arg-type]
    for each in (value, back):
        USES[make](each)
        assert digest(each) == content
