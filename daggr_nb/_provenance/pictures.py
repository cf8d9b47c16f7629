"""Pictures as bytes: PNG where that gives them back exactly, else their pixels behind a header."""

from __future__ import annotations

import io
import json
from typing import Any

_PNG_MODES = frozenset({"1", "L", "LA", "RGB", "RGBA"})


def write_picture(value: Any) -> tuple[str, bytes]:
    """Return the encoding of a PIL picture and its bytes."""
    if value.mode not in _PNG_MODES or 0 in value.size or "transparency" in value.info:
        return "pixels", _pixels(value)
    from PIL import Image  # noqa: PLC0415 - loaded already

    buffer = io.BytesIO()
    bare = Image.frombytes(value.mode, value.size, value.tobytes())
    bare.save(buffer, "png", compress_level=1)
    return "png", buffer.getvalue()


def read_png(data: bytes) -> Any:
    """Return the picture of a PNG file."""
    from PIL import Image  # noqa: PLC0415 - loaded already, or needed now

    with Image.open(io.BytesIO(data), formats=["png"]) as picture:
        picture.load()
        return picture.copy()


def _pixels(value: Any) -> bytes:
    palette, clear = None, value.info.get("transparency")
    if value.mode in ("P", "PA") and value.palette is not None:
        palette = [value.palette.mode, value.getpalette(value.palette.mode)]
    if isinstance(clear, (bytes, tuple)):
        clear = {type(clear).__name__: list(clear)}
    header = json.dumps([value.mode, value.size, palette, clear])
    return header.encode() + b"\n" + bytes(value.tobytes())


def read_pixels(data: bytes) -> Any:
    """Return the picture that was written as header and pixels."""
    from PIL import Image  # noqa: PLC0415 - loaded already, or needed now

    header, _, pixels = data.partition(b"\n")
    mode, size, palette, clear = json.loads(header)
    empty = 0 in size
    picture = Image.new(mode, size) if empty else Image.frombytes(mode, tuple(size), pixels)
    if palette is not None:
        picture.putpalette(palette[1], palette[0])
    if isinstance(clear, dict):
        clear = bytes(clear["bytes"]) if "bytes" in clear else tuple(clear["tuple"])
    if clear is not None:
        picture.info["transparency"] = clear
    return picture
