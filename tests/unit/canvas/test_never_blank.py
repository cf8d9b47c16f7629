"""Whatever a value is, its card shows something: the value, or its repr and why not more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from daggr_nb import FnNode, Graph, ui
from daggr_nb._canvas.displays.previews import content, look_at, preview
from tests.unit.trust.odd import Odd, odd_values
from tests.unit.trust.test_looks import Canvas

pytestmark = pytest.mark.filterwarnings("ignore")  # libraries warn of odd values


# ---------------------------------------------------------------- what fits

TABLES: list[tuple[Any, ui.Dataframe, list[str], list[list[Any]]]] = [
    ([{"a": 1, "b": "x"}, {"b": "y"}], ui.Dataframe(), ["a", "b"], [[1, "x"], [None, "y"]]),
    ({"a": [1, 2], "b": ["x", "y"]}, ui.Dataframe(), ["a", "b"], [[1, "x"], [2, "y"]]),
    ({"a": np.array([1, 2]), "b": [3]}, ui.Dataframe(), ["a", "b"], [[1, 3], [2, None]]),
    ({"a": pd.Series([1.5])}, ui.Dataframe(), ["a"], [[1.5]]),
    ({"a": []}, ui.Dataframe(), ["a"], []),
    ([[1, 2], [3]], ui.Dataframe(), ["0", "1"], [[1, 2], [3, None]]),
    ([(1, 2)], ui.Dataframe(headers=["p", "q"]), ["p", "q"], [[1, 2]]),
    ([[1, 2]], ui.Dataframe(headers=["p"]), ["p", "1"], [[1, 2]]),
    ([], ui.Dataframe(headers=["p"]), ["p"], []),
    ([1, 2], ui.Dataframe(), ["0"], [[1], [2]]),
    ({"headers": ["a"], "data": [[1]]}, ui.Dataframe(), ["a"], [[1]]),
    (pd.Series([1, 2], name="s"), ui.Dataframe(), ["s"], [[1], [2]]),
    (pd.Index(["x"]), ui.Dataframe(), ["0"], [["x"]]),
    (np.eye(2), ui.Dataframe(headers=["x", "y"]), ["x", "y"], [[1.0, 0.0], [0.0, 1.0]]),
    (np.arange(2), ui.Dataframe(), ["0"], [[0], [1]]),
    (np.array([(1, "a")], [("n", "i4"), ("t", "U3")]), ui.Dataframe(), ["n", "t"], [[1, "a"]]),
]


def _seen(cell: Any) -> Any:
    return None if isinstance(cell, dict) else cell


@pytest.mark.parametrize(("value", "component", "columns", "rows"), TABLES)
def test_a_table_takes_rows_and_columns_of_every_kind(
    value: Any, component: ui.Dataframe, columns: list[str], rows: list[list[Any]]
) -> None:
    look = look_at(value, component)
    data: Any = look.preview.data
    assert (look.preview.kind, look.preview.note) == ("table", "")
    assert [column["name"] for column in data["columns"]] == columns
    assert [[_seen(cell) for cell in row] for row in data["rows"]] == rows
    assert look.rows is not None
    assert look.rows(0, 20)["rows"] == data["rows"]
    assert look.whole is not None
    assert look.whole()[0] == "text/csv"


def test_a_wide_table_of_rows_is_cut_and_says_so() -> None:
    table: Any = preview([list(range(500))] * 3, ui.Dataframe()).data
    assert (len(table["columns"]), len(table["rows"][0]), table["hidden"]) == (100, 100, 400)


LABELS: list[tuple[Any, str, list[tuple[str, float]]]] = [
    ([("seal", 0.1), ("otter", 0.9)], "otter", [("otter", 0.9), ("seal", 0.1)]),
    ([["otter", 1]], "otter", [("otter", 1.0)]),
    ((("otter", np.float32(0.5)),), "otter", [("otter", 0.5)]),
    ([{"label": "otter", "score": 0.5}], "otter", [("otter", 0.5)]),
    ({"seal": 0.1, "otter": 0.9}, "otter", [("otter", 0.9), ("seal", 0.1)]),
    ({"label": "a", "confidences": [{"label": "a", "confidence": 1}]}, "a", [("a", 1.0)]),
    ({"label": "otter"}, "otter", []),
    ({"label": "otter", "confidences": None}, "otter", []),
    ({"label": 0.5}, "label", [("label", 0.5)]),
    ("otter", "otter", []),
    (3, "3", []),
    (np.float64(2.5), "2.5", []),
]


@pytest.mark.parametrize(("value", "label", "parts"), LABELS)
def test_a_label_takes_classes_in_every_form(
    value: Any, label: str, parts: list[tuple[str, float]]
) -> None:
    found = preview(value, ui.Label())
    data: Any = found.data
    assert (found.kind, found.note, data["label"]) == ("label", "", label)
    assert [tuple(part) for part in data["parts"]] == parts


# ---------------------------------------------------------------- what does not

MISFITS: list[tuple[Any, ui.Component]] = [
    (5, ui.Dataframe()),
    ({"a": 1}, ui.Dataframe()),
    ({"headers": 5, "data": 6}, ui.Dataframe()),
    ([1, 2, 3], ui.Label()),
    ({"a": "b"}, ui.Label()),
    (object(), ui.Label()),
    (5, ui.Image()),
    (5, ui.Gallery()),
    (5, ui.ImageSlider()),
    (5, ui.Audio()),
    (5, ui.Video()),
    (5, ui.Model3D()),
    (5, ui.File()),
    (5, ui.Markdown()),
    (5, ui.HTML()),
    (5, ui.Code()),
    (5, ui.Plot()),
    (5, ui.Palette()),
    (["teal"], ui.Palette()),
    ("text", ui.HighlightedText()),
    ({"text": 5, "entities": [{}]}, ui.HighlightedText()),
    (5, ui.Chatbot()),
    ([5], ui.Chatbot()),
]


@pytest.mark.parametrize(("value", "component"), MISFITS)
def test_what_does_not_fit_is_shown_as_it_is_and_says_so(
    value: Any, component: ui.Component
) -> None:
    found, own = preview(value, component), preview(value)
    assert (found.kind, found.data) == (own.kind, own.data)
    assert found.note.startswith(f"{component.type} shows ")
    assert own.note == ""


def test_a_picture_that_is_no_label_is_still_a_picture() -> None:
    found = preview(Image.new("RGB", (4, 4)), ui.Label())
    assert found.kind == "image"
    assert "Label shows a class" in found.note


# ---------------------------------------------------------------- what only looks like an array


class Like:
    """Has what an array has, as far as it is given."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)

    def reshape(self, *shape: Any) -> Any:
        return self

    def __iter__(self) -> Any:
        return iter((1, 2, 3, 4))

    def __repr__(self) -> str:
        return "like an array"


