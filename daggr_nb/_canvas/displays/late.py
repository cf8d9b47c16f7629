"""Looks that may come late: what stands in the place of one, and which values never do."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._protocol.displays import JsonPreview, LostPreview, Preview

T = TypeVar("T")

_SCALARS = frozenset({str, bytes, bool, int, float, complex, type(None)})
_PARTS = 2_000  # of plain data that are looked through


def in_time(value: Any, digest: str | None, purpose: Hashable, look: Callable[[], T]) -> T | None:
    """Return what ``look`` makes of a value, or ``None`` if that takes more than a moment.

    Equal values, by their digest, are looked at once for one ``purpose``: unless their class was
    defined anew meanwhile, and shows them in another way.
    """
    kind = type(value)
    if digest is None or kind.__module__ == "builtins":  # whose parts may be of any class
        return DEADLINE.soon((id(value), purpose), value, look)
    return DEADLINE.soon((digest, kind, purpose), None, look)


def late_preview(value: Any) -> LostPreview:
    """Return the preview of a value that takes long to look at."""
    what = type(value).__name__
    why = f"Looking at this {what} takes long. It is shown here when that is done."
    return LostPreview(summary=what, data=why, inline=True, pending=True)


def is_pending(preview: Preview) -> bool:
    """Whether a preview, or a part of it, is yet to come."""
    if isinstance(preview, LostPreview):
        return preview.pending
    if isinstance(preview, JsonPreview) and is_pending_control(preview.data):
        return True
    return any(map(is_pending, preview.items))


def is_pending_control(value: Any) -> bool:
    """Whether what a control gets is the preview of a value that is yet to come."""
    return isinstance(value, dict) and value.get("kind") == "lost" and bool(value.get("pending"))


def at_once(value: Any) -> bool:
    """Whether nobody's code is asked by a look at a value: plain data through and through, pixels.

    A thread that is handed over to costs more than such a look.
    """
    stack = [value]
    for _ in range(_PARTS):
        if not stack:
            return True
        part = stack.pop()
        kind = type(part)
        if kind in (list, tuple, set, frozenset):
            stack += itertools.islice(part, _PARTS)
        elif kind is dict:
            stack += itertools.islice(part, _PARTS)
            stack += itertools.islice(part.values(), _PARTS)
        elif kind not in _SCALARS and not _is_pixels(part):
            return False
    return not stack


def _is_pixels(value: Any) -> bool:
    """Whether a value is an array of numbers, or a picture of PIL."""
    numpy, kind = sys.modules.get("numpy"), type(value)
    if numpy is not None and kind is getattr(numpy, "ndarray", None):
        return not value.dtype.hasobject
    return type.__getattribute__(kind, "__module__") in _PIL


_PIL = frozenset({"PIL.Image", "PIL.PngImagePlugin", "PIL.JpegImagePlugin"})
