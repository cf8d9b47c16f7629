"""Values to the wire of a Gradio app and back, by the types of its components.

What people have is a path, a picture, an array, a table; what an app takes is JSON, with files
beside. Encoding may take long and is done on the caller's thread; files travel on the loop.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import io
import math
import pathlib
import sys
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

import xxhash

from daggr_nb._pictures import scaled, upright, visible
from daggr_nb._services.apps import Parameter, Return, Upload
from daggr_nb._sounds import NoSoundError, is_samples, rate_of, wav
from daggr_nb._text import brief
from daggr_nb.errors import InputError

_PICTURES = frozenset({"image", "imageeditor", "imageslider", "gallery", "annotatedimage", "paint"})
_DEEPEST = 60
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"glTF", "glb"),
    (b"\x1aE\xdf\xa3", "webm"),
)


def to_wire(value: Any, parameter: Parameter) -> Any:
    """Return a value as JSON for an app's component, with an ``Upload`` for each file in it.

    Raises :class:`~daggr_nb.errors.InputError` for what cannot be sent.
    """
    kind = parameter.component
    if value is None:
        return None
    if parameter.takes_files:
        return _files_to_wire(value, parameter)
    if kind in ("dataframe", "dataset") and _is_table(value):
        return table_to_wire(value)
    if kind == "label" and isinstance(value, Mapping) and "confidences" not in value:
        pairs = [{"label": str(k), "confidence": float(v)} for k, v in value.items()]
        best = max(pairs, key=lambda pair: float(str(pair["confidence"]))) if pairs else {}
        return {"label": best.get("label"), "confidences": pairs}
    if kind == "highlightedtext" and isinstance(value, list):
        return [_token(part) for part in value]
    if kind == "datetime" and isinstance(value, (datetime.datetime, datetime.date)):
        return _timestamp(value)
    return _plain(value, parameter)


# ---------------------------------------------------------------- files


def _files_to_wire(value: Any, parameter: Parameter) -> Any:
    kind = parameter.component
    if kind == "imageslider":
        pair = value if isinstance(value, (list, tuple)) else (value, value)
        return [_file(part, parameter) for part in pair]
    if kind == "gallery":
        items = value if isinstance(value, (list, tuple)) else [value]
        return [_gallery_item(part, parameter) for part in items]
    if kind in ("imageeditor", "paint") and not isinstance(value, Mapping):
        picture = _file(value, parameter)
        return {"background": picture, "layers": [], "composite": picture}
    if kind == "multimodaltextbox" and not isinstance(value, Mapping):
        return {"text": str(value), "files": []}
    if kind == "video" and "video" in (parameter.schema.get("properties") or {}):
        if isinstance(value, (list, tuple)) and len(value) == 2:  # with its subtitles
            return {"video": _file(value[0], parameter), "subtitles": _file(value[1], parameter)}
        return {"video": _file(value, parameter), "subtitles": None}
    if kind in ("chatbot", "json", "html", "markdown"):
        return _plain(value, parameter)
    if parameter.schema.get("type") == "array" and not isinstance(value, (list, tuple, Mapping)):
        return [_file(value, parameter)]
    return _file(value, parameter)


def _file(value: Any, parameter: Parameter) -> Any:
    """Return a file, or several, as they travel."""
    if value is None or (isinstance(value, str) and not value):
        return None
    if isinstance(value, Mapping):
        path = value.get("path")
        if isinstance(path, (str, pathlib.Path)) and path:  # as gradio_client.handle_file says it
            return _file(path, parameter)
        return {key: _file(part, parameter) for key, part in value.items()}
    sound = _sound(value) if isinstance(value, (list, tuple)) else None
    if sound is not None:
        return sound
    if isinstance(value, (list, tuple)):
        return [_file(part, parameter) for part in value]
    if isinstance(value, str):
        return _named_file(value, parameter)
    found = _upload(value, parameter)
    if found is None:
        raise InputError(
            f"{parameter.name!r} expected a file for the {parameter.component}: a path, a "
            f"link, bytes, a picture or an array, got {type(value).__name__} {brief(value)}.",
            port=parameter.name,
        )
    return found


def _named_file(text: str, parameter: Parameter) -> Any:
    scheme = urllib.parse.urlsplit(text).scheme
    if scheme in ("http", "https"):
        name = pathlib.PurePosixPath(urllib.parse.urlsplit(text).path).name or "file"
        return {"path": text, "url": text, "orig_name": name, "meta": _META}
    if scheme == "data":
        header, _, data = text.partition(",")
        if ";base64" in header:
            return _bytes_upload(base64.b64decode(data))
        return _bytes_upload(urllib.parse.unquote_to_bytes(data))
    path = pathlib.Path(text).expanduser()
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if there:
        return Upload.of_file(path)
    if parameter.component in ("multimodaltextbox",):
        return text
    raise InputError(
        f"{parameter.name!r} expected a file for the {parameter.component}, and there is "
        f"none at {brief(text)}. Give the path of one, or a link.",
        port=parameter.name,
    )


def _upload(value: Any, parameter: Parameter) -> Upload | None:
    if isinstance(value, pathlib.Path):
        if not value.is_file():
            raise InputError(
                f"{parameter.name!r} expected a file, and there is none at {brief(str(value))}.",
                port=parameter.name,
            )
        return Upload.of_file(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _bytes_upload(bytes(value))
    if isinstance(value, io.BytesIO):
        return _bytes_upload(value.getvalue())
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _picture_of_array(value, parameter)
    if hasattr(value, "save") and hasattr(value, "mode") and hasattr(value, "size"):
        return _bytes_upload(_png(value))
    if hasattr(value, "savefig"):
        out = io.BytesIO()
        value.savefig(out, format="png")
        return _bytes_upload(out.getvalue())
    if _is_table(value) and hasattr(value, "to_csv"):
        return _bytes_upload(value.to_csv(index=False).encode(), "table.csv")
    return None


def file_of(value: Any, port: str, medium: str) -> Upload | str:
    """Return what people have of a picture or a sound as a file; a link as it is.

    Raises :class:`~daggr_nb.errors.InputError` for what is none.
    """
    parameter = Parameter(port, port, medium, "", True, None)
    found = _file(value, parameter)
    if isinstance(found, Upload):
        return found
    if isinstance(found, dict) and isinstance(found.get("url"), str):
        return str(found["url"])
    raise InputError(
        f"{port!r} expected one {medium} file: a path, a link, bytes, or a value of a library, got "
        f"{type(value).__name__} {brief(value)}.",
        port=port,
    )


def suffix_of(data: bytes) -> str:
    """Return the ending that files of this content have, as their first bytes tell; or nothing.

    >>> suffix_of(b"GIF89a"), suffix_of(b"<html>")
    ('gif', '')
    """
    if data[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp", b"AVI ": "avi"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return {b"avif": "avif", b"heic": "heic", b"M4A ": "m4a"}.get(data[8:12], "mp4")
    return next((suffix for magic, suffix in _SIGNATURES if data.startswith(magic)), "")


def _gallery_item(value: Any, parameter: Parameter) -> Any:
    caption = None
    if isinstance(value, Mapping):
        return {
            key: _file(part, parameter) if key in _MEDIA else part for key, part in value.items()
        }
    if (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and (value[1] is None or isinstance(value[1], str))
    ):
        value, caption = value
    name = value if isinstance(value, str) else getattr(value, "name", "")
    suffix = pathlib.PurePosixPath(str(name)).suffix.lower()
    medium = "video" if suffix in (".mp4", ".webm", ".mov", ".mkv", ".avi") else "image"
    return {medium: _file(value, parameter), "caption": caption}


def _bytes_upload(data: bytes, name: str = "") -> Upload:
    if not name:
        suffix = suffix_of(data)
        name = f"file.{suffix}" if suffix else "file.bin"
    return Upload(name, xxhash.xxh3_128_digest(data), None, data)


def _png(picture: Any) -> bytes:
    out = io.BytesIO()
    picture = upright(picture)  # what EXIF says of it stays behind
    if picture.mode not in ("I", "I;16"):
        picture = visible(picture)
    picture.save(out, format="PNG", compress_level=1)
    return out.getvalue()


def _picture_of_array(array: Any, parameter: Parameter) -> Upload:
    from PIL import Image  # noqa: PLC0415 - whoever has pictures has it

    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            f"{parameter.name!r} expected a picture of shape (height, width), or with 1, 3 or 4 "
            f"channels, got an array of shape {array.shape}.",
            port=parameter.name,
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return _bytes_upload(_png(Image.fromarray(scaled(array)[0])))


def _sound(value: Sequence[Any]) -> Upload | None:
    """Return ``(rate, samples)`` as a WAV file; ``None`` for what is no sound."""
    numpy = sys.modules.get("numpy")
    if numpy is None or len(value) != 2 or not isinstance(value[1], numpy.ndarray):
        return None
    rate = rate_of(value[0])
    if rate is None or not is_samples(value[1]):
        return None
    try:
        return _bytes_upload(wav(rate, value[1]))
    except NoSoundError:  # data of the same shape
        return None


_META = {"_type": "gradio.FileData"}
_MEDIA = ("image", "video")


# ---------------------------------------------------------------- data


def _is_table(value: Any) -> bool:
    return (hasattr(value, "columns") and hasattr(value, "to_numpy")) or (
        type(value).__name__ == "ndarray" and getattr(value, "ndim", 0) in (1, 2)
    )


def table_to_wire(value: Any) -> dict[str, Any]:
    """Return a table of pandas, polars or numpy as headers and rows."""
    if not hasattr(value, "columns"):
        rows = value.tolist() if value.ndim == 2 else [[each] for each in value.tolist()]
        headers = [str(number + 1) for number in range(len(rows[0]) if rows else 0)]
    else:
        headers = [str(name) for name in value.columns]
        if hasattr(value, "itertuples"):
            rows = [list(row) for row in value.itertuples(index=False, name=None)]
        else:
            rows = [list(row) for row in value.rows()]
    return {
        "headers": headers,
        "data": [[_cell(each) for each in row] for row in rows],
        "metadata": None,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return _cell(value.item())
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _token(part: Any) -> Any:
    if isinstance(part, (list, tuple)) and len(part) == 2:
        return {"token": str(part[0]), "class_or_confidence": part[1]}
    return part


def _timestamp(value: datetime.date) -> Any:
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    return datetime.datetime(value.year, value.month, value.day).timestamp()


def _plain(value: Any, parameter: Parameter, depth: int = 0) -> Any:
    """Return data as JSON has it. What is not finite travels as ``NaN``, as Gradio reads it."""
    if depth > _DEEPEST:
        raise InputError(f"{parameter.name!r} expected data of at most {_DEEPEST} levels.")
    if value is None or isinstance(value, (bool, str)):
        return str(value) if type(value) is not str and isinstance(value, str) else value
    if isinstance(value, enum.Enum):
        return _plain(value.value, parameter, depth + 1)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(part, parameter, depth + 1) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = value if isinstance(value, (list, tuple)) else sorted(value, key=repr)
        return [_plain(part, parameter, depth + 1) for part in parts]
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {f.name: _plain(getattr(value, f.name), parameter, depth + 1) for f in fields}
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(mode="json"), parameter, depth + 1)
    if _is_table(value) and hasattr(value, "columns"):
        return table_to_wire(value)
    if hasattr(value, "tolist"):  # an array, a number of numpy, a series
        return _plain(value.tolist(), parameter, depth + 1)
    if hasattr(value, "to_list"):
        return _plain(value.to_list(), parameter, depth + 1)
    raise InputError(
        f"{parameter.name!r} expected what JSON can say for the app's "
        f"{parameter.component or 'input'}, got {type(value).__name__} {brief(value)}.",
        port=parameter.name,
    )


# ---------------------------------------------------------------- back


def files_in(value: Any, found: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return the files in a value of the wire, each as the app tells of it."""
    found = [] if found is None else found
    if isinstance(value, dict):
        if is_file(value):
            found.append(value)
        else:
            for part in value.values():
                files_in(part, found)
    elif isinstance(value, list):
        for part in value:
            files_in(part, found)
    return found