class Endless(Like):
    def __iter__(self) -> Any:
        while True:
            yield 1


NUMBERS = np.dtype("f8")
LIKES = [
    (Like(shape=(2, 2), dtype=NUMBERS), "array"),  # has no size, and no least or greatest value
    (Like(shape=(2, 2), dtype="numbers"), "array"),
    (Endless(shape=(3,), dtype=NUMBERS), "array"),
    (Like(shape=("two", "two"), dtype=NUMBERS), "text"),
    (Like(shape=7, dtype=NUMBERS), "text"),
    (Like(shape=None, dtype=None), "text"),
    (Like(shape=(10**6, 10**6), dtype=NUMBERS, nnz=3), "text"),  # a sparse one
]


@pytest.mark.parametrize(("value", "kind"), LIKES)
def test_what_looks_like_an_array_is_one_or_its_repr(value: Any, kind: str) -> None:
    found = preview(value)
    assert (found.kind, found.note) == (kind, "")
    assert kind == "array" or found.data == "like an array"


FORMS = [f"{form}_{kind}" for form in ("csr", "csc", "coo", "dok", "lil", "dia", "bsr")
         for kind in ("matrix", "array")]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_sparse_matrix_is_its_repr_in_every_form(form: str) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    value = getattr(sparse, form)(np.eye(3))
    found = preview(value)
    assert (found.kind, found.note, found.summary) == ("text", "", f"{form} 3 × 3")
    assert "stored elements" in str(found.data)


