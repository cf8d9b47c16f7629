"""Equal content has one digest in every process; other content has another."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import json
import math
import operator
import os
import re
import subprocess
import sys
import threading
import time
import types
import uuid
import zoneinfo
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from daggr_nb import Folder, register_digest
from daggr_nb._provenance.digest.content import digest
from daggr_nb.errors import DigestError

UTC = datetime.timezone.utc
PARIS = zoneinfo.ZoneInfo("Europe/Paris")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Size(enum.IntEnum):
    S = 1


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Box:
    w: float
    h: float = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    w: float


class Plain:
    def __init__(self, **state: Any) -> None:
        self.__dict__.update(state)


class Slotted:
    __slots__ = ("__hidden", "a")

    def __init__(self, a: int, hidden: int) -> None:
        self.a, self.__hidden = a, hidden


class Text(str):
    pass


class Table(dict[str, int]):
    pass


class Model(pydantic.BaseModel):
    n: int
    name: str = "x"


class Cached:
    def __init__(self, n: int) -> None:
        self.n = n

    @functools.cached_property
    def double(self) -> int:
        return 2 * self.n


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def big(**cells: Any) -> pd.DataFrame:
    data = pd.DataFrame({"a": np.arange(100_000), "b": [f"s{i}" for i in range(100_000)]})
    for column, value in cells.items():
        data.loc[77_777, column] = value
    return data


def structured(names: str = "xy", align: bool = False) -> Any:
    dtype = np.dtype([(names[0], "i1"), (names[1], "f8")], align=align)
    return np.array([(1, 2.0), (3, 4.0)], dtype=dtype)


def palette(colours: list[int], mode: str = "RGB") -> Image.Image:
    picture = Image.new("P", (2, 1))
    picture.putpalette(colours, mode)
    return picture


def transparent(index: int) -> Image.Image:
    picture = palette([0, 0, 0, 9, 9, 9])
    picture.info["transparency"] = index
    return picture


def attrs(value: pd.DataFrame, **found: Any) -> pd.DataFrame:
    value.attrs.update(found)
    return value


Pair = tuple[Any, Any]

DIFFERENT: dict[str, Pair] = {
    "text and number": ("1", 1),
    "number and truth": (1, True),
    "int and float": (1, 1.0),
    "minus zero": (0.0, -0.0),
    "float and complex": (1.0, 1 + 0j),
    "text and bytes": ("a", b"a"),
    "bytes and bytearray": (b"a", bytearray(b"a")),
    "None and text": (None, "None"),
    "list and tuple": ([1, 2], (1, 2)),
    "where lists end": ([[1], 2], [[1, 2]]),
    "where strings end": (["ab", "c"], ["a", "bc"]),
    "order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "set and frozenset": ({1}, frozenset({1})),
    "dict and OrderedDict": ({"a": 1}, collections.OrderedDict(a=1)),
    "dict and Counter": ({"a": 1}, collections.Counter("a")),
    "factory of a defaultdict": (collections.defaultdict(int), collections.defaultdict(list)),
    "maxlen of a deque": (collections.deque([1]), collections.deque([1], maxlen=3)),
    "typecode of an array": (array.array("i", [1]), array.array("I", [1])),
    "big ints": (2**64, 2**64 + 1),
    "lone surrogates": ("\ud800", "\ud801"),
    "Decimal": (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    "Fraction": (fractions.Fraction(1, 2), fractions.Fraction(1, 3)),
    "flags of a pattern": (re.compile("a"), re.compile("a", re.IGNORECASE)),
    "itemgetter": (operator.itemgetter(0), operator.itemgetter(1)),
    "methodcaller": (operator.methodcaller("f", k=1), operator.methodcaller("f", k=2)),
    "joiners": (", ".join, "; ".join),
    "range": (range(3), range(4)),
    "namespace": (types.SimpleNamespace(a=1), types.SimpleNamespace(a=2)),
    "exceptions": (ValueError("a"), ValueError("b")),
    "exception types": (ValueError("a"), TypeError("a")),
    "time zone": (datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 1, 1)),
    "equal instants": (
        datetime.datetime(2026, 1, 1, 12, tzinfo=UTC),
        datetime.datetime(2026, 1, 1, 13, tzinfo=PARIS),
    ),
    "fold": (
        datetime.datetime(2026, 10, 25, 2, 30, tzinfo=PARIS),
        datetime.datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1),
    ),
    "date and datetime": (datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)),
    "enum members": (Colour.RED, Colour.BLUE),
    "enum and value": (Colour.RED, 1),
    "IntEnum and int": (Size.S, 1),
    "namedtuple and tuple": (Point(1, 2), (1, 2)),
    "names of a namedtuple": (
        collections.namedtuple("T", "a b")(1, 2),
        collections.namedtuple("T", "a c")(1, 2),
    ),
    "data class": (Box(1.0), Box(2.0)),
    "data classes of one content": (Box(1.0), Frozen(1.0)),
    "attribute": (Plain(a=1), Plain(a=2)),
    "name of an attribute": (Plain(a=1), Plain(b=1)),
    "slot": (Slotted(1, 2), Slotted(2, 2)),
    "private slot": (Slotted(1, 2), Slotted(1, 3)),
    "subclass of str": (Text("a"), "a"),
    "subclass of dict": (Table(a=1), {"a": 1}),
    "pydantic": (Model(n=1), Model(n=2)),
    "pydantic, what was set": (Model(n=1), Model(n=1, name="x")),
    "classes": (Plain, Box),
    "text and path": ("x", PurePosixPath("x")),
    "dtype": (np.zeros(4, "i4"), np.zeros(4, "f4")),
    "int32×4 and int64×2": (np.zeros(4, "i4"), np.zeros(2, "i8")),
    "shape": (np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2)),
    "transposed": (np.arange(4).reshape(2, 2), np.arange(4).reshape(2, 2).T),
    "byte order": (np.arange(3, dtype="<i4"), np.arange(3, dtype=">i4")),
    "array and list": (np.array([1, 2]), [1, 2]),
    "0-d array and scalar": (np.array(1), np.int64(1)),
    "numpy and Python scalar": (np.float64(1), 1.0),
    "numpy and Python text": (np.str_("a"), "a"),
    "widths of scalars": (np.int32(1), np.int64(1)),
    "units of time": (np.datetime64("2026-01-01", "D"), np.datetime64("2026-01-01", "s")),
    "fields": (structured("xy"), structured("xz")),
    "field of a record": (structured("xy")[0], structured("xz")[0]),
    "objects in an array": (np.array([1, "a"], object), np.array([1, "b"], object)),
    "object types in an array": (np.array([1, 2], object), np.array([1, True + 1.0], object)),
    "empty arrays": (np.zeros((0, 2)), np.zeros((2, 0))),
    "mask": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "masked and plain": (np.ma.array([1, 2]), np.array([1, 2])),
    "text in an array": (np.array(["a", "b"]), np.array(["a", "c"])),
    "record array": (np.rec.array([(1, 2)], dtype="i4,i4"), np.array([(1, 2)], dtype="i4,i4")),
    "PIL mode": (Image.new("L", (2, 2)), Image.new("P", (2, 2))),
    "PIL size": (Image.new("L", (4, 1)), Image.new("L", (2, 2))),
    "PIL pixel": (Image.new("RGB", (2, 2)), Image.new("RGB", (2, 2), (0, 0, 1))),
    "PIL palette": (palette([0, 0, 0, 1, 1, 1]), palette([0, 0, 0, 2, 2, 2])),
    "PIL alpha of a palette": (
        palette([0, 0, 0, 9] * 2, "RGBA"),
        palette([0, 0, 0, 8] * 2, "RGBA"),
    ),
    "PIL transparency": (transparent(0), transparent(1)),
    "cell deep in a frame": (big(), big(a=0)),
    "text deep in a frame": (big(), big(b="other")),
    "renamed column": (frame(a=[1]), frame(b=[1])),
    "order of columns": (frame(a=[1], b=[1]), frame(b=[1], a=[1])),
    "dtype of a column": (frame(a=[1]), frame(a=[1.0])),
    "index": (frame(a=[1, 2]), frame(a=[1, 2]).set_index(pd.Index([0, 2]))),
    "name of the index": (frame(a=[1]), frame(a=[1]).rename_axis("i")),
    "kind of index": (frame(a=[1]), frame(a=[1]).set_index(pd.Index([0]))),
    "attrs": (frame(a=[1]), attrs(frame(a=[1]), unit="m")),
    "frame and series": (frame(a=[1]), pd.Series([1], name="a")),
    "name of a series": (pd.Series([1], name="a"), pd.Series([1], name="b")),
    "categories": (
        pd.Series(pd.Categorical(["a"], ["a", "b"])),
        pd.Series(pd.Categorical(["a"], ["a", "c"])),
    ),
    "order of categories": (
        pd.Series(pd.Categorical(["a"], ["a", "b"], ordered=True)),
        pd.Series(pd.Categorical(["a"], ["a", "b"])),
    ),
    "tz of a column": (
        pd.Series(pd.to_datetime(["2026-01-01"]).tz_localize("UTC")),
        pd.Series(pd.to_datetime(["2026-01-01"]).tz_localize("UTC").tz_convert("Europe/Paris")),
    ),
    "nullable": (pd.Series([1, 2], dtype="Int64"), pd.Series([1, 2])),
    "NA and None": (pd.Series([pd.NA], dtype=object), pd.Series([None], dtype=object)),
    "nanoseconds": (pd.Timestamp(1), pd.Timestamp(2)),
    "interval": (pd.Interval(0, 1), pd.Interval(0, 1, closed="left")),
    "levels": (
        frame(a=[1]).set_index(pd.MultiIndex.from_tuples([(1, "a")])),
        frame(a=[1]).set_index(pd.MultiIndex.from_tuples([(1, "b")])),
    ),
    "freq": (
        pd.date_range("2026", periods=3, freq="D"),
        pd.DatetimeIndex(["2026-01-01", "2026-01-02", "2026-01-03"]),
    ),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_other_content_has_another_digest(pair: Pair) -> None:
    left, right = map(digest, pair)
    assert left != right


def alike() -> dict[str, Pair]:
    grid = np.arange(12).reshape(3, 4)
    shared = [1, 2]
    worked_out = Cached(2)
    worked_out.double  # noqa: B018
    with io.BytesIO() as file:
        Image.new("L", (2, 2), 7).save(file, "png")
        loaded = Image.open(io.BytesIO(file.getvalue()))
    return {
        "order of a set": ({"a", "b", "c"}, {"c", "b", "a"}),
        "memory layout": (grid, np.asfortranarray(grid)),
        "views": (grid[::2, ::2], grid[::2, ::2].copy()),
        "reversed view": (grid[::-1], grid[::-1].copy()),
        "read-only": (grid, np.frombuffer(grid.tobytes(), grid.dtype).reshape(3, 4)),
        "padding of records": (structured(), structured()),
        "shared and repeated": ([shared, shared], [[1, 2], [1, 2]]),
        "interned and not": ("a" * 5, "".join(["a"] * 5)),
        "all NaNs": (float("nan"), -float("nan")),
        "order of attributes": (Plain(a=1, b=2), Plain(b=2, a=1)),
        "worked out property": (Cached(2), worked_out),
        "picture read from a file": (Image.new("L", (2, 2), 7), loaded),
        "frames in other blocks": (frame(a=[1], b=[2]), frame(a=[1]).assign(b=[2])),
        "named tuple": (Point(1, 2), Point(x=1, y=2)),
        "pydantic": (Model(n=1), Model(n=1)),
        "slots": (Frozen(1.0), Frozen(1.0)),
        "pattern": (re.compile("a"), re.compile("a")),
        "zone": (
            datetime.datetime(2026, 1, 1, tzinfo=PARIS),
            datetime.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
        ),
    }


@pytest.mark.parametrize("what", alike())
def test_equal_content_has_one_digest(what: str) -> None:
    left, right = map(digest, alike()[what])
    assert left == right


def containing_itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def parent_and_child() -> Plain:
    parent = Plain()
    parent.child = Plain(parent=parent)  # type: ignore[attr-defined]
    return parent


def very_deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


def animated() -> Image.Image:
    file = io.BytesIO()
    frames = [Image.new("L", (2, 2), grey) for grey in (0, 99)]
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:])
    return Image.open(file)


class Hooked:
    def __init__(self, content: Any) -> None:
        self.content = content

    def __daggr_digest__(self) -> Any:
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


REFUSED: dict[str, Callable[[], Any]] = {
    "very deep": very_deep,
    "lock": threading.Lock,
    "event": threading.Event,
    "file": lambda: open(os.devnull),  # noqa: SIM115 - closed by the test
    "iterator": lambda: iter([1]),
    "enumerate": lambda: enumerate([1]),
    "generator": lambda: (x for x in "ab"),
    "function": lambda: lambda: 1,
    "bound method": lambda: Cached(1).__init__,
    "object()": object,
    "a lock in a list in a dict": lambda: {"a": [threading.Lock()]},
    "animated picture": animated,
    "a hook that fails": lambda: Hooked(KeyError("weights")),
    "random generator": lambda: np.random.default_rng(0),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_has_no_content_is_refused_with_a_way_out(make: Callable[[], Any]) -> None:
    value = make()
    with pytest.raises(DigestError) as caught:
        digest(value)
    assert len(str(caught.value)) > 30
    if hasattr(value, "close"):
        value.close()


# ---------------------------------------------------------------- the same everywhere

GOLDEN: dict[str, tuple[Any, str]] = {
    "none": (None, "c2651e49f0f2e8bd3447097fe07bf6f2"),
    "int": (-(2**70), "e7235a2128fd546ccc92916baeafe12e"),
    "float": (0.1, "7840b5bcd9710121695c717f530b223c"),
    "text": ("héllo \ud800", "bc36f5364c30060de4ebe2afd55f5d94"),
    "nested": ([1, (2.5, {"a": b"\x00"}), {3, 1, 2}], "10d43d85aab2930e39433325b058a1c9"),
    "datetime": (
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        "de4ecbb4ea44f9188b69e000f1df23b1",
    ),
    "uuid": (uuid.UUID(int=5), "582c1d92167cbe9a9c61620df48ab1bf"),
    "enum": (Colour.RED, "3a369ff3c136f1bbb4914346384b53e8"),
    "data class": (Box(1.0), "52f30724133005c1b9593c3272d2786b"),
    "array": (np.arange(6, dtype="<i8").reshape(2, 3), "c4eeab36789f55b73aa30721304d01bf"),
    "structured": (structured(), "0b495b698132e89fb965a5163bfa15d8"),
    "column": (pd.Series([1, 2], dtype="Int64"), "14c28742e70d1517b3329b76e7607502"),
    "picture": (Image.new("RGB", (2, 3), (1, 2, 3)), "628769f6c852395ede977d3f08303ead"),
    "pattern": (re.compile("a+", re.MULTILINE), "6d9cbdc12953dc15726564c2b2e39612"),
}


@pytest.mark.parametrize("what", GOLDEN)
def test_the_encoding_has_not_changed(what: str) -> None:
    """Whoever changes it makes every stored result unreachable: say so in the changelog."""
    value, known = GOLDEN[what]
    assert digest(value) == known


ELSEWHERE = """
import json, sys
from tests.unit.provenance.test_digest import GOLDEN, alike, digest
found = {what: digest(value) for what, (value, _) in GOLDEN.items()}
found |= {what: digest(pair[0]) for what, pair in alike().items()}
found["sets"] = digest([{"a", "b", ("c", 1)}, frozenset({"x", None, 2.5})])
print(json.dumps(found))
"""


def digests_with(seed: int) -> dict[str, str]:
    """What another process says of the same things, with a seed of hashes of its own."""
    command = [sys.executable, "-W", "ignore", "-c", ELSEWHERE]
    env = {**os.environ, "PYTHONHASHSEED": str(seed)}
    found: dict[str, str] = json.loads(subprocess.check_output(command, env=env, text=True))
    return found


def test_digests_agree_across_processes_and_hash_seeds() -> None:
    assert digests_with(0) == digests_with(4711)  # more of them in tests/stress


# ---------------------------------------------------------------- any plain data

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.binary(max_size=3)
    | st.sampled_from([0, 0.0, -0.0, False, 1, 1.0, True, "", b"", "1"])
)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2) | st.integers(0, 2), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: Any) -> str:
    """Say a value's structure and types in another way."""
    if isinstance(value, float):
        return f"float {value!r}" if not math.isnan(value) else "float nan"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{'|'.join(map(written, value))}]"
    if isinstance(value, dict):
        return "dict{" + "|".join(f"{written(k)}={written(v)}" for k, v in value.items()) + "}"
    return f"{type(value).__name__} {value!r}"


