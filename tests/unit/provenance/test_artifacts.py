"""Values come back as they were: type, content and digest."""

from __future__ import annotations

import collections
import datetime
import json
import pickle
import stat
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from daggr_nb._ids import Digest
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, decode, encode
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.user_key import user_key
from daggr_nb.errors import DamagedError, StoreError, UntrustedError
from tests.unit.provenance.test_digest import Box, Colour, Model, Point, palette, plain, transparent


def through(value: Any) -> tuple[Any, ValueRef, Parts]:
    """Encode, write the reference as a record does, and decode."""
    parts: Parts = {}
    ref = encode(value, digest(value), parts)
    ref = ValueRef.from_json(json.loads(json.dumps(ref.as_json())))
    return decode(ref, parts.__getitem__), ref, parts


def picture(mode: str, size: tuple[int, int] = (3, 2)) -> Image.Image:
    grey = Image.frombytes("L", size, bytes(range(40, 40 + size[0] * size[1])))
    return grey.convert(mode)


VALUES: dict[str, tuple[Callable[[], Any], str]] = {
    "text": (lambda: "hé\n", "text"),
    "long text": (lambda: "hé" * 1000, "text"),
    "lone surrogate": (lambda: "\ud800", "text"),
    "a pair of lone surrogates": (lambda: "\ud83d\ude00", "text"),
    "emoji": (lambda: "😀", "text"),
    "bytes": (lambda: b"\x00\xff", "bytes"),
    "plain data": (lambda: {"a": [1, 2.5, None, True, "x"]}, "json"),
    "numbers": (lambda: [0.1, float("inf"), -0.0, 2**64 + 1, -(2**70)], "json"),
    "not a number": (lambda: [float("nan"), -float("nan")], "json"),
    "a pair of lone surrogates in a list": (lambda: ["\ud83d\ude00"], "tree"),
    "an integer of 5,000 digits": (lambda: 10**5000, "pickle"),
    "tuple": (lambda: (1, (2, [3])), "tree"),
    "keys that are no text": (lambda: {1: "a", (2, 3): "b", None: "c"}, "tree"),
    "array": (lambda: np.arange(6.0).reshape(2, 3), "npy"),
    "0-d array": (lambda: np.array(5), "npy"),
    "empty array": (lambda: np.zeros((0, 3)), "npy"),
    "big-endian array": (lambda: np.arange(3, dtype=">i2"), "npy"),
    "dates": (lambda: np.array(["2026-01-01", "NaT"], "M8[s]"), "npy"),
    "structured array": (lambda: np.array([(1, 2.0)], dtype=[("a", "i1"), ("b", "f8")]), "npy"),
    "aligned records": (
        lambda: np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        "npy",
    ),
    "texts": (lambda: np.array(["a", "bcd"]), "npy"),
    "Fortran order": (lambda: np.asfortranarray(np.arange(6).reshape(2, 3)), "npy"),
    "view": (lambda: np.arange(20)[::3], "npy"),
    "objects": (lambda: np.array([1, "a", None], object), "pickle"),
    "masked": (lambda: np.ma.array([1, 2], mask=[0, 1]), "pickle"),
    "record array": (lambda: np.rec.array([(1, 2)], dtype="i4,i4"), "pickle"),
    "scalar": (lambda: np.float32(1.5), "pickle"),
    "set": (lambda: {1, "a"}, "pickle"),
    "OrderedDict": (lambda: collections.OrderedDict(b=1, a=2), "pickle"),
    "deque": (lambda: collections.deque([1], maxlen=2), "pickle"),
    "date": (lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), "pickle"),
    "frame": (lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}), "frame"),
    "frame with categories": (
        lambda: pd.DataFrame({"a": pd.Categorical(["x", "y"], ordered=True)}),
        "frame",
    ),
    "data class": (lambda: Box(1.0), "pickle"),
    "enum": (lambda: Colour.RED, "pickle"),
    "named tuple": (lambda: Point(1, 2), "pickle"),
    "pydantic": (lambda: Model(n=1), "pickle"),
    "exception": (lambda: ValueError("no"), "pickle"),
    "pure path": (lambda: PurePosixPath("/a/b"), "pickle"),
    "path to nothing": (lambda: Path("/no/such/é"), "path"),
    "mixed": (lambda: {"a": [np.arange(3), (picture("RGB"), "x")], 1: b"b"}, "tree"),
    "empty": (lambda: [[], {}, (), ""], "tree"),
    "80 lists deep": (lambda: deep(80), "pickle"),
    **{
        f"picture {mode}": (lambda mode=mode: picture(mode), "png")
        for mode in ("1", "L", "LA", "RGB", "RGBA")
    },
    **{
        f"picture {mode}": (lambda mode=mode: picture(mode), "pixels")
        for mode in ("P", "CMYK", "F", "I", "YCbCr", "HSV")
    },
    "16 bit": (lambda: Image.frombytes("I;16", (2, 1), b"\x01\x02\x03\x04"), "pixels"),
    "palette": (lambda: palette([1, 2, 3, 4, 5, 6]), "pixels"),
    "palette with alpha": (lambda: palette([1, 2, 3, 9, 4, 5, 6, 9], "RGBA"), "pixels"),
    "transparent colour": (lambda: transparent(1), "pixels"),
    "transparent colours": (lambda: transparent(b"\x00\xff"), "pixels"),
    "transparent RGB": (lambda: clear(picture("RGB"), (1, 2, 3)), "pixels"),
    "empty picture": (lambda: Image.new("RGB", (0, 3)), "pixels"),
}


