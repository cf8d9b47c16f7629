"""A picture is one thing on its card, enlarged, small, and in the function that gets it."""

from __future__ import annotations

import base64
import io
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from PIL import Image, ImageCms, ImageOps

from daggr_nb import FnNode, Graph, InputNode, ui
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._canvas.export.thumbnails import Thumbnails
from daggr_nb._nodes.calls.coerce import coerce

WIDE, HIGH = 60, 90
CORNERS = {(5, 5): (200, 0, 0), (54, 5): (0, 200, 0), (5, 84): (0, 0, 200), (54, 84): (200, 200, 0)}


def upright() -> Any:
    """Return a picture, each of whose corners has a colour of its own."""
    picture = Image.new("RGB", (WIDE, HIGH), "white")
    for (x, y), colour in CORNERS.items():
        picture.paste(colour, (x - 5, y - 5, x + 5, y + 5))
    return picture


HELD = {
    1: lambda p: p,
    2: lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda p: p.transpose(Image.Transpose.ROTATE_180),
    4: lambda p: p.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda p: p.transpose(Image.Transpose.TRANSPOSE),
    6: lambda p: p.transpose(Image.Transpose.ROTATE_90),
    7: lambda p: p.transpose(Image.Transpose.TRANSVERSE),
    8: lambda p: p.transpose(Image.Transpose.ROTATE_270),
}