@given(plain, plain)
def test_two_values_share_a_digest_just_if_structure_and_types_agree(a: Any, b: Any) -> None:
    assert (digest(a) == digest(b)) == (written(a) == written(b))


@given(st.lists(plain, min_size=2, max_size=20))
def test_no_two_of_many_are_taken_for_one(values: list[Any]) -> None:
    assert len({digest(v) for v in values}) == len({written(v) for v in values})


# ---------------------------------------------------------------- hooks


def test_a_class_can_say_what_its_content_is() -> None:
    assert digest(Hooked([1, 2])) == digest(Hooked([1, 2]))
    assert digest(Hooked([1, 2])) != digest(Hooked([1, 3]))
    assert digest(Hooked([1, 2])) != digest([1, 2])


def test_a_type_can_be_registered_later_and_its_subclasses_follow() -> None:
    class Client:
        def __init__(self, url: str) -> None:
            self.url, self.lock = url, threading.Lock()

    class Special(Client):
        pass

    for kind in (Client, Special):
        with pytest.raises(DigestError):
            digest(kind("a"))
    register_digest(Client, lambda client: client.url)
    assert digest(Client("a")) == digest(Client("a"))
    assert digest(Special("a")) == digest(Special("a"))
    assert len({digest(v) for v in (Client("a"), Client("b"), Special("a"))}) == 3


