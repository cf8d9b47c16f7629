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
from daggr_nb._canvas.displays.data.table import frame_look, is_frame, is_polars, polars_look
from daggr_nb._canvas.displays.display import component_look, control_value, misfit, with_digest
from daggr_nb._canvas.displays.each import Each, Shown, list_look
from daggr_nb._canvas.displays.late import at_once, in_time, late_preview
from daggr_nb._canvas.displays.media.image import picture_look, picture_of
from daggr_nb._canvas.displays.media.media_file import bytes_look, file_look
from daggr_nb._canvas.displays.plain import data_look, repr_look, text_look
from daggr_nb._canvas.displays.rendering import ITEMS, Look, bounded, kind, noted, why_unshown
from daggr_nb._canvas.displays.rich import display_look, own_look
from daggr_nb._protocol.displays import JsonPreview, Preview, TextPreview
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb.errors import is_interrupt

_LISTS = 3  # lists of lists whose parts are looked at one by one
_PARTS = 2_000  # of a list that are looked at to tell plain data


def look_at(value: Any, component: Shown = None) -> Look:
    """Return how a value looks: as its component asks for if it fits, else as it shows itself.

    Whatever the value does, there is a look: one that cannot be shown is its ``repr``, with the
    reason.
    """
    look, note = _asked_for(value, component)
    if look is not None:
        return bounded(lambda: look)
    own = bounded(lambda: _by_type(value), lambda why: noted(repr_look(value), why))
    return noted(own, note)


def _asked_for(value: Any, component: Shown) -> tuple[Look | None, str]:
    """Return the look that a component asks for, or why there is none."""
    if component is None or value is None:
        return None, ""
    why = ""
    try:
        look = component_look(value, component)
    except BaseException as error:  # a value is foreign code
        if is_interrupt(error):
            raise
        look, why = None, why_unshown(error)
    if look is not None or isinstance(component, Each):
        return look, why
    return None, misfit(value, component, why)


def preview(value: Any, component: Shown = None, digest: str | None = None) -> Preview:
    """Return the preview of a value, drawn the way ``component`` asks for if it fits.

    Of a secret, which its digest tells, nothing is shown. What takes long to look at says so, and
    is shown when somebody looks again.
    """
    if digest is not None and is_hidden(digest):
        return TextPreview(summary="secret", data=HIDDEN, inline=True)
    if at_once(value):
        return with_digest(_sized(look_at(value, component).preview), digest)
    seen = in_time(value, digest, component, lambda: look_at(value, component).preview)
    return late_preview(value) if seen is None else with_digest(_sized(seen), digest)


def _sized(shown: Preview) -> Preview:
    """Return a preview that says how much there is, without of what type."""
    return shown.model_copy(update={"size": size_of(shown)})


def control_preview(
    value: Any, component: ui.Component | None = None, digest: str | None = None
) -> Preview:
    """Return the preview of a control's value: the value itself, as the control edits it."""
    data = control_value(value, component or ui.Component(), digest)
    if digest is not None and is_hidden(digest):
        return JsonPreview(summary="secret", data=data, inline=True)
    seen = kind(value) if at_once(value) else in_time(value, digest, "kind", lambda: kind(value))
    summary = type(value).__name__ if seen is None else seen
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
    if is_polars(value):
        return polars_look(value)
    if hasattr(value, "nnz") and hasattr(value, "shape"):  # sparse: most of it is not there
        return repr_look(value)
    for base, look_of in _BY_BASE.items():
        if isinstance(value, base):
            return look_of(value)
    if isinstance(value, (list, tuple)):
        return _sequence(value, depth)
    return _look_by_traits(value) or repr_look(value)


def _look_by_traits(value: Any) -> Look | None:
    """Return the look of an object of a library, by what it can do."""
    looks = (ndarray_look, drawn_look, display_look, own_look)
    return next((look for look_of in looks if (look := look_of(value)) is not None), None)


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