class Refuses:
    """Cannot be looked at, and says who it is."""

    @property
    def dtype(self) -> Any:
        raise MemoryError("too large")

    def __repr__(self) -> str:
        return "who it is"


def test_what_cannot_be_looked_at_is_its_repr_with_the_reason() -> None:
    found = preview(Refuses())
    assert (found.kind, found.data) == ("text", "who it is")
    assert "MemoryError: too large" in found.note
    assert content(Refuses()) == ("text/plain", b"who it is")


# ---------------------------------------------------------------- everything under everything

COMPONENTS: dict[str, Callable[[], ui.Component | None]] = {
    name: getattr(ui, name)
    for name in ui.__all__
    if isinstance(getattr(ui, name), type) and issubclass(getattr(ui, name), ui.Component)
    if name != "ItemList"
}
COMPONENTS["ItemList"] = lambda: ui.ItemList(a=ui.Textbox())
COMPONENTS["none"] = lambda: None
HARMLESS = [case for case in odd_values() if "KeyboardInterrupt" not in case.name]  # Ctrl-C here


@pytest.mark.parametrize("odd", HARMLESS, ids=lambda odd: odd.name)
def test_every_odd_value_is_shown_under_every_component(odd: Odd) -> None:
    try:
        value = odd.make()
    except ImportError:
        pytest.skip("its library is not here")
    for name, make in COMPONENTS.items():
        found = preview(value, make())
        assert found.summary, name
        told = json.dumps(found.model_dump(mode="json"), allow_nan=False)
        assert len(told) < 600_000, (name, len(told))


class Counter:
    """Counts on, and is no iterator all the same."""

    def __next__(self) -> int:
        raise SystemExit("no next")


class OddIterator(Counter):
    def __iter__(self) -> Any:
        raise MemoryError("no items")


@pytest.mark.parametrize("kind", [Counter, OddIterator])
def test_what_is_no_iterator_after_all_is_a_value(kind: type) -> None:
    graph = Graph("Counters", [FnNode(kind, "counter", version="1")], persist_key=False)
    graph.run()
    assert type(graph.results["counter"]["output"]) is kind
    graph.close()


# ---------------------------------------------------------------- a batch with a culprit


class Moody(FnNode):
    """A node whose card cannot be told in some moods."""

    good = True

    @property
    def notes(self) -> Any:
        if not self.good:
            raise SystemExit("no notes")
        return ()


def test_a_card_that_cannot_be_told_takes_no_other_along() -> None:
    moody, plain = Moody(lambda: 1, "moody"), FnNode(lambda: 2, "plain")
    graph = Graph("Moods", [moody, plain], persist_key=False)
    canvas = Canvas(graph)
    moody.good = False
    graph.run()
    kinds = set()
    while "output" not in canvas.values["plain"] or not canvas.states["moody"]["remarks"]:
        kinds.add(canvas.hear())
    while canvas.states["plain"]["status"] != "succeeded":
        kinds.add(canvas.hear())
    assert canvas.states["moody"]["status"] in ("running", "succeeded")
    assert "SystemExit: no notes" in canvas.states["moody"]["remarks"][0]
    assert "snapshot" not in kinds, "all cards begin anew"
    while "output" not in canvas.values["moody"]:
        canvas.hear()
    assert canvas.values["moody"]["output"]["data"] == 1
    moody.good = True
    graph.run(force=True)
    while canvas.states["moody"]["remarks"] or canvas.states["moody"]["status"] == "running":
        canvas.hear()
    graph.close()
