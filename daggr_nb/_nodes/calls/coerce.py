"""Coerce values to the form that a parameter is annotated with.

What people upload is a file, and its value is a path; a text is one where ``Path`` is asked for. A
function gets it as it asks for it:

=========================  =====================================================================
annotation                 what the function gets of a file
=========================  =====================================================================
none, ``Path``             the path
``str``                    the path as text
``bytes``                  what is in it
``PIL.Image.Image``        the picture
``np.ndarray``             the pixels (height, width, channels); of a sound, its samples
``tuple[int, np.ndarray]`` of a sound, ``(rate, samples)`` as in Gradio
``pd.DataFrame``           the table in a CSV, TSV, Parquet or JSON file
``list[...]``              each file of a list in that form
=========================  =====================================================================

A picture is upright in every form, as its card shows it: with ``type="filepath"`` the path is that
of a copy where a camera was held sideways, while a ``Path`` that is asked for is the file itself.
Samples are as in the file: ``uint8``, ``int16``, ``int32`` or floats, with a column for each
channel if there are several. Without an annotation a component's ``type`` says the form.
"""

from __future__ import annotations

import datetime
import pathlib
import types
import typing
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from daggr_nb import ui
from daggr_nb._pictures import NoPictureError, opened, upright_file, visible
from daggr_nb._sounds import read_wav
from daggr_nb.errors import InputError

_FORMS = {
    "pil": "Image",
    "numpy": "ndarray",
    "binary": "bytes",
    "timestamp": "float",
    "string": "str",
    "text": "str",
    "array": "list",
    "index": "index",
}


def coerce(value: Any, annotation: Any, component: ui.Component | None) -> Any:
    """Return ``value`` in the form that a parameter asks for; most are handed over as they are."""
    if type(value) in _UNCHANGED and (component is None or component.form is None):
        is_path = type(value) is str and value and _type_name(annotation) == "Path"
        return pathlib.Path(value) if is_path else value
    type_name = _type_name(annotation)
    if type_name == "" and component is not None and component.form is not None:
        type_name = _type_name_of_form(component, value)
        if type_name == "index":
            return _indices(component, value)
    return _coerce(value, type_name) if type_name else value


def _type_name_of_form(component: ui.Component, value: Any) -> str:
    if isinstance(component, ui.Audio) and component.form == "numpy":
        return "tuple"
    if component.form == "filepath" and getattr(component, "kind", "") == "image":
        return "upright"
    return _FORMS.get(component.form or "", "")


def _indices(component: Any, value: Any) -> Any:
    several = component.several and isinstance(value, list)
    return [component.index_of(v) for v in value] if several else component.index_of(value)


