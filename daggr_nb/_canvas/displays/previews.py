"""What a card shows of a value before anybody asks for it, and the bytes when they do."""

from __future__ import annotations

import datetime
import functools
import itertools
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.captions import size_of
from daggr_nb._canvas.displays.data.ndarray import ndarray_look
from daggr_nb._canvas.displays.data.plot import drawn_look
from daggr_nb._canvas.displays.data.table import frame_look, is_frame
from daggr_nb._canvas.displays.display import component_look, control_value, with_digest
from daggr_nb._canvas.displays.each import Shown, list_look
from daggr_nb._canvas.displays.media.image import picture_look, picture_of
from daggr_nb._canvas.displays.media.media_file import bytes_look, file_look
from daggr_nb._canvas.displays.plain import data_look, repr_look, text_look
from daggr_nb._canvas.displays.rendering import ITEMS, Look, bounded, kind
from daggr_nb._canvas.displays.rich import display_look, own_look
from daggr_nb._protocol.displays import JsonPreview, Preview, TextPreview
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden

_LISTS = 3  # lists of lists whose parts are looked at one by one
_PARTS = 2_000  # of a list that are looked at to tell plain data


def look_at(value: Any, component: Shown = None) -> Look:
    """Return how a value looks: as its component asks for if it fits, else as it shows itself.

    Whatever the value does, there is a look.
    """
    return bounded(lambda: component_look(value, component) or _by_type(value))


def preview(value: Any, component: Shown = None, digest: str | None = None) -> Preview:
    """Return the preview of a value, drawn the way ``component`` asks for if it fits.

    Of a secret, which its digest tells, nothing is shown.
    """
    if digest is not None and is_hidden(digest):
        return TextPreview(summary="secret", data=HIDDEN, inline=True)
    shown_preview = look_at(value, component).preview
    sized = shown_preview.model_copy(update={"size": size_of(shown_preview)})
    return with_digest(sized, digest)


def control_preview(
    value: Any, component: ui.Component | None = None, digest: str | None = None
) -> Preview:
    """Return the preview of a control's value: the value itself, as the control edits it."""
    data = control_value(value, component or ui.Component(), digest)
    summary = "secret" if digest is not None and is_hidden(digest) else kind(value)
    return JsonPreview(summary=summary, data=data, inline=True)


def content(
    value: Any, max_width: int | None = None, component: ui.Component | None = None
) -> tuple[str, bytes]:
    """Return a value as media type and bytes; a picture no wider than ``max_width`` pixels."""
    return look_at(value, component).content(max_width)


def _by_type(value: Any, depth: int = 0) -> Look:
    if type(value) in (list, tuple):
        return _sequence(value, depth)
    look_of = _BY_TYPE.get(type(value))
    if look_of is not None:
        return look_of(value)
    picture = picture_of(value)
    if picture is not None:
        return picture_look(picture)
    if is_frame(value) and value.shape[1:]:
        return frame_look(value)
    for base, look_of in _BY_BASE.items():
        if isinstance(value, base):
            return look_of(value)
    if isinstance(value, (list, tuple)):
        return _sequence(value, depth)
    if hasattr(value, "dtype") and hasattr(value, "reshape") and hasattr(value, "shape"):
        return ndarray_look(value)
    return drawn_look(value) or display_look(value) or own_look(value) or repr_look(value)


def _sequence(value: Sequence[Any], depth: int) -> Look:
    first = value[:ITEMS]
    if depth >= _LISTS or _simple(first):
        return data_look(value)
    looks = [bounded(functools.partial(_by_type, item, depth + 1)) for item in first]
    return list_look(value, [look.preview for look in looks])


def _simple(values: Sequence[Any]) -> bool:
    """Whether plain data is all there is in some values, as far as anybody looks."""
    stack = list(values)
    for part in itertools.islice(_popped(stack), _PARTS):
        if isinstance(part, (list, tuple)):
            stack += part[:200]
        elif isinstance(part, dict):
            stack += itertools.islice(part.values(), 200)
        elif not isinstance(part, (str, bool, int, float, type(None))):
            return False
    return True


def _popped(stack: list[Any]) -> Iterator[Any]:
    while stack:
        yield stack.pop()


def _moment(value: datetime.date) -> Look:
    text = value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return text_look(text, summary=text)


_BY_TYPE: Mapping[type, Callable[[Any], Look]] = {
    str: text_look,
    **dict.fromkeys((bool, int, float, type(None), dict), data_look),
    bytes: bytes_look,
}
_BY_BASE: Mapping[type, Callable[[Any], Look]] = {
    str: lambda text: text_look(str.__str__(text)),  # a subclass of str may answer anything
    bool: data_look,
    int: data_look,
    float: data_look,
    dict: data_look,
    pathlib.Path: file_look,
    datetime.date: _moment,
}
