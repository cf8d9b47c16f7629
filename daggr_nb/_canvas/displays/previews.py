"""What a card shows of a value before anybody asks for it, and the bytes when they do."""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.displays import (
    LIST,
    Shown,
    component_look,
    control_value,
    with_digest,
)
from daggr_nb._canvas.displays.files import bytes_look, file_look, picture_look, picture_of
from daggr_nb._canvas.displays.rendering import Look, data_look, kind, text_look
from daggr_nb._canvas.displays.rich import display_look, figure_look, own_look, repr_look
from daggr_nb._canvas.displays.tables import array_look, frame_look, is_frame
from daggr_nb._protocol.displays import Preview

_ITEMS = 12


def look_at(value: Any, component: Shown = None) -> Look:
    """Return how a value looks: as its component asks for if it fits, else as it shows itself."""
    return component_look(value, component) or _by_type(value)


def preview(value: Any, component: Shown = None, digest: str | None = None) -> Preview:
    """Return the preview of a value, drawn the way ``component`` asks for if it fits."""
    return with_digest(look_at(value, component).preview, digest)


def control_preview(
    value: Any, component: ui.Component | None = None, digest: str | None = None
) -> Preview:
    """Return the preview of a control's value: the value itself, as the control edits it."""
    data = control_value(value, component or ui.Component(), digest)
    return Preview(summary=kind(value), mime="application/json", data=data, inline=True)


def content(
    value: Any, max_width: int | None = None, component: ui.Component | None = None
) -> tuple[str, bytes]:
    """Return a value as media type and bytes; a picture no wider than ``max_width`` pixels."""
    return look_at(value, component).content(max_width)


def _by_type(value: Any) -> Look:
    make = _BY_TYPE.get(type(value))
    if make is not None:
        return make(value)
    picture = picture_of(value)
    if picture is not None:
        return picture_look(picture)
    if is_frame(value) and value.shape[1:]:
        return frame_look(value)
    for base, make in _BY_BASE.items():
        if isinstance(value, base):
            return make(value)
    if hasattr(value, "dtype") and hasattr(value, "reshape") and hasattr(value, "shape"):
        return array_look(value)
    return figure_look(value) or display_look(value) or own_look(value) or repr_look(value)


def _sequence(value: Sequence[Any]) -> Look:
    plain = all(_simple(item) for item in value[:_ITEMS])
    return data_look(value) if plain else _list(value)


def _list(value: Sequence[Any]) -> Look:
    first = [_by_type(item).preview for item in value[:_ITEMS]]
    kinds = {item.summary.partition(" ")[0] for item in first}
    one = kinds.pop() if len(kinds) == 1 else "items"
    found = Preview(summary=f"{len(value)} × {one}", mime=LIST, items=first, count=len(value))
    return Look(found, data_look(value).content)


def _simple(value: Any, depth: int = 0) -> bool:
    if isinstance(value, (list, tuple)):
        return depth < 8 and all(_simple(item, depth + 1) for item in value[:200])
    if isinstance(value, dict):
        return depth < 8 and all(_simple(item, depth + 1) for item in list(value.values())[:200])
    return isinstance(value, (str, bool, int, float, type(None)))


def _moment(value: datetime.date) -> Look:
    text = value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return text_look(text, summary=text)


_BY_TYPE: Mapping[type, Callable[[Any], Look]] = {
    str: text_look,
    list: _sequence,
    tuple: _sequence,
    **dict.fromkeys((bool, int, float, type(None), dict), data_look),
    bytes: bytes_look,
}
_BY_BASE: Mapping[type, Callable[[Any], Look]] = {
    str: text_look,
    bool: data_look,
    int: data_look,
    float: data_look,
    dict: data_look,
    tuple: _sequence,
    list: _sequence,
    pathlib.Path: file_look,
    datetime.date: _moment,
}
