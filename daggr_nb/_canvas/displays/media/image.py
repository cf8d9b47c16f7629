"""A picture: of PIL, of an array, of the bytes of a file, or drawn as SVG."""

from __future__ import annotations

import io
import pathlib
import sys
from typing import Any

from daggr_nb._canvas.displays.rendering import Bytes, Look
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
    width, height = picture.size
    preview = ImagePreview(summary=f"Image {width} × {height}")
    return Look(
        preview,
        lambda most: ("image/png", png(picture, most)),
        lambda: ("image/png", png(picture, None)),
    )


def pixels_look(value: Any) -> Look | None:
    """Return the look of an array as a picture, if its shape and numbers are one's."""
    shape: Any = getattr(value, "shape", ())
    colours = len(shape) == 3 and shape[2] in (1, 3, 4)
    if not (len(shape) == 2 or colours) or 0 in shape or value.dtype.kind not in "biuf":
        return None
    from PIL import Image  # noqa: PLC0415 - optional and heavy

    kept = value[..., 0] if colours and shape[2] == 1 else value
    if kept.dtype.kind == "f":  # as matplotlib and scikit-image have it: 0 is black, 1 white
        kept = (kept.clip(0, 1) * 255 + 0.5).astype("uint8")
    elif kept.dtype.kind == "b":
        kept = kept.astype("uint8") * 255
    return picture_look(Image.fromarray(kept.clip(0, 255).astype("uint8")))


def svg_look(text: str) -> Look:
    """Return the look of a drawing, which is shown as a picture: nothing in it runs."""
    data = encoded(text)
    mime = "image/svg+xml"
    return Look(
        ImagePreview(summary="drawing", mime=mime), lambda width: (mime, data), lambda: (mime, data)
    )


def png(picture: Any, max_width: int | None) -> bytes:
    """Return a PIL image as PNG, no wider than ``max_width`` pixels."""
    if picture.mode not in ("1", "L", "LA", "RGB", "RGBA", "P"):
        picture = picture.convert("RGB")
    if max_width and picture.width > max_width:
        height = max(1, round(picture.height * max_width / picture.width))
        shrunk = picture.convert("RGBA" if picture.mode in ("LA", "P", "RGBA") else "RGB")
        picture = shrunk.resize((max_width, height))
    buffer = io.BytesIO()
    picture.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def image_file_look(path: pathlib.Path, mime: str, about: FileInfo) -> Look | None:
    """Return the look of a file with a picture, ``None`` if it is none after all."""

    def whole() -> Bytes:
        return mime, path.read_bytes()

    if mime == "image/svg+xml":
        preview = ImagePreview(summary=path.name, mime=mime, data=about)
        return Look(preview, lambda width: whole(), whole)
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - optional and heavy

    try:
        with Image.open(path) as opened:
            width, height = opened.size
    except (OSError, UnidentifiedImageError):
        return None

    def content(most: int | None) -> Bytes:
        if most is None or width <= most:
            return whole()
        with Image.open(path) as opened:
            return "image/png", png(opened, most)

    preview = ImagePreview(summary=f"Image {width} × {height}", mime=mime, data=about)
    return Look(preview, content, whole)


def image_bytes_look(value: bytes, mime: str) -> Look | None:
    """Return the look of the bytes of a picture, ``None`` if they are none after all."""
    if mime == "image/svg+xml":
        return svg_look(value.decode("utf-8", "replace"))
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - optional and heavy

    try:
        with Image.open(io.BytesIO(value)) as opened:
            opened.load()
            return picture_look(opened)
    except (OSError, UnidentifiedImageError):
        return None
