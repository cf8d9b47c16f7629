"""Pictures, read in one way: turned as their camera was held, and with 8 bits a channel to look at.

PIL and NumPy are loaded when there is a picture to read.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import pathlib
import shutil
import struct
import tempfile
from typing import Any

_ORIENTATION = 0x0112  # the tag of EXIF
_EXIF = frozenset({"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"})
_SIDEWAYS = frozenset({5, 6, 7, 8})
_PLAIN = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_WITH_ALPHA = frozenset({"PA", "La", "RGBa"})
_DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_BROWSERS = frozenset({"PNG", "JPEG", "GIF", "WEBP", "AVIF"})
_MOVING = frozenset({"PNG", "GIF", "WEBP", "AVIF"})


class NoPictureError(ValueError):
    """Bytes, or a file, are no picture that can be read; the message says why."""


def opened(source: pathlib.Path | str | bytes) -> Any:
    """Return the picture in a file, or in the bytes of one, upright and loaded.

    Raises :class:`NoPictureError` for what is none, or broken.
    """
    with _reading(source) as picture:
        picture.load()
        turned = upright(picture)
        return picture.copy() if turned is picture else turned


class Facts:
    """What a file with a picture says of it before its pixels are read."""

    def __init__(self, picture: Any) -> None:
        self.form = "JPEG" if picture.format == "MPO" else str(picture.format)
        self.turned = _held(picture) != 1
        self.size: tuple[int, int] = size_of(picture)
        self.note = note_of(picture)
        self.moves = self.form in _MOVING and bool(getattr(picture, "is_animated", False))
        drawn = picture.mode in _PLAIN or (self.form == "PNG" and bool(self.note))
        self.drawn_by_browsers = self.form in _BROWSERS and drawn
        self.mime = _mime(self.form)


def facts_of(source: pathlib.Path | str | bytes) -> Facts:
    """Return what is told of the picture in a file; raises as :func:`opened` does."""
    with _reading(source) as picture:
        return Facts(picture)


def _mime(form: str) -> str:
    from PIL import Image  # noqa: PLC0415 - loaded already

    return str(Image.MIME.get(form, "application/octet-stream"))


@contextlib.contextmanager
def _reading(source: pathlib.Path | str | bytes) -> Any:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - optional and heavy

    broken = (
        *(OSError, UnidentifiedImageError, SyntaxError, ValueError, EOFError, struct.error),
        *(Image.DecompressionBombError, TypeError, IndexError, OverflowError, MemoryError),
    )
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            yield picture
    except broken as error:
        raise NoPictureError(str(error) or type(error).__name__) from error


# ---------------------------------------------------------------- turning


def orientation(picture: Any) -> int:
    """Return how the camera was held, by EXIF: 1 is upright, and what all others are taken for."""
    held = _held(picture)
    if held != 1 and picture.format == "TIFF":  # PIL turns it itself when it reads the pixels
        with contextlib.suppress(Exception):
            picture.load()
        return _held(picture)
    return held


def _held(picture: Any) -> int:
    if picture.format == "PNG" and _EXIF.isdisjoint(picture.info):
        return 1  # PIL would read all pixels to be sure
    try:
        held = int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - EXIF of others may be anything, a picture may be closed
        return 1
    return held if 1 <= held <= 8 else 1


def size_of(picture: Any) -> tuple[int, int]:
    """Return width and height of a picture when it is upright."""
    sideways = orientation(picture) in _SIDEWAYS
    width, height = picture.size
    return (height, width) if sideways else (width, height)


def upright(picture: Any) -> Any:
    """Return a picture as its camera was held; one that is upright as it is."""
    if orientation(picture) == 1:
        return picture
    from PIL import ImageOps  # noqa: PLC0415 - whoever has a picture has it

    try:
        return ImageOps.exif_transpose(picture)
    except (ValueError, TypeError, KeyError, OSError, struct.error):  # EXIF that is broken
        held = orientation(picture)
        turned = picture.transpose(_turns()[held])
        turned.info.pop("exif", None)
        return turned


def _turns() -> dict[int, Any]:
    from PIL.Image import Transpose as Turn  # noqa: PLC0415 - loaded already

    return {
        2: Turn.FLIP_LEFT_RIGHT,
        3: Turn.ROTATE_180,
        4: Turn.FLIP_TOP_BOTTOM,
        5: Turn.TRANSPOSE,
        6: Turn.ROTATE_270,
        7: Turn.TRANSVERSE,
        8: Turn.ROTATE_90,
    }


def upright_file(path: pathlib.Path) -> pathlib.Path:
    """Return the path of an upright copy of a picture in a file, of the same name and form.

    One that is upright, that moves or that is no picture stays as it is.
    """
    try:
        facts = facts_of(path)
        if not facts.turned or facts.moves:
            return path
        about = path.stat()
        key = (os.getpid(), path.absolute(), about.st_mtime_ns, about.st_size)
        copy = _copies.get(key)
        if copy is None or not copy.is_file():
            copy = _copies[key] = _copied(path, facts.form)
    except (NoPictureError, OSError, ValueError, KeyError):
        return path
    return copy


_copies: dict[Any, pathlib.Path] = {}


def _copied(path: pathlib.Path, form: str) -> pathlib.Path:
    picture = opened(path)
    beside = {
        name: picture.info[name] for name in ("exif", "icc_profile", "dpi") if name in picture.info
    }
    copy = pathlib.Path(tempfile.mkdtemp(dir=_folder(os.getpid()))) / path.name
    picture.save(copy, form, **beside, **({"quality": 95} if form in ("JPEG", "WEBP") else {}))
    return copy


@functools.lru_cache(maxsize=1)
def _folder(process: int) -> str:
    """Return the folder of a process for copies, which goes with it."""
    folder = tempfile.mkdtemp(prefix="daggr-nb-")

    def remove() -> None:
        if os.getpid() == process:  # a forked one has it from another
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


# ---------------------------------------------------------------- 8 bits


def visible(picture: Any) -> Any:
    """Return a picture as a screen can show it: upright, 8 bits a channel, grey or red-green-blue.

    >>> from PIL import Image
    >>> visible(Image.new("I;16", (1, 1), 65535)).getpixel((0, 0))
    255
    """
    picture = upright(picture)
    if picture.mode in _PLAIN:
        return picture
    if picture.mode in _WITH_ALPHA:
        return picture.convert("RGBA" if picture.mode != "La" else "LA")
    if picture.mode in _DEEP:
        return _shallow(picture)
    shown = _from_lab(picture) if picture.mode == "LAB" else picture.convert("RGB")
    shown.info.pop("icc_profile", None)  # of the colours that it had
    return shown


def note_of(picture: Any) -> str:
    """Return how the numbers of a picture were scaled to be seen; empty if they were not."""
    if picture.mode.startswith("I;16"):
        return _SIXTEEN
    if picture.mode not in _DEEP:
        return ""
    with contextlib.suppress(ImportError):
        return scale_of(_array(picture))[1]
    return ""


def _shallow(picture: Any) -> Any:
    from PIL import Image  # noqa: PLC0415 - loaded already

    try:
        return Image.fromarray(scaled(_array(picture))[0])
    except ImportError:  # no NumPy: what PIL makes of it
        return picture.convert("L")


def _array(picture: Any) -> Any:
    import numpy  # noqa: PLC0415 - optional and heavy

    return numpy.asarray(picture)


def _from_lab(picture: Any) -> Any:
    from PIL import ImageCms  # noqa: PLC0415 - rare

    lab, screen = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(picture, lab, screen, outputMode="RGB")


Scale = tuple[float, float]
"""The numbers that are black and white."""
_BYTES: Scale = (0.0, 255.0)
_WORDS: Scale = (0.0, 65535.0)


def scale_of(array: Any) -> tuple[Scale, str]:
    """Return which numbers of an array are black and white, and what is said about that.

    Bytes are as they are; 16 bits have the range of their type, as other integers have that fit
    into 8 or 16; floats that lie between 0 and 1 have that. All others reach from their least to
    their greatest number.
    """
    import numpy  # noqa: PLC0415 - whoever has an array has it

    kind, width = array.dtype.kind, array.dtype.itemsize
    if kind == "b" or (kind == "u" and width == 1):
        return ((0.0, 1.0) if kind == "b" else _BYTES), ""
    if kind == "u" and width == 2:
        return _WORDS, _SIXTEEN
    finite = array[numpy.isfinite(array)] if kind == "f" else array
    if not finite.size:
        return (0.0, 1.0), ""
    low, high = float(finite.min()), float(finite.max())
    if kind == "f":
        if low >= -_NOISE and high <= 1 + _NOISE:
            return (0.0, 1.0), ""
    elif low >= 0 and high <= _WORDS[1]:
        return (_BYTES, "") if high <= _BYTES[1] else (_WORDS, _SIXTEEN)
    return (low, high), f"Scaled: {low:.4g} is black, {high:.4g} is white."


_SIXTEEN = "16 bits, scaled to 8."
_NOISE = 1e-6  # beyond 0 and 1, as resampling leaves


def scaled(array: Any) -> tuple[Any, str]:
    """Return an array as bytes to look at, and what is said about how it was scaled.

    What is no number is black. The fourth channel is how opaque a pixel is: it has a scale of its
    own.
    """
    import numpy  # noqa: PLC0415 - whoever has an array has it

    has_alpha = array.ndim == 3 and array.shape[2] == 4
    colours, alpha = (array[..., :3], array[..., 3:]) if has_alpha else (array, None)
    scale, note = scale_of(colours)
    shown = _as_bytes(colours, scale)
    if alpha is not None:
        shown = numpy.concatenate([shown, _as_bytes(alpha, scale_of(alpha)[0])], axis=2)
    return numpy.ascontiguousarray(shown), note


def _as_bytes(array: Any, scale: Scale) -> Any:
    import numpy  # noqa: PLC0415 - see above

    if array.dtype.kind in "iu" and scale == _BYTES:
        return array.clip(0, 255).astype("uint8")
    low, high = scale
    exact = "float64" if array.dtype.itemsize > 2 or array.dtype.kind == "f" else "float32"
    span = high / 2 - low / 2  # half of it: the whole may be more than a float can be
    with numpy.errstate(all="ignore"):
        halves = array.astype(exact) / 2
        part = (halves - low / 2) / span if span else halves * numpy.inf
    part = numpy.nan_to_num(part, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
    return (part * 255 + 0.5).astype("uint8")