def photograph(held: int, form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = held
    out = io.BytesIO()
    options = {"quality": 95} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
    HELD[held](upright()).save(out, form, exif=exif, **options)
    return out.getvalue()


def seen(data: bytes) -> Any:
    """Return a picture as a browser draws it: it obeys EXIF."""
    picture = Image.open(io.BytesIO(data))
    assert picture.format in ("PNG", "JPEG", "GIF", "WEBP", "AVIF"), picture.format
    return ImageOps.exif_transpose(picture).convert("RGB")


def is_upright(picture: Any, scale: float = 1) -> bool:
    if picture.size != (round(WIDE * scale), round(HIGH * scale)):
        return False
    pixels = (
        (picture.getpixel((int(x * scale), int(y * scale))), c) for (x, y), c in CORNERS.items()
    )
    return all(
        abs(a - b) < 40 for pixel, colour in pixels for a, b in zip(pixel, colour, strict=True)
    )


@pytest.fixture(params=["JPEG", "PNG", "TIFF", "WEBP"])
def form(request: Any) -> str:
    return str(request.param)


FROM: dict[str, Callable[[bytes, pathlib.Path], Any]] = {
    "path": lambda data, path: path,
    "bytes": lambda data, path: data,
    "PIL": lambda data, path: Image.open(io.BytesIO(data)),
    "data URL": lambda data, path: "data:image/x;base64," + base64.b64encode(data).decode(),
}


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("source", FROM)
def test_it_is_turned_however_it_comes(
    held: int, source: str, form: str, tmp_path: pathlib.Path
) -> None:
    data = photograph(held, form)
    path = tmp_path / f"photo.{form.lower()}"
    path.write_bytes(data)
    value = FROM[source](data, path)
    look = look_at(value, ui.Image())
    assert look.preview.summary == f"Image {WIDE} × {HIGH}"
    for most in (None, 200, WIDE):
        assert is_upright(seen(look.content(most)[1])), most
    assert is_upright(seen(look.content(WIDE // 2)[1]), 0.5)
    thumbnail = Thumbnails().of(value, ui.Image(), WIDE)
    assert thumbnail is not None
    assert thumbnail.aspect == pytest.approx(WIDE / HIGH)
    assert is_upright(seen(base64.b64decode(thumbnail.href.partition(",")[2])))


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("name", ["photo", "photo.bin"])
def test_a_photograph_may_be_called_anything(held: int, name: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / name).write_bytes(photograph(held))
    assert look_at(tmp_path / name, ui.Image()).preview.summary == f"Image {WIDE} × {HIGH}"


@pytest.mark.parametrize("held", HELD)
def test_functions_get_it_as_it_is_shown(held: int, form: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / f"photo.{form.lower()}"
    path.write_bytes(photograph(held, form))
    picture = coerce(path, Any, ui.Image(type="pil"))
    assert is_upright(picture.convert("RGB"))
    assert picture.getexif().get(0x0112, 1) == 1
    assert is_upright(Image.fromarray(coerce(path, Any, ui.Image(type="numpy"))))
    assert is_upright(coerce(path, Image.Image, None).convert("RGB"))
    delivered = coerce(path, Any, ui.Image(type="filepath"))
    assert delivered.name == path.name
    with Image.open(delivered) as copy:
        assert is_upright(copy.convert("RGB"))
        assert copy.format == form
        assert copy.getexif().get(0x0112, 1) == 1
    assert coerce(path, pathlib.Path, ui.Image()) == path, "who asks for the file gets it"
    if held == 1:
        assert delivered == path
    several = coerce([(path, "caption")], Any, ui.Gallery(type="pil"))
    assert is_upright(several[0][0].convert("RGB"))


def test_the_size_of_an_input_is_what_the_card_says(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(photograph(6))
    photo = InputNode("In", ports={"photo": ui.Image(path, type="pil")})
    size = FnNode(lambda photo: photo.size, "size", inputs={"photo": photo.photo})
    graph = Graph("Size", [photo, size], persist_key=False)
    graph.run()
    assert graph.results["size"]["output"] == (WIDE, HIGH)


def _odd_exif() -> Iterator[bytes]:
    yield b"Exif\x00\x00"
    yield b"Exif\x00\x00no exif at all"
    for value in (0, 9, 65535):
        exif = Image.Exif()
        exif[0x0112] = value
        yield exif.tobytes()


@pytest.mark.parametrize("exif", list(_odd_exif()))
def test_exif_that_is_broken_hides_no_picture(exif: bytes) -> None:
    out = io.BytesIO()
    upright().save(out, "JPEG", quality=95, exif=exif)
    assert is_upright(Image.open(io.BytesIO(look_at(out.getvalue(), ui.Image()).content(None)[1])))


# ---------------------------------------------------------------- what moves


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (80, 40), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=80, loop=0)
    return out.getvalue()


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("width", [None, 500, 20])
def test_what_moves_is_sent_as_it_is(form: str, width: int | None, tmp_path: pathlib.Path) -> None:
    data = moving(form)
    path = tmp_path / f"it.{form.lower()}"
    path.write_bytes(data)
    for value in (path, data):
        look = look_at(value, ui.Image())
        assert look.content(width) == (f"image/{form.lower()}", data)
        assert look.preview.summary == "Image 80 × 40"


def test_pages_of_a_tiff_do_not_move() -> None:
    assert (
        Image.open(io.BytesIO(look_at(moving("TIFF"), ui.Image()).content(None)[1])).format == "PNG"
    )


# ---------------------------------------------------------------- depth


def ramp(kind: Any, low: float, high: float) -> Any:
    steps = np.arange(256) / 255
    return ((low * (1 - steps) + high * steps)[None] * np.ones((3, 1))).astype(kind)


def shown(value: Any, width: int | None = None) -> Any:
    data = look_at(value, ui.Image()).content(width)[1]
    picture = Image.open(io.BytesIO(data))
    if picture.mode.startswith("I"):  # a browser shows the upper half of 16 bits
        return np.round(np.asarray(picture) / 257).astype(int)
    return np.asarray(picture.convert("L")).astype(int)


RAMPS: dict[str, tuple[Any, str]] = {
    "uint8": (ramp("uint8", 0, 255), ""),
    "uint16": (ramp("uint16", 0, 65535), "16 bits, scaled to 8."),
    "int32 of bytes": (ramp("int32", 0, 255), ""),
    "int64 of bytes": (ramp("int64", 0, 255), ""),
    "int32 of 16 bits": (ramp("int32", 0, 65535), "16 bits, scaled to 8."),
    "int32": (ramp("int32", 0, 2**31 - 1), "Scaled: 0 is black, 2.147e+09 is white."),
    "int8": (ramp("int8", -128, 127), "Scaled: -128 is black, 127 is white."),
    "uint32": (ramp("uint32", 0, 2**32 - 1), "Scaled: 0 is black, 4.295e+09 is white."),
    "float32": (ramp("float32", 0, 1), ""),
    "float64": (ramp("float64", 0, 1), ""),
    "float16": (ramp("float16", 0, 1), ""),
    "negative": (ramp("float32", -3, 2.5), "Scaled: -3 is black, 2.5 is white."),
    "huge": (ramp("float64", -1.7e308, 1.7e308), "Scaled: -1.7e+308 is black, 1.7e+308 is white."),
    "tiny": (ramp("float64", 5, 5 + 1e-9), "Scaled: 5 is black, 5 is white."),
}


@pytest.mark.parametrize("value", [v for v, _ in RAMPS.values()], ids=RAMPS)
def test_a_ramp_is_a_ramp(value: Any) -> None:
    expected = np.arange(256)
    assert np.abs(shown(value)[0] - expected).max() <= 1
    assert np.abs(shown(np.dstack([value] * 3))[0] - expected).max() <= 1


@pytest.mark.parametrize(("value", "note"), RAMPS.values(), ids=RAMPS)
def test_the_caption_says_how_it_was_scaled(value: Any, note: str) -> None:
    preview = look_at(value, ui.Image()).preview
    assert (preview.summary, preview.note) == ("Image 256 × 3", note)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("uint16", "PNG"),  # the only deep one that it has
        *((kind, form) for kind in ("uint16", "int32", "float32") for form in ("PIL", "TIFF")),
    ],
)
@pytest.mark.parametrize("width", [None, 128])
def test_deep_pictures_of_pil_and_in_files(kind: str, form: str, width: int | None) -> None:
    picture = Image.fromarray(ramp(kind, 0, 65535))
    value: Any = picture
    if form != "PIL":
        out = io.BytesIO()
        picture.save(out, form)
        value = out.getvalue()
    row = shown(value, width)[1]
    assert row[0] <= 2
    assert row[-1] >= 253
    assert np.all(np.diff(row) >= 0)
    assert len(set(row.tolist())) > 100
    assert "caled" in look_at(value, ui.Image()).preview.note


def test_what_is_no_number_is_black_and_scales_nothing() -> None:
    value = ramp("float32", 0, 1)
    value[0, 10], value[0, 11], value[0, 12] = np.nan, np.inf, -np.inf
    row = shown(value)
    assert (row[0, 10], row[0, 11], row[0, 12]) == (0, 255, 0)
    assert np.abs(row[1] - np.arange(256)).max() <= 1
    assert look_at(value, ui.Image()).preview.summary == "Image 256 × 3"
    assert shown(np.full((2, 2), np.nan)).max() == 0


def modes() -> Iterator[Any]:
    grey = Image.fromarray(ramp("uint8", 0, 255))
    rgb = Image.merge("RGB", [grey] * 3)
    yield from (grey, rgb, rgb.convert("CMYK"), rgb.convert("YCbCr"), rgb.convert("HSV"))
    yield from (grey.convert("LA"), rgb.convert("RGBA"), rgb.convert("RGBa"), grey.convert("P"))
    yield rgb.quantize(256)
    yield rgb.quantize(256).convert("PA")
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    yield ImageCms.profileToProfile(rgb, *profiles, outputMode="LAB")


@pytest.mark.parametrize("picture", list(modes()), ids=lambda each: each.mode)
@pytest.mark.parametrize("width", [None, 128])
def test_every_mode_of_pil_is_seen_as_it_is(picture: Any, width: int | None) -> None:
    row = shown(picture, width)[1]
    expected = np.linspace(0, 255, len(row))
    assert np.abs(row - expected).max() <= 8
    assert look_at(picture, ui.Image()).preview.summary == "Image 256 × 3"


def test_a_palette_keeps_what_is_clear() -> None:
    picture = Image.new("P", (200, 4), 0)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.paste(1, (100, 0, 200, 4))
    picture.info["transparency"] = 0
    for width in (None, 100):
        data = look_at(picture, ui.Image()).content(width)[1]
        clear = Image.open(io.BytesIO(data)).convert("RGBA")
        assert clear.getpixel((1, 1))[3] == 0
        assert clear.getpixel((clear.width - 2, 1)) == (0, 255, 0, 255)


@given(
    st_numpy.arrays(
        st.sampled_from(["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "?"]),
        st.sampled_from([(3, 4), (3, 4, 1), (3, 4, 3), (3, 4, 4)]),
    )
)
def test_every_array_of_a_pictures_shape_is_one(value: Any) -> None:
    look = look_at(value, ui.Image())
    assert look.preview.kind == "image"
    picture = Image.open(io.BytesIO(look.content(None)[1]))
    assert picture.size == (4, 3)
    pixels = np.asarray(picture.convert("L")).astype(int) if value.ndim == 2 else None
    if pixels is not None:  # what is brighter is not shown darker
        numbers = np.nan_to_num(value.astype(float), nan=-np.inf)
        order = np.argsort(numbers, axis=None, kind="stable")
        assert np.all(np.diff(pixels.reshape(-1)[order]) >= 0)