def clear(value: Image.Image, colour: Any) -> Image.Image:
    value.info["transparency"] = colour
    return value


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize("what", VALUES)
def test_a_value_comes_back_as_it_was(what: str) -> None:
    make, encoding = VALUES[what]
    value = make()
    back, ref, _ = through(value)
    assert ref.encoding == encoding
    assert type(back) is type(value)
    assert digest(back) == digest(value) == ref.digest


@given(plain | st.lists(st.text(st.characters()) | st.binary() | st.integers()))
def test_any_plain_data_comes_back_exactly(value: Any) -> None:
    back, ref, _ = through(value)
    assert digest(back) == ref.digest
    assert repr(back) == repr(value) or "nan" in repr(value)


def test_shared_parts_are_stored_once() -> None:
    big = np.arange(1000.0)
    _, ref, parts = through({"a": big, "b": [big, big.copy()], "c": (big + 1,)})
    assert len(parts) == 3  # the tree and two arrays
    assert len(parts[ref.digest]) < 1000


def test_an_opened_picture_needs_no_file_afterwards(tmp_path: Path) -> None:
    for mode, suffix in (("RGB", "png"), ("RGB", "jpeg"), ("P", "gif"), ("CMYK", "jpeg")):
        file = tmp_path / f"x.{suffix}"
        picture(mode).save(file)
        parts: Parts = {}
        with Image.open(file) as opened:
            content = digest(opened)
            ref = encode(opened, content, parts)
        file.unlink()
        assert digest(decode(ref, parts.__getitem__)) == content


def test_what_cannot_be_pickled_lives_in_this_kernel_only() -> None:
    class Local:
        def __init__(self) -> None:
            self.n = 1

    value = Local()
    parts: Parts = {}
    for each in (value, [value], {"a": (value, 1)}):
        ref = encode(each, digest(each), parts)
        assert ref.encoding == "none"
        with pytest.raises(DamagedError, match="another kernel"):
            decode(ref, parts.__getitem__)


# ---------------------------------------------------------------- files


def test_a_file_comes_back_under_its_name_whatever_became_of_it(tmp_path: Path) -> None:
    file = tmp_path / "plot é.svg"
    file.write_text("<svg/>")
    parts: Parts = {}
    ref = encode(file, digest(file), parts)
    file.write_text("other")
    back = decode(ref, parts.__getitem__)
    assert (back.name, back.read_text()) == ("plot é.svg", "<svg/>")
    assert decode(ref, parts.__getitem__) == back
    back.chmod(0o600)
    back.write_text("spoilt")
    assert decode(ref, parts.__getitem__).read_text() == "<svg/>"


