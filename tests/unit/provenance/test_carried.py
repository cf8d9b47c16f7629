"""What pickling would carry of a value counts, and comes back in another process."""

from __future__ import annotations

import array
import collections
import configparser
import datetime
import functools
import io
import ipaddress
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import types
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from dateutil import tz
from matplotlib import colormaps
from PIL import Image, PngImagePlugin

from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, decode, encode
from daggr_nb._provenance.digest.content import digest

bs4 = pytest.importorskip("bs4")
networkx = pytest.importorskip("networkx")
sparse = pytest.importorskip("scipy.sparse")

Pair = tuple[Any, Any]


def tagged(base: type) -> type:
    """Return a subclass, as importable as pickling wants it, that takes attributes."""
    name = f"Tagged{base.__name__.capitalize()}"
    if name not in globals():
        globals()[name] = type(name, (base,), {"__module__": __name__})
    return globals()[name]  # type: ignore[no-any-return]


CONTENT = {
    str: ("a",),
    int: (1,),
    float: (1.5,),
    bytes: (b"a",),
    bytearray: (b"a",),
    list: ([1],),
    tuple: ([1],),
    dict: ({"a": 1},),
    set: ([1],),
    frozenset: ([1],),
    collections.deque: ([1],),
    collections.OrderedDict: ({"a": 1},),
    collections.UserDict: ({"a": 1},),
    array.array: ("i", [1]),
    ValueError: ("a",),
    types.SimpleNamespace: (),
    io.BytesIO: (b"a",),
}
for each in CONTENT:
    tagged(each)


class Offset(datetime.tzinfo):
    def __init__(self, hours: int = 0) -> None:
        self.hours = hours

    def utcoffset(self, dt: Any) -> datetime.timedelta:
        return datetime.timedelta(hours=self.hours)

    def __repr__(self) -> str:
        return "Offset()"


class Picky:
    """Says itself what pickling carries."""

    def __init__(self, n: int, made: Any = None) -> None:
        self.n, self.made = n, made

    def __getstate__(self) -> Any:
        return {"n": self.n}


class Frame(pd.DataFrame):
    _metadata = ["crs"]  # noqa: RUF012 - as pandas has it

    @property
    def _constructor(self) -> type:
        return Frame


class Node:
    def __init__(self, name: str, parent: Node | None = None) -> None:
        self.name, self.parent, self.children = name, parent, list[Node]()
        if parent is not None:
            parent.children.append(self)


def tree(leaf: str) -> Node:
    root = Node("root")
    for name in ("a", "b", leaf):
        Node(name, root)
    return root


def marked(value: Any, **attributes: Any) -> Any:
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value


def at(buffer: Any, place: int) -> Any:
    buffer.seek(place)
    return buffer


def photo(**saved: Any) -> Image.Image:
    form = saved.pop("form", "png")
    file = io.BytesIO()
    Image.new("RGB", (4, 2), "red").save(file, form, **saved)
    return Image.open(io.BytesIO(file.getvalue()))


def turned(to: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = to
    return exif


def texts(said: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", said)
    info.add_itxt("title", said, "de")
    return info


def frame(**options: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 2]}, **options)


def dates(zone: Any) -> pd.DataFrame:
    return frame().assign(at=pd.to_datetime(["2026-01-02", "2026-01-03"]).tz_localize(zone))


def masked(**options: Any) -> Any:
    return np.ma.array([1, 2], mask=[0, 1], **options)


def noted(unit: str) -> Any:
    return np.zeros(2, np.dtype("f8", metadata={"unit": unit}))