# ---------------------------------------------------------------- files


def test_files_count_by_content_where_names_are_drawn(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("same")
    two.write_text("same")
    assert digest(one) == digest(two)
    two.write_text("else")  # the same length, at once
    assert digest(one) != digest(two)


def test_a_file_of_some_age_is_read_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(b"a" * 1000)
    before = digest(file)
    assert digest(file) == before
    time.sleep(0.01)
    file.write_bytes(b"b" * 1000)
    os.utime(file, (1, 1))  # claims to be old
    assert digest(file) != before


def test_folders_count_by_names_and_content(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text("1")
    assert digest(Folder(tmp_path / "a")) == digest(Folder(tmp_path / "b"))
    (tmp_path / "b" / "x.txt").rename(tmp_path / "b" / "y.txt")
    assert digest(Folder(tmp_path / "a")) != digest(Folder(tmp_path / "b"))


def test_a_path_to_nothing_counts_by_name() -> None:
    assert digest(Path("/no/such")) == digest(Path("/no/such"))
    assert digest(Path("/no/such")) != digest(Path("/no/other"))


def test_padding_between_fields_does_not_count() -> None:
    dtype = np.dtype([("x", "i1"), ("y", "f8")], align=True)
    a, b = np.zeros(2, dtype), np.zeros(2, dtype)
    b.view(np.uint8)[1] = 77
    assert digest(a) == digest(b)
