"""Pictures of PIL: PNG where that gives them back exactly, else their pixels behind a header.

What a file says beside the pixels is content too: Exif (which way is up), the texts of a PNG, dpi.
Pictures that have any are kept as structure.
"""

from __future__ import annotations

import io
import json
from typing import Any

from daggr_nb._json import decode_json
from daggr_nb._provenance.digest.stream import Encoding
from daggr_nb._provenance.values.library import Library, StructuredForm
from daggr_nb.errors import DigestError

_ORIENTATION = 0x0112
_PNG_MODES = frozenset({"1", "L", "LA", "RGB", "RGBA"})


def _add_picture(value: Any, out: Encoding) -> None:
    """Mode, size, pixels, palette, the transparent colour, and what else the file said."""
    if getattr(value, "is_animated", False):
        raise DigestError(
            "A picture of several frames stands at one of them and has no content as a whole. "
            "Hand over its path (pathlib.Path), or a list of frames."
        )
    value.load()
    out.text(b"I", f"{value.mode} {value.size}")
    palette = value.palette
    if value.mode in ("P", "PA") and palette is not None:
        out.add(palette.mode)
        out.add(value.getpalette(palette.mode))
    out.add(value.info.get("transparency"))
    out.tagged(b"p", value.tobytes())
    if beside := _beside(value):
        out.add(beside)


def _beside(value: Any) -> dict[str, Any]:
    """Return what a picture carries beside its pixels, by name; Exif as it would be written."""
    beside = {name: value.info[name] for name in value.info if name != "transparency"}
    exif = _exif(value)
    if exif or "exif" in beside:
        beside["exif"] = exif or beside["exif"]
    return dict(sorted(beside.items(), key=lambda pair: str(pair[0])))


def _exif(value: Any) -> bytes:
    """Return the Exif of a picture; of a TIFF, whose tags tell of the file, which way is up."""
    try:
        exif = value.getexif()
        if "exif" not in value.info and hasattr(value, "tag_v2"):
            turned, exif = exif.get(_ORIENTATION, 1), type(exif)()
            if turned != 1:
                exif[_ORIENTATION] = turned
        return bytes(exif.tobytes()) if exif else b""
    except Exception:  # noqa: BLE001 - what a file says of itself may be broken
        return b""


def _write(value: Any) -> tuple[str, bytes] | None:
    """Return the encoding of a PIL picture and its bytes, if it is nothing but pixels."""
    return None if _beside(value) else _write_pixels(value)


def _write_pixels(value: Any) -> tuple[str, bytes]:
    if value.mode not in _PNG_MODES or 0 in value.size or "transparency" in value.info:
        return "pixels", _pixels(value)
    from PIL import Image  # noqa: PLC0415 - loaded already

    buffer = io.BytesIO()
    bare = Image.frombytes(value.mode, value.size, value.tobytes())
    bare.save(buffer, "png", compress_level=1)
    return "png", buffer.getvalue()


def _read_png(data: bytes) -> Any:
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


def _read_pixels(data: bytes) -> Any:
    """Return the picture that was written as header and pixels."""
    from PIL import Image  # noqa: PLC0415 - loaded already, or needed now

    header, _, pixels = data.partition(b"\n")
    mode, size, palette, clear = decode_json(header)
    empty = 0 in size
    picture = Image.new(mode, size) if empty else Image.frombytes(mode, tuple(size), pixels)
    if palette is not None:
        picture.putpalette(palette[1], palette[0])
    if isinstance(clear, dict):
        clear = bytes(clear["bytes"]) if "bytes" in clear else tuple(clear["tuple"])
    if clear is not None:
        picture.info["transparency"] = clear
    return picture


_READERS = {"png": _read_png, "pixels": _read_pixels}


def _take_apart(value: Any) -> Any:
    """Return a picture as pixels and what it carries beside them."""
    encoding, data = _write_pixels(value)
    return {"encoding": encoding, "data": data, "beside": _beside(value), "format": value.format}


def _put_together(form: Any) -> Any:
    picture = _READERS[form["encoding"]](form["data"])
    picture.info.update(form["beside"])
    picture.format = form["format"]
    return picture


LIBRARY = Library(
    digests={("PIL", "Image"): _add_picture},
    writers={("PIL", "Image"): _write},
    readers=_READERS,
    structure=StructuredForm("picture", _take_apart, _put_together),
)