def config(value: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string(f"[a]\nb = {value}\n[c]\nd = 1")
    return parser


def levels(order: list[str]) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([pd.CategoricalIndex(["x"], order), [1, 2]])
    return pd.DataFrame({"a": [1, 2]}, index=index)


def soup(text: str) -> Any:
    return bs4.BeautifulSoup(f"<a x='1'>1<b>2</b></a><p>{text}</p>", "html.parser")


def matrix(form: str, value: float = 2.0, column: int = 1) -> Any:
    return getattr(sparse, form)(([1.0, value], ([0, 1], [0, column])), shape=(2, 3))


def graph(**notes: Any) -> Any:
    found = networkx.path_graph(3)
    found.graph.update(notes)
    return found


CARRIED: dict[str, Callable[[], Pair]] = {
    **{
        f"attribute of a {base.__name__}": lambda base=base, given=given: (
            marked(tagged(base)(*given), unit="m"),
            marked(tagged(base)(*given), unit="s"),
        )
        for base, given in CONTENT.items()
    },
    "Exif of a JPEG": lambda: (photo(form="jpeg", exif=turned(6)), photo(form="jpeg")),
    "Exif of a PNG": lambda: (photo(exif=turned(6)), photo(exif=turned(3))),
    "Exif of a TIFF": lambda: (photo(form="tiff", exif=turned(6)), photo(form="tiff")),
    "Exif of a WebP": lambda: (photo(form="webp", exif=turned(6)), photo(form="webp")),
    "texts of a PNG": lambda: (photo(pnginfo=texts("a cat")), photo(pnginfo=texts("a dog"))),
    "dpi of a PNG": lambda: (photo(dpi=(72, 72)), photo(dpi=(300, 300))),
    "dpi of a JPEG": lambda: (photo(form="jpeg", dpi=(72, 72)), photo(form="jpeg", dpi=(9, 9))),
    "comment of a JPEG": lambda: (photo(form="jpeg", comment=b"a"), photo(form="jpeg")),
    "comment of a GIF": lambda: (photo(form="gif", comment=b"a"), photo(form="gif")),
    "profile of a PNG": lambda: (photo(icc_profile=b"a"), photo(icc_profile=b"b")),
    "info of a picture in memory": lambda: (
        marked(Image.new("L", (1, 1)), info={"seed": 7, "by": ("x", 1.5)}),
        marked(Image.new("L", (1, 1)), info={"seed": 8, "by": ("x", 1.5)}),
    ),
    "fill value": lambda: (masked(fill_value=7), masked(fill_value=8)),
    "hard mask": lambda: (masked(hard_mask=True), masked()),
    "notes of a dtype": lambda: (noted("m"), noted("s")),
    "byte order": lambda: (np.arange(2, dtype="<i4"), np.arange(2, dtype=">i4")),
    "text array": lambda: (
        np.array(["a", "bc"], np.dtypes.StringDType()),
        np.array(["a", "bd"], np.dtypes.StringDType()),
    ),
    "dtype itself": lambda: (np.dtype("f4"), np.dtype(">f4")),
    "polynomial": lambda: (np.polynomial.Polynomial([1, 2]), np.polynomial.Chebyshev([1, 2])),
    "attrs": lambda: (marked(frame(), attrs={"u": "m"}), marked(frame(), attrs={"u": "s"})),
    "flags": lambda: (frame().set_flags(allows_duplicate_labels=False), frame()),
    "metadata of a frame": lambda: (marked(Frame({"a": [1]}), crs=1), marked(Frame({"a": [1]}))),
    "index name": lambda: (frame().rename_axis("i"), frame().rename_axis("j")),
    "names of columns": lambda: (frame().rename_axis("i", axis=1), frame()),
    "zone of a column": lambda: (dates("Europe/Paris"), dates("Europe/Rome")),
    "kind of zone": lambda: (dates(datetime.timezone.utc), dates(tz.UTC)),
    "name of a zone": lambda: (
        dates(datetime.timezone(datetime.timedelta(hours=1), "A")),
        dates(datetime.timezone(datetime.timedelta(hours=1), "B")),
    ),
    "order of categories": lambda: (
        frame().assign(c=pd.Categorical(["x", "y"], ["x", "y"])),
        frame().assign(c=pd.Categorical(["x", "y"], ["y", "x"])),
    ),
    "categories of a level": lambda: (levels(["x", "z"]), levels(["z", "x"])),
    "unused level": lambda: (
        pd.concat({"x": frame(), "y": frame()}).loc[["x"]],
        pd.concat({"x": frame()}),
    ),
    "frequency": lambda: (
        pd.timedelta_range("1h", periods=2, freq="h").to_frame(),
        pd.TimedeltaIndex(["1h", "2h"]).to_frame(),
    ),
    "storage of texts": lambda: (
        pd.Series(["a"], dtype=pd.StringDtype("python", na_value=pd.NA)),
        pd.Series(["a"], dtype=pd.StringDtype("python", na_value=np.nan)),
    ),
    "zone of a timestamp": lambda: (
        pd.Timestamp("2026-01-01", tz=datetime.timezone.utc),
        pd.Timestamp("2026-01-01", tz=tz.UTC),
    ),
    "offset": lambda: (pd.offsets.MonthEnd(2), pd.offsets.MonthEnd(2, normalize=True)),
    **{
        f"{form} {what}": lambda form=form, other=other: (matrix(form), other(form))
        for form in ("csr_matrix", "csc_matrix", "csr_array", "coo_matrix", "bsr_matrix")
        for what, other in {
            "value": lambda form: matrix(form, value=3.0),
            "place": lambda form: matrix(form, column=2),
            "format": lambda form: matrix(form).tolil(),
            "type": lambda form: matrix(form).astype("f4"),
            "note": lambda form: marked(matrix(form), maxprint=7),
        }.items()
    },
    "parents and children": lambda: (tree("c"), tree("d")),
    "a child of several": lambda: (tree("c").children[0], tree("c").children[1]),
    "state that a class names": lambda: (Picky(1), Picky(2)),
    "own zone": lambda: (
        datetime.datetime(2026, 1, 1, tzinfo=Offset(1)),
        datetime.datetime(2026, 1, 1, tzinfo=Offset(2)),
    ),
    "zone of a time": lambda: (
        datetime.time(1, tzinfo=datetime.timezone.utc),
        datetime.time(1, tzinfo=tz.UTC),
    ),
    "file of an error": lambda: (OSError(2, "no", "a"), OSError(2, "no", "b")),
    "safety of an id": lambda: (
        uuid.UUID(int=1, is_safe=uuid.SafeUUID.safe),
        uuid.UUID(int=1),
    ),
    "buffer": lambda: (io.BytesIO(b"ab"), io.BytesIO(b"ac")),
    "place in a buffer": lambda: (at(io.BytesIO(b"ab"), 1), io.BytesIO(b"ab")),
    "text buffer": lambda: (io.StringIO("ab"), io.StringIO("ac")),
    "address": lambda: (ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2")),
    "network": lambda: (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("10.0.0.0/9")),
    "scope of an address": lambda: (
        ipaddress.ip_address("fe80::1%a"),
        ipaddress.ip_address("fe80::1%b"),
    ),
    "keys": lambda: ({"a": 1}.keys(), {"b": 1}.keys()),
    "values": lambda: ({"a": 1}.values(), {"a": 2}.values()),
    "items": lambda: ({"a": 1}.items(), {"a": 2}.items()),
    "keys in order": lambda: (
        collections.OrderedDict(a=1).keys(),
        {"a": 1}.keys(),
    ),
    "proxy": lambda: (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 2})),
    "chain": lambda: (collections.ChainMap({"a": 1}), collections.ChainMap({"a": 1}, {})),
    "settings": lambda: (config("1"), config("2")),
    "Struct": lambda: (struct.Struct("<i"), struct.Struct(">i")),
    "range": lambda: (range(3), range(0, 3, 2)),
    "slice": lambda: (slice(3), slice(0, 3)),
    "pattern": lambda: (re.compile("a"), re.compile("a", re.DOTALL)),
    "partial": lambda: (functools.partial(int, base=2), functools.partial(int, base=8)),
    "memory": lambda: (memoryview(b"ab"), memoryview(b"ac")),
    "struct_time": lambda: (
        __import__("time").gmtime(0),
        __import__("time").gmtime(1),
    ),
    "document": lambda: (soup("x"), soup("y")),
    "tag": lambda: (soup("x").a, soup("x").b),
    "the rest of a tag's document": lambda: (soup("x").a, soup("y").a),
    "text of a document": lambda: (soup("x").p.string, soup("y").p.string),
    "graph": lambda: (graph(name="a"), graph(name="b")),
}


