"""Values that come in: JSON within bounds, files as what was uploaded, nothing by path."""

from __future__ import annotations

import base64
import binascii
import json
import math
import mimetypes
import os
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from daggr_nb import ui
from daggr_nb._canvas.bridge import value_expected
from daggr_nb._canvas.uploads import FILE, KEEP, Uploads, taken
from daggr_nb._ids import PortRef
from daggr_nb._json import nested_deeper
from daggr_nb._model.structure import Structure
from daggr_nb._protocol.commands import PIECE
from daggr_nb._serve.ids import InputIds, Part
from daggr_nb._serve.problem import Problem
from daggr_nb._text import cut
from daggr_nb.errors import InputError

_DATA_URL = re.compile(r"data:(?P<mime>[\w.+-]+/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*(?P<base64>;base64)?,")
_ONE_FILE = (ui.Image, ui.Audio, ui.Video, ui.Model3D, ui.File)
PLACE = re.compile(r"[0-9a-f]{32}/[^/\\]+")
"""What POST /api/uploads answers."""
_SUFFIX = re.compile(r"[^A-Za-z0-9.].*")


def read_json(body: bytes, depth: int) -> dict[str, Any]:
    """Return the object that a body holds; no body is an empty one."""
    if not body:
        return {}
    if nested_deeper(body, depth):
        raise Problem(400, f"The body was expected to be nested at most {depth} levels deep.")
    try:
        data = json.loads(body, parse_constant=_no_number, parse_float=_finite)
    except ValueError as error:
        raise Problem(400, f"The body was expected to be JSON: {cut(str(error), 200)}.") from None
    if not isinstance(data, dict):
        raise Problem(
            400,
            f"The body was expected to be a JSON object, got {_kind(data)}. Send "
            '{"inputs": {}}.',
        )
    return data


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{cut(text, 40)} is beyond what a number can be")
    return number


def _kind(data: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(data), "a number")


def inputs_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values that a body gives for inputs, by id."""
    inputs = body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise Problem(
            400,
            f'"inputs" was expected to be an object of values by id, got {_kind(inputs)}.',
        )
    return inputs


def arguments(
    structure: Structure, part: Part, inputs: Mapping[str, Any], uploads: Uploads
) -> dict[PortRef, Any]:
    """Return the values of a request by input, as their components take them.

    Raises :class:`Problem` for an id that means no input of ``part``, for one that is given twice,
    and for a value that its control does not take.
    """
    ids = InputIds(structure.restricted(part.nodes))
    values: dict[PortRef, Any] = {}
    for identity, value in inputs.items():
        ref = ids.find(identity)
        if ref is None:
            raise InputIds(structure).refusal(identity, part)
        if ref in values:
            raise Problem(400, f"{identity!r} was given twice, under two of its ids.")
        component = ids.component(ref)
        values[ref] = argument(ref, component, ids.variant(ref, value), uploads)
    return values


def argument(ref: PortRef, component: ui.Component, value: Any, uploads: Uploads) -> Any:
    """Return one value as it is to be set."""
    if value is None and component.initial is not None:
        raise Problem(400, f"{ref.node}.{ref.port} expected a value, got null. Leave it out.")
    if component.takes_files:
        _check_known(value, uploads)
    try:
        with value_expected(component):
            given = _with_uploads(value, component, uploads)
            _check_files(ref, given, component)
            value = taken(given, component, None, uploads)
            component.accept(value)
    except InputError as error:
        raise Problem(400, f"{ref.node}.{ref.port}: {error}") from error
    return value


def _with_uploads(value: Any, component: ui.Component, uploads: Uploads) -> Any:
    """Put uploaded files in the place of ``data:`` URLs, wherever a component takes files."""
    if isinstance(component, ui.ItemList) and isinstance(value, list):
        return [
            {
                key: _with_uploads(part, component.schema[key], uploads)
                if key in component.schema
                else part
                for key, part in row.items()
            }
            if isinstance(row, dict)
            else row
            for row in value
        ]
    return _files_in(value, uploads) if component.takes_files else value


def _files_in(value: Any, uploads: Uploads) -> Any:
    if isinstance(value, str) and value.startswith("data:"):
        return {FILE: _upload_of(value, uploads)}
    if isinstance(value, list):
        return [_files_in(part, uploads) for part in value]
    if isinstance(value, dict):
        if KEEP in value:
            raise InputError("A file was expected as an upload or as a data: URL.")
        return {key: _files_in(part, uploads) for key, part in value.items()}
    return value


def _check_known(value: Any, uploads: Uploads) -> None:
    """Raise :class:`Problem` for a reference to an upload that there is not."""
    if isinstance(value, list):
        for part in value:
            _check_known(part, uploads)
    elif isinstance(value, dict) and value.keys() == {FILE}:
        place = str(value[FILE])
        try:
            uploads.file(place)
        except InputError as error:
            raise Problem(404 if PLACE.fullmatch(place) else 400, str(error)) from error


def _check_files(ref: PortRef, value: Any, component: ui.Component) -> None:
    """Refuse what is no file where only files can be meant; Python may give arrays and the like."""
    if not isinstance(component, _ONE_FILE) or value is None:
        return
    several = getattr(component, "multiple", False)
    files = value if several and isinstance(value, list) else [value]
    if not all(isinstance(each, dict) and each.keys() == {FILE} for each in files):
        what = "a list of files" if several else "a file"
        raise Problem(400, f"{ref.node}.{ref.port} expected {what}, as an upload or a data: URL.")


def _upload_of(url: str, uploads: Uploads) -> str:
    """Return where the content of a ``data:`` URL is kept as an upload."""
    match = _DATA_URL.match(url)
    if match is None or match["base64"] is None:
        raise InputError(f"A file was expected as data:TYPE;base64,…, got {cut(url, 60)!r}.")
    try:
        content = base64.b64decode(url[match.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"A data: URL was expected to hold base64: {error}.") from None
    mime = match["mime"] or ""
    suffix = mimetypes.guess_extension(mime) or _SUFFIX.sub("", f".{mime.partition('/')[2]}")
    suffix = suffix if len(suffix) > 1 else ".bin"
    return upload(f"file{suffix}", content, uploads)


def upload(name: str, content: bytes, uploads: Uploads) -> str:
    """Keep some bytes as an uploaded file; return where."""
    identity, at, place = os.urandom(8).hex(), 0, ""
    for at in range(0, max(len(content), 1), PIECE):
        _, place = uploads.take(identity, name, len(content), at, content[at : at + PIECE])
    return place
