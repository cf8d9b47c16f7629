"""What a file holds, or its bytes: as a browser can show it. A text is never opened as a file."""

from __future__ import annotations

import base64
import binascii
import contextlib
import pathlib
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.media.attachment import attachment_look
from daggr_nb._canvas.displays.media.folder import folder_look
from daggr_nb._canvas.displays.media.image import (
    image_file_look,
    picture_look,
    picture_of,
    pixels_look,
    svg_look,
)
from daggr_nb._canvas.displays.media.lost import lost_look
from daggr_nb._canvas.displays.media.model3d import model3d_look
from daggr_nb._canvas.displays.media.players import sound_look, stream_look
from daggr_nb._canvas.displays.rendering import Look, size
from daggr_nb._protocol.displays import FileInfo
from daggr_nb._sounds import rate_of

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
    (b"II*\x00", "image/tiff", "tif"),
    (b"MM\x00*", "image/tiff", "tif"),
)


def file_look(path: pathlib.Path, component: str = "") -> Look:
    """Return the look of a file: what is in it, if a browser can show that."""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            mime = ui.media_type(path.name) or "application/octet-stream"
            about: FileInfo = {"name": path.name, "size": path.stat().st_size, "mime": mime}
            return _shown_as(component, mime, about, path)
        if path.is_dir():
            return folder_look(path)
    return lost_look(f"There is no file {path}.")


def _shown_as(component: str, mime: str, about: FileInfo, path: pathlib.Path) -> Look:
    top = mime.partition("/")[0]
    if (top == "image" or component == "Image") and component != "File":
        look = image_file_look(path, mime, about)
        if look is not None:
            return look
    if top in ("audio", "video") and component != "File":
        return stream_look(mime, about, lambda: path.read_bytes())
    download = model3d_look if component == "Model3D" else attachment_look
    return download(size(about["size"]), about, path.read_bytes)


def bytes_look(value: bytes) -> Look:
    """Return the look of the bytes of a file, told by how they begin."""
    mime, suffix = _sniffed(value)
    about: FileInfo = {"name": f"file.{suffix}", "size": len(value), "mime": mime}
    if mime.startswith("image/"):
        look = image_file_look(value, mime)
        if look is not None:
            return look
    if mime.startswith(("audio/", "video/")):
        return stream_look(mime, about, lambda: value)
    return attachment_look(f"bytes, {size(len(value))}", about, lambda: value)


def _sniffed(value: bytes) -> tuple[str, str]:
    head = bytes(value[:16]).lstrip()
    for sign, mime, suffix in _SIGNS:
        if head.startswith(sign):
            return mime, suffix
    if head[:4] == b"RIFF":
        forms = {b"WAVE": ("audio/wav", "wav"), b"WEBP": ("image/webp", "webp")}
        return forms.get(head[8:12], ("application/octet-stream", "bin"))
    if head[4:8] == b"ftyp":
        still = head[8:12] in (b"avif", b"avis")
        return ("image/avif", "avif") if still else ("video/mp4", "mp4")
    if head[:2] == b"BM" and value[2:6] == len(value).to_bytes(4, "little"):
        return "image/bmp", "bmp"
    return "application/octet-stream", "bin"


def media_look(value: Any, component: str) -> Look | None:
    """Return the look of what an Image, Audio, Video, File or Model3D may be given."""
    picture = picture_of(value)
    if picture is not None:
        return picture_look(picture)
    if isinstance(value, pathlib.Path):
        return file_look(value, component)
    if isinstance(value, (bytes, bytearray)):
        return bytes_look(bytes(value))
    if isinstance(value, str):
        return _text_as_media(value)
    if component == "Audio" and isinstance(value, (tuple, list)) and len(value) == 2:
        rate = rate_of(value[0])
        return None if rate is None else sound_look(rate, value[1])
    if component in ("Image", "") and hasattr(value, "dtype"):
        return pixels_look(value)
    return None


def image_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of what an Image may be given."""
    return media_look(value, "Image")


def audio_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of what an Audio may be given."""
    return media_look(value, "Audio")


def video_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of what a Video may be given."""
    return media_look(value, "Video")


def model_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of what a Model3D may be given."""
    return media_look(value, "Model3D")


def _text_as_media(value: str) -> Look:
    if value.lstrip().startswith("<svg"):
        return svg_look(value)
    if value.startswith("data:"):
        with contextlib.suppress(binascii.Error, ValueError):
            return bytes_look(base64.b64decode(value.partition(",")[2], validate=True))
    if value.startswith(("http://", "https://")):
        return lost_look(f"What is on the network is not fetched: {value}")
    # Whoever made it a file made it a path: a text is what somebody has typed, maybe a visitor.
    return lost_look(f"There is no file {shown(value, 400)}.")