def stored(value: Any) -> tuple[ValueRef, Parts]:
    parts: Parts = {}
    return encode(value, digest(value), parts), parts


@pytest.mark.parametrize("what", CARRIED)
def test_what_pickling_carries_counts(what: str) -> None:
    left, right = CARRIED[what]()
    assert digest(left) == digest(CARRIED[what]()[0])
    assert digest(left) != digest(right)


ELSEWHERE = """
import json, pathlib, sys
from tests.unit.provenance.test_carried import decode, digest, ValueRef
folder, found = pathlib.Path(sys.argv[1]), {}
for what, parts in json.loads((folder / "refs").read_text()).items():
    ref = ValueRef.from_json(parts)
    try:
        value = decode(ref, lambda part: (folder / part).read_bytes())
        found[what] = [digest(value), type(value).__name__]
    except Exception as error:
        found[what] = repr(error)
print(json.dumps(found))
"""


def test_it_comes_back_in_another_process(tmp_path: pathlib.Path) -> None:
    refs, expected = {}, {}
    for what, make in CARRIED.items():
        for side, value in zip(("one", "other"), make(), strict=True):
            ref, parts = stored(value)
            for part, data in parts.items():
                assert isinstance(data, bytes)
                (tmp_path / part).write_bytes(data)
            refs[f"{what}, {side}"] = ref.as_json()
            kind = "Image" if isinstance(value, Image.Image) else type(value).__name__
            expected[f"{what}, {side}"] = [digest(value), kind]
    (tmp_path / "refs").write_text(json.dumps(refs))
    command = [sys.executable, "-W", "ignore", "-c", ELSEWHERE, str(tmp_path)]
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    found = json.loads(subprocess.check_output(command, env=env, text=True))
    assert {what: each for what, each in found.items() if each != expected[what]} == {}


