"""How files look, and pictures and sounds, which people think of as files."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import math
import pathlib
import sys
import wave
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import Bytes, Look
from daggr_nb._protocol.displays import Preview

FILES = "application/x-daggr-files"
MODEL = "application/x-daggr-model"
LOST = "application/x-daggr-lost"
_SIGNS = (
    (b"\x89PNG\r\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF8", "image/gif", "gif"),
    (b"OggS", "audio/ogg", "ogg"),
    (b"ID3", "audio/mpeg", "mp3"),
    (b"fLaC", "audio/flac", "flac"),
    (b"\x1aE\xdf\xa3", "video/webm", "webm"),
    (b"%PDF", "application/pdf", "pdf"),
    (b"<svg", "image/svg+xml", "svg"),
)


def file_look(path: pathlib.Path, component: str = "") -> Look:
    """Return the look of a file: what is in it, if a browser can show that."""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            mime = ui.media_type(path.name) or "application/octet-stream"
            about = {"name": path.name, "size": path.stat().st_size, "mime": mime}
            return _shown_as(component, mime, about, path)
        if path.is_dir():
            preview = Preview(summary=f"folder {path.name}", mime="text/plain", data=str(path))
            return Look(preview, lambda width: ("text/plain", str(path).encode()))
    return lost_look(f"There is no file {path}.")


def _shown_as(component: str, mime: str, about: dict[str, Any], path: pathlib.Path) -> Look:
    top = mime.partition("/")[0]
    if top == "image" and component != "File":
        look = _picture_file(path, mime, about)
        if look is not None:
            return look
    if top in ("audio", "video") and component != "File":
        return _stream_look(mime, about, lambda: path.read_bytes())
    kind = MODEL if component == "Model3D" else FILES
    preview = Preview(summary=size(about["size"]), mime=kind, data=[about], inline=True)
    return Look(preview, lambda width: (mime, path.read_bytes()), lambda: (mime, path.read_bytes()))


def _picture_file(path: pathlib.Path, mime: str, about: dict[str, Any]) -> Look | None:
    def whole() -> Bytes:
        return mime, path.read_bytes()

    if mime == "image/svg+xml":
        preview = Preview(summary=path.name, mime=mime, data=about)
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

    preview = Preview(summary=f"Image {width} × {height}", mime=mime, data=about)
    return Look(preview, content, whole)


def _stream_look(mime: str, about: dict[str, Any], read: Any, seconds: float | None = None) -> Look:
    summary = clock(seconds) if seconds is not None else size(about["size"])
    preview = Preview(summary=summary, mime=mime, data=about, inline=True)
    return Look(preview, lambda width: (mime, read()), lambda: (mime, read()))


def bytes_look(value: bytes, component: str = "") -> Look:
    """Return the look of the bytes of a file, told by how they begin."""
    mime, suffix = _sniffed(value)
    about = {"name": f"file.{suffix}", "size": len(value), "mime": mime}
    if mime.startswith("image/"):
        look = _picture_bytes(value, mime)
        if look is not None:
            return look
    if mime.startswith(("audio/", "video/")):
        return _stream_look(mime, about, lambda: value)
    preview = Preview(summary=f"bytes, {size(len(value))}", mime=FILES, data=[about], inline=True)
    return Look(preview, lambda width: (mime, value), lambda: (mime, value))


def _picture_bytes(value: bytes, mime: str) -> Look | None:
    if mime == "image/svg+xml":
        return svg_look(value.decode("utf-8", "replace"))
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - optional and heavy

    try:
        with Image.open(io.BytesIO(value)) as opened:
            opened.load()
            return picture_look(opened)
    except (OSError, UnidentifiedImageError):
        return None


def _sniffed(value: bytes) -> tuple[str, str]:
    head = bytes(value[:16]).lstrip()
    for sign, mime, suffix in _SIGNS:
        if head.startswith(sign):
            return mime, suffix
    if head[:4] == b"RIFF":
        found = {b"WAVE": ("audio/wav", "wav"), b"WEBP": ("image/webp", "webp")}
        return found.get(head[8:12], ("application/octet-stream", "bin"))
    if head[4:8] == b"ftyp":
        return "video/mp4", "mp4"
    return "application/octet-stream", "bin"


# ---------------------------------------------------------------- pictures


def picture_of(value: Any) -> Any:
    """Return a PIL image of a value that is one, else ``None``; PIL is not loaded for it."""
    module = sys.modules.get("PIL.Image")
    if module is None or not isinstance(value, module.Image):
        return None
    return value if 0 not in value.size else None


def picture_look(picture: Any) -> Look:
    """Return the look of a PIL image."""
    width, height = picture.size
    preview = Preview(summary=f"Image {width} × {height}", mime="image/png")
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
    data = text.encode("utf-8", "replace")
    mime = "image/svg+xml"
    return Look(
        Preview(summary="drawing", mime=mime), lambda width: (mime, data), lambda: (mime, data)
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


# ---------------------------------------------------------------- sounds


def sound_look(rate: int, samples: Any) -> Look | None:
    """Return the look of ``(rate, samples)``: samples in a row, or a column for each channel."""
    shape: Any = getattr(samples, "shape", ())
    if len(shape) not in (1, 2) or not shape[0] or samples.dtype.kind not in "iuf":
        return None
    about = {"name": "sound.wav", "size": 44 + 2 * samples.size, "mime": "audio/wav"}
    return _stream_look("audio/wav", about, lambda: wav(rate, samples), shape[0] / rate)


def wav(rate: int, samples: Any) -> bytes:
    """Return samples as a .wav file of 16 bits; floats are taken to lie between -1 and 1."""
    if samples.dtype.kind == "f":
        whole = (samples.clip(-1, 1) * 32767).astype("<i2")
    elif samples.dtype.itemsize == 1:
        whole = (samples.astype("<i2") - 128) * 256
    else:
        whole = (samples >> 8 * (samples.dtype.itemsize - 2)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        out.setsampwidth(2)
        out.setframerate(int(rate))
        out.writeframes(whole.tobytes())
    return buffer.getvalue()


# ---------------------------------------------------------------- what a component makes of it


def media_look(value: Any, component: str) -> Look | None:
    """Return the look of what an Image, Audio, Video, File or Model3D may be given."""
    if isinstance(value, pathlib.Path):
        return file_look(value, component)
    if isinstance(value, (bytes, bytearray)):
        return bytes_look(bytes(value), component)
    if isinstance(value, str):
        return _text_as_media(value, component)
    if component == "Audio" and isinstance(value, (tuple, list)) and len(value) == 2:
        rate, samples = value
        whole = isinstance(rate, int) or hasattr(rate, "__index__")
        return sound_look(int(rate), samples) if whole else None
    if component in ("Image", "") and hasattr(value, "dtype"):
        return pixels_look(value)
    return None


def _text_as_media(value: str, component: str) -> Look:
    if value.lstrip().startswith("<svg"):
        return svg_look(value)
    if value.startswith("data:"):
        with contextlib.suppress(binascii.Error, ValueError):
            return bytes_look(base64.b64decode(value.partition(",")[2], validate=True), component)
    if value.startswith(("http://", "https://")):
        return lost_look(f"What is on the network is not fetched: {value}")
    with contextlib.suppress(ValueError, OSError):
        if len(value) < 4096:
            return file_look(pathlib.Path(value).expanduser(), component)
    return lost_look(f"There is no file {shown(value, 80)}.")


def lost_look(why: str) -> Look:
    """Return the look of what cannot be shown, with the reason."""
    preview = Preview(summary="not there", mime=LOST, data=why, inline=True)
    return Look(preview, lambda width: ("text/plain", why.encode()))


def size(count: int) -> str:
    """Return a number of bytes as people say it.

    >>> size(1_234_567)
    '1.2 MB'
    """
    if count < 1000:
        return f"{count} bytes"
    for unit in ("kB", "MB", "GB"):
        count_in_unit = count / {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        if count_in_unit < 1000 or unit == "GB":
            break
    return f"{count_in_unit:.0f} {unit}" if count_in_unit >= 10 else f"{count_in_unit:.1f} {unit}"


def clock(seconds: float) -> str:
    """Return a length of time as a player shows it, ``0:07``."""
    whole = math.ceil(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
