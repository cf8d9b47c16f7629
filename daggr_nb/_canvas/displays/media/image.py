"""A picture: of PIL, of an array, of the bytes of a file, or drawn as SVG."""

from __future__ import annotations

import contextlib
import io
import pathlib
import struct
import sys
from typing import Any

from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._pictures import (
    NoPictureError,
    facts_of,
    note_of,
    opened,
    scale_of,
    scaled,
    size_of,
    visible,
)
from daggr_nb._protocol.displays import FileInfo, ImagePreview
from daggr_nb._text import encoded


def picture_of(value: Any) -> Any:
    """Return a PIL image of a value that is one, else ``None``; PIL is not loaded for it."""
    module = sys.modules.get("PIL.Image")
    if module is None or not isinstance(value, module.Image):
        return None
    return value if 0 not in value.size else None


def picture_look(picture: Any) -> Look:
    """Return the look of a PIL image."""
    return Look(
        _preview(size_of(picture), note_of(picture)),
        lambda most: ("image/png", png(picture, most)),
        lambda: ("image/png", png(picture, None)),
        file=lambda: exact(picture),
    )


def _preview(size: tuple[int, int], note: str, **about: Any) -> ImagePreview:
    width, height = size
    return ImagePreview(summary=f"Image {width} × {height}", note=note, **about)


def pixels_look(value: Any) -> Look | None:
    """Return the look of an array as a picture, if its shape and numbers are one's."""
    shape: Any = getattr(value, "shape", ())
    colours = len(shape) == 3 and shape[2] in (1, 3, 4)
    if not (len(shape) == 2 or colours) or 0 in shape or value.dtype.kind not in "biuf":
        return None
    kept = value[..., 0] if colours and shape[2] == 1 else value

    def content(most: int | None) -> Bytes:
        from PIL import Image  # noqa: PLC0415 - optional and heavy

        return "image/png", png(Image.fromarray(scaled(kept)[0]), most)

    note = scale_of(kept[..., :3] if kept.ndim == 3 else kept)[1]

    def file() -> Bytes:
        from PIL import Image  # noqa: PLC0415 - see above

        if kept.dtype in _EXACT or (kept.dtype == "uint16" and kept.ndim == 2):
            return exact(Image.fromarray(kept))
        return content(None)

    return Look(_preview((shape[1], shape[0]), note), content, lambda: content(None), file=file)


_EXACT = ("bool", "uint8")


def svg_look(text: str) -> Look:
    """Return the look of a drawing, which is shown as a picture: nothing in it runs."""
    data = encoded(text)
    mime = "image/svg+xml"
    return Look(
        ImagePreview(summary="drawing", mime=mime), lambda width: (mime, data), lambda: (mime, data)
    )


def png(picture: Any, max_width: int | None) -> bytes:
    """Return a PIL image as PNG, upright and no wider than ``max_width`` pixels."""
    picture = visible(picture)
    if max_width and picture.width > max_width:
        height = max(1, round(picture.height * max_width / picture.width))
        clear = picture.mode in ("LA", "RGBA") or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB").resize((max_width, height))
    buffer = io.BytesIO()
    picture.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def exact(picture: Any) -> Bytes:
    """Return a PIL image as a file that has its very pixels, and says which way is up."""
    mime, form = ("image/png", "png") if picture.mode in _PNG else ("image/tiff", "tiff")
    if form == "tiff" and picture.mode not in _TIFF:
        return "image/png", png(picture, None)
    beside = {name: picture.info[name] for name in ("exif", "icc_profile") if name in picture.info}
    buffer = io.BytesIO()
    with contextlib.suppress(Exception):  # EXIF of others may be anything
        if exif := picture.getexif():  # which may have been set since the picture was read
            beside["exif"] = exif.tobytes()
    with contextlib.suppress(OSError, ValueError, SyntaxError, TypeError, KeyError, struct.error):
        picture.save(buffer, form, **beside)
        return mime, buffer.getvalue()
    return "image/png", png(picture, None)


_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_TIFF = frozenset({"I", "F", "CMYK", "YCbCr", "LAB", "I;16B"})


def image_file_look(
    source: pathlib.Path | bytes, mime: str, about: FileInfo | None = None
) -> Look | None:
    """Return the look of a file with a picture, or of its bytes; ``None`` if it is none after all.

    The file itself goes out where browsers draw it as everything else here would show it, and
    where it moves; else a copy that is upright and as wide as it is shown.
    """

    def data() -> bytes:
        return source if isinstance(source, bytes) else source.read_bytes()

    if mime == "image/svg+xml":
        name = "drawing" if about is None else about["name"]
        drawing = ImagePreview(summary=name, mime=mime, data=about)
        return Look(drawing, lambda width: (mime, data()), lambda: (mime, data()))
    try:
        facts = facts_of(source)
    except NoPictureError:
        return None
    width, height = facts.size
    # A photograph that is shown whole is large as PNG; browsers turn it themselves.
    turned = facts.turned and (facts.form != "JPEG" or width * height <= _LARGE)

    def content(most: int | None) -> Bytes:
        fits = most is None or width <= most
        if facts.moves or (facts.drawn_by_browsers and fits and not turned):
            return facts.mime, data()
        return "image/png", png(opened(source), most)

    preview = _preview(facts.size, facts.note, mime=facts.mime, data=about)
    return Look(preview, content, lambda: (facts.mime, data()))


_LARGE = 4_000_000  # pixels