def copied(value: Any) -> Any:
    """Return a value of the wire that later edits do not change."""
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    return [copied(part) for part in value] if isinstance(value, list) else value


def is_file(value: Any) -> bool:
    """Whether data is what Gradio says of a file."""
    if not isinstance(value, dict) or not isinstance(value.get("path"), str):
        return False
    meta = value.get("meta")
    return (isinstance(meta, dict) and meta.get("_type") == "gradio.FileData") or (
        "orig_name" in value and "url" in value
    )


def file_key(file: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells a file of an app from its others."""
    return str(file.get("path")), str(file.get("orig_name"))


def from_wire(value: Any, paths: Mapping[tuple[str, str], pathlib.Path]) -> Any:
    """Return a value of the wire in Gradio's own shapes, with a path as text for each file.

    An update counts as the value that it sets, ``None`` if it sets none.
    """
    if isinstance(value, dict):
        if "__type__" in value and str(value["__type__"]).endswith("update"):
            return from_wire(value.get("value"), paths)
        if is_file(value):
            path = paths.get(file_key(value))
            return None if path is None else str(path)
        return {key: from_wire(part, paths) for key, part in value.items()}
    if isinstance(value, list):
        return [from_wire(part, paths) for part in value]
    return value


def settled(value: Any, paths: Mapping[str, pathlib.Path], output: Return | None = None) -> Any:
    """Return a value of Gradio's shapes as nodes hand it on: files are paths.

    A label with its confidences becomes ``{label: confidence}``, marked text pairs of text and
    label, a gallery a list of paths or ``(path, caption)``, a table a frame where there is pandas.
    """
    if isinstance(value, str):
        return paths.get(value, value)
    if isinstance(value, dict):
        by_shape = _shapes(value)
        if by_shape is not None:
            return settled(by_shape, paths, output)
        if (
            output is not None
            and output.component == "dataframe"
            and {"headers", "data"} <= value.keys()
        ):
            return _frame(value)
        return {key: settled(part, paths) for key, part in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(p, dict) and p.keys() >= _TOKEN for p in value):
            return [(part["token"], part["class_or_confidence"]) for part in value]
        return [settled(part, paths) for part in value]
    if isinstance(value, tuple):
        return tuple(settled(part, paths) for part in value)
    return value


_TOKEN = frozenset({"token", "class_or_confidence"})


def _shapes(value: dict[str, Any]) -> Any:
    keys = value.keys()
    if keys == {"label", "confidences"} and isinstance(value["confidences"], list):
        return {each["label"]: each["confidence"] for each in value["confidences"]}
    for medium in _MEDIA:
        if keys == {medium, "caption"} and isinstance(value[medium], str):
            caption = value["caption"]
            return value[medium] if caption is None else (value[medium], caption)
    if keys == {"video", "subtitles"} and value["subtitles"] is None:
        return value["video"]
    return None


def _frame(value: Mapping[str, Any]) -> Any:
    try:
        import pandas  # noqa: PLC0415 - heavy; only a table needs it
    except ImportError:
        return {key: value[key] for key in ("headers", "data")}
    rows = [[math.nan if cell == "" else cell for cell in row] for row in value["data"]]
    frame = pandas.DataFrame(rows, columns=value["headers"] or None)
    return frame.infer_objects()