def test_a_picture_stands_the_right_way_up_again() -> None:
    for value in (photo(form="jpeg", exif=turned(6)), photo(exif=turned(6))):
        ref, parts = stored(value)
        back = decode(ref, parts.__getitem__)  # type: ignore[arg-type]
        assert back.getexif()[0x0112] == 6
        assert (ref.encoding, back.format, back.info.keys()) == (
            "picture",
            value.format,
            value.info.keys() | {"exif"},
        )


# ---------------------------------------------------------------- what does not count


def multiplied(rows: Any) -> None:
    rows @ sparse.random(1, rows.shape[1], 0.5, format="csr", random_state=1).T


def counted(rows: Any) -> None:
    rows.max(axis=1), rows.max(), rows[0], rows.T @ rows, rows.has_canonical_format


def product() -> Any:
    rows = sparse.random(30, 40, 0.2, format="csr", random_state=0)
    return rows @ rows.T  # its entries stand in no order


USES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "multiplied": (lambda: sparse.random(9, 9, 0.3, format="csr", random_state=0), multiplied),
    "out of order": (product, counted),
    "sorted": (product, lambda value: value.sort_indices()),
    "columns": (lambda: product().tocsc(), counted),
    "coordinates": (lambda: product().tocoo(), lambda value: (value.max(), value.tocsr())),
    "column taken": (frame, lambda value: (value["a"].sum(), value.loc[0], value.index.is_unique)),
    "index used": (
        lambda: pd.Index([1, 2]),
        lambda value: (value.get_loc(2), value.is_monotonic_increasing),
    ),
    "levels used": (lambda: levels(["x"]), lambda value: (value.loc["x"], value.index.is_unique)),
    "sums of a graph": (graph, lambda value: (value.adj, value.degree, networkx.pagerank(value))),
    "picture looked at": (
        lambda: photo(form="jpeg", exif=turned(6)),
        lambda value: (value.getexif(), value.load(), value.getbbox(), value.resize((2, 2))),
    ),
    "colours looked up": (lambda: colormaps["viridis"].copy(), lambda value: value(0.5)),
    "response read": (
        lambda: httpx.Response(200, json={"a": 1}),
        lambda value: (value.text, value.json(), value.headers),
    ),
    "mask looked at": (masked, lambda value: (value.fill_value, value.sum(), value.filled())),
    "document searched": (lambda: soup("x"), lambda value: (value.find("b"), value.get_text())),
    "pattern used": (lambda: re.compile("a"), lambda value: value.findall("aa")),
    "what a class leaves out": (lambda: Picky(1), lambda value: marked(value, made=[1])),
    "address looked at": (
        lambda: ipaddress.ip_network("10.0.0.0/8"),
        lambda value: (value.netmask, value.is_private, hash(value)),
    ),
}


@pytest.mark.parametrize("what", USES)
def test_what_a_library_works_out_does_not_count(what: str) -> None:
    make, use = USES[what]
    value = make()
    before = digest(value)
    use(value)
    assert digest(value) == before


def test_sharing_within_a_cycle_does_not_make_it_long() -> None:
    root = Node("root")
    for number in range(300):
        Node(str(number), root)
    assert digest(root) != digest(root.children[7])
    ring = Node("a")
    ring.parent = ring
    assert digest(ring) != digest(marked(Node("a"), parent=Node("a")))


def test_a_list_that_contains_itself_comes_back() -> None:
    value: list[Any] = [1]
    value.append(value)
    ref, parts = stored(value)
    back = decode(ref, parts.__getitem__)  # type: ignore[arg-type]
    assert digest(back) == digest(value)
    assert back[1] is back