def _type_name(annotation: Any) -> str:
    """Return the name of the type that is asked for; empty if it is none of ours."""
    if isinstance(annotation, str):  # it could not be resolved
        return _short_name(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return _type_name(typing.get_args(annotation)[0])
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        kinds = [part for part in parts if part is not type(None)]
        return _type_name(kinds[0]) if len(kinds) == 1 else ""
    if origin is list:
        inner = _type_name(parts[0])
        return f"list {inner}" if inner else "list"
    kind = origin or annotation
    return _short_name(getattr(kind, "__name__", "")) if isinstance(kind, type) else ""


def _short_name(name: str) -> str:
    short = name.replace("| None", "").strip().rpartition(".")[2].partition("[")[0]
    return short if short in _TYPE_NAMES else ""


@singledispatch
def _coerce(value: Any, type_name: str) -> Any:
    frame = type_name in _FROM_FRAME and hasattr(value, "iloc") and hasattr(value, "columns")
    return _FROM_FRAME[type_name](value) if frame else value


@_coerce.register
def _(value: pathlib.Path, type_name: str) -> Any:
    read = _FROM_FILE.get(type_name)
    return value if read is None else read(value)


@_coerce.register
def _(value: list, type_name: str) -> Any:  # type: ignore[type-arg]
    if type_name == "str" and value and all(isinstance(v, dict) and "speaker" in v for v in value):
        return "\n".join(f"{v['speaker']}: {v['text']}" for v in value)
    inner = type_name.removeprefix("list").strip()
    return [_coerce(each, inner) for each in value] if inner and _has_files(value) else value


@_coerce.register
def _(value: tuple, type_name: str) -> Any:  # type: ignore[type-arg]
    """Pictures come in pairs, or with a caption."""
    inner = type_name.removeprefix("list").strip()
    return tuple(_coerce(each, inner) for each in value) if _has_files(value) else value


def _has_files(value: Any) -> bool:
    parts = (part for each in value for part in (each if type(each) is tuple else (each,)))
    return any(isinstance(part, pathlib.Path) for part in parts)


@_coerce.register
def _(value: datetime.date, type_name: str) -> Any:
    make = _FROM_MOMENT.get(type_name)
    return value if make is None else make(value)


# ---------------------------------------------------------------- reading files


def _picture(path: pathlib.Path) -> Any:
    try:
        return opened(path)
    except NoPictureError as error:
        raise InputError(
            f"A picture was expected (PNG, JPEG, ...), and {path.name!r} is none: {error}"
        ) from error


def _array(path: pathlib.Path) -> Any:
    import numpy  # noqa: PLC0415 - optional and heavy

    if path.suffix.lower() == ".npy":
        return numpy.load(path, allow_pickle=False)
    if ui.media_type(path.name).startswith("audio"):
        return _sound(path)[1]
    picture = _picture(path)
    plain = picture.mode in ("L", "RGB", "RGBA", "I;16", "F", "I")
    return numpy.asarray(picture if plain else visible(picture).convert("RGB"))


def _sound(path: pathlib.Path) -> tuple[int, Any]:
    """Return (rate, samples); .wav files need no library, others need soundfile."""
    found = read_wav(path.read_bytes())
    return _other_sound(path) if found is None else (found.rate, found.samples)


def _other_sound(path: pathlib.Path) -> tuple[int, Any]:
    try:
        import soundfile  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            f"The samples of {path.name!r} were expected as an array. Without the library "
            "soundfile only .wav files can be read: pip install soundfile, or annotate the "
            "parameter with Path."
        ) from error
    samples, rate = soundfile.read(path, dtype="int16")
    return rate, samples


_FROM_FILE: Mapping[str, Callable[[pathlib.Path], Any]] = {
    "str": str,
    "bytes": lambda path: path.read_bytes(),
    "Image": _picture,
    "upright": upright_file,
    "ndarray": _array,
    "tuple": lambda path: _sound(path) if _is_sound(path) else path,
    "DataFrame": ui.read_frame,
}
_FROM_FRAME: Mapping[str, Callable[[Any], Any]] = {
    "ndarray": lambda frame: frame.to_numpy(),
    "list": lambda frame: frame.to_numpy().tolist(),
}
_FROM_MOMENT: Mapping[str, Callable[[Any], Any]] = {
    "float": lambda moment: _moment(moment).timestamp(),
    "str": lambda moment: moment.isoformat(" ") if _has_time(moment) else moment.isoformat(),
    "date": lambda moment: moment.date() if _has_time(moment) else moment,
    "datetime": lambda moment: _moment(moment),
}
_UNCHANGED = frozenset((str, int, float, bool, bytes, type(None)))
_TYPE_NAMES = {"Path", *_FROM_FILE, *_FROM_FRAME, *_FROM_MOMENT}


def _is_sound(path: pathlib.Path) -> bool:
    return ui.media_type(path.name).startswith("audio")


def _has_time(moment: datetime.date) -> bool:
    return isinstance(moment, datetime.datetime)


def _moment(moment: datetime.date) -> datetime.datetime:
    if isinstance(moment, datetime.datetime):
        return moment
    return datetime.datetime(moment.year, moment.month, moment.day)