def test_a_folder_comes_back_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "site")
    (folder / "img" / "empty").mkdir(parents=True)
    (folder / "index.html").write_text("hello")
    (folder / "img" / "a.png").write_bytes(b"png")
    parts: Parts = {}
    ref = encode(folder, digest(folder), parts)
    (folder / "index.html").write_text("other")
    back = decode(ref, parts.__getitem__)
    assert digest(back) == ref.digest
    assert (back / "index.html").read_text() == "hello"
    assert (back / "img" / "empty").is_dir()


@pytest.mark.parametrize("name", ["..", ".", "", "../../x", "/etc/passwd"])
def test_a_stored_name_cannot_lead_out_of_the_cache(tmp_path: Path, name: str) -> None:
    content = digest(_file(tmp_path / "a", b"data"))
    where = {"path": name, "place": "temporary:"}
    file = json.dumps({**where, "content": "0" * 32}).encode()
    path = decode(ValueRef(content, "file:x"), lambda d: file if d == content else b"data")
    assert path.resolve().is_relative_to(tmp_path / "cache")


@pytest.mark.parametrize("name", ["..", "../x", "/etc/passwd", "a/../../x", ""])
def test_nothing_in_a_stored_folder_lies_outside_it(tmp_path: Path, name: str) -> None:
    content = digest("any")
    folder = {"path": "x", "place": "at:x", "patterns": [], "budget": [9, 9, 9]}
    for kind in ("file", "folder", "link"):
        data = json.dumps({**folder, "listing": [[kind, name, content]]}).encode()
        with pytest.raises(DamagedError):
            decode(ValueRef(content, "folder:x"), lambda d, data=data: data)
    with pytest.raises(DamagedError):
        decode(ValueRef(Digest("../../x"), "file:x"), lambda _: b"data")


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "what",
    ["long text", "bytes", "array", "structured array", "picture RGB", "tuple", "frame", "mixed"],
)
@pytest.mark.parametrize(
    "spoil", [lambda d: d[: len(d) // 2], lambda d: b"", lambda d: d[:-1] + b"?"]
)
def test_damage_is_noticed_and_named(what: str, spoil: Callable[[bytes], bytes]) -> None:
    value = VALUES[what][0]()
    parts: Parts = {}
    ref = encode(value, digest(value), parts)
    ref = ValueRef(ref.digest, ref.encoding)
    data = parts.get(ref.digest) or b"[1,2]"
    try:
        back = decode(ref, lambda d: spoil(data) if d == ref.digest else parts[d])
        said = "" if digest(back) == ref.digest else "another value"  # the end of a PNG is idle
    except (DamagedError, UntrustedError) as error:
        said = str(error).replace(f"Value {ref.digest}", "")
        assert len(said) < len(str(error))  # noqa: PT017 - either is right
    assert said != "another value"


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(DamagedError, match="unknown encoding 'parquet'"):
        decode(ValueRef(digest(1), "parquet"), lambda _: b"")


# ---------------------------------------------------------------- pickles

canary: list[str] = []


class Bomb:
    def __reduce__(self) -> Any:
        return canary.append, ("boom",)


def test_a_pickle_that_this_user_did_not_sign_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {1, 2}
    parts: Parts = {}
    ref = encode(value, digest(value), parts)
    signed = parts[ref.digest]
    body = pickle.dumps(Bomb())
    forged = [body, b"", bytes(32) + body, signed[:32] + body, signed + b"x"]
    for data in forged:
        with pytest.raises(UntrustedError, match=ref.digest):
            decode(ref, lambda _, data=data: data)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody else"))
    with pytest.raises(UntrustedError, match="Run the node again"):
        decode(ref, lambda _: signed)
    assert canary == []


def test_the_key_is_the_users_own_and_kept(tmp_path: Path) -> None:
    key = user_key()
    file = tmp_path / "config" / "daggr_nb" / "signing.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert user_key() == key
    assert [p.name for p in file.parent.iterdir()] == ["signing.key"]
    file.write_bytes(b"short")
    with pytest.raises(StoreError, match="5 bytes"):
        user_key()


def test_threads_agree_on_one_new_key() -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(user_key())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1


def test_a_class_that_is_not_defined_yet_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    value = Box(1.0)
    parts: Parts = {}
    ref = encode(value, digest(value), parts)
    monkeypatch.delattr(f"{__package__}.test_digest.Box")
    with pytest.raises(DamagedError, match="Run the cell"):
        decode(ref, parts.__getitem__)
