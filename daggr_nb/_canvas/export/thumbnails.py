"""Pictures as small as they are shown, as links into a document of their own."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from daggr_nb._canvas.displays.deadline import DEADLINE
from daggr_nb._canvas.displays.late import at_once
from daggr_nb._canvas.displays.previews import look_at
from daggr_nb._pictures import facts_of, opened, visible
from daggr_nb.errors import is_interrupt

T = TypeVar("T")

_DENSITY = 2  # pixels of a screen for each of ours
_QUALITY = 80
_PATIENCE = 2.0  # seconds that a thumbnail may take
_KEPT = 300  # thumbnails of values that are on record
_MOVING = 200_000  # bytes of a picture that moves; of a larger one there is a still
_DRAWING = 60_000  # bytes of an SVG, which cannot be made smaller


class Thumbnail(NamedTuple):
    """A link to a picture's bytes, and its proportions."""

    href: str
    aspect: float


class Thumbnails:
    """Makes the thumbnails of one document, until they took too many bytes or too long."""

    def __init__(self, most: int = 1_500_000, seconds: float = 6.0) -> None:
        self._room = most
        self._until = time.monotonic() + seconds

    def of(
        self, value: Any, component: Any, width: float, key: Hashable = None
    ) -> Thumbnail | None:
        """Return a value's picture, ``None`` if it has none, takes long, or there is no room.

        ``key`` stands for the value: equal ones are drawn once.
        """
        pixels = round(width * _DENSITY)
        found = _CACHE.get((key, pixels)) if key is not None else None
        if found is None:
            found = self._drawn(value, component, pixels)
            if found is not None and key is not None:
                _CACHE.put((key, pixels), found)
        if found is None or len(found.href) > self._room:
            return None
        self._room -= len(found.href)
        return found

    def _drawn(self, value: Any, component: Any, pixels: int) -> Thumbnail | None:
        def draw() -> Thumbnail | None:
            mime, data = look_at(value, component).content(pixels)
            return _small(mime, data, pixels)

        return self._in_time(value, draw)

    def peaks_of(
        self, value: Any, component: Any, count: int, key: Hashable = None
    ) -> Sequence[float]:
        """Return how loud a sound is, from 0 to 1 at ``count`` moments; nothing if none can tell.

        Only those that are kept have a ``key``, which stands for the value.
        """
        known = _PEAKS.get((key, count)) if key is not None else None
        if known is not None:
            return known

        def draw() -> Sequence[float]:
            rows = look_at(value, component).rows
            return tuple(rows(0, count)["peaks"]) if rows is not None else ()

        peaks = self._in_time(value, draw)
        if peaks is not None and key is not None:
            _PEAKS.put((key, count), peaks)
        return peaks or ()

    def _in_time(self, value: Any, draw: Callable[[], T]) -> T | None:
        patience = min(_PATIENCE, self._until - time.monotonic())
        try:
            if at_once(value):
                return draw()
            return DEADLINE.within(patience, draw) if patience > 0 else None
        except BaseException as error:  # a value is foreign code
            if is_interrupt(error):
                raise
            return None


def shrunk(mime: str, data: bytes, most: int) -> tuple[str, bytes]:
    """Return a picture no wider than ``most`` pixels, in fewer bytes if there is a way."""
    if mime == "image/svg+xml":
        return mime, data
    with contextlib.suppress(OSError, ValueError, ImportError):
        facts = facts_of(data)
        if facts.moves and len(data) <= _MOVING:
            return mime, data
        seen = visible(opened(data))
        clear = "A" in seen.getbands() or seen.info.get("transparency") is not None
        picture = seen.convert("RGBA" if clear else "RGB")
        if picture.width > most:
            from PIL import Image  # noqa: PLC0415 - loaded already

            height = max(1, round(picture.height * most / picture.width))
            picture = picture.resize((most, height), Image.Resampling.LANCZOS)
        if picture.mode == "RGBA" and picture.getextrema()[3] == (255, 255):
            picture = picture.convert("RGB")
        as_it_is = seen.width <= most and facts.drawn_by_browsers and not facts.moves
        candidates = [(mime, data)] if as_it_is and not facts.turned else []
        candidates += _encodings(picture)
        return min(candidates, key=lambda each: len(each[1]))
    return mime, data


def _encodings(picture: Any) -> list[tuple[str, bytes]]:
    """Return a picture in the forms that every reader of SVG knows."""
    forms: list[tuple[str, str, dict[str, Any]]] = [("image/png", "png", {"optimize": True})]
    if picture.mode == "RGB":
        forms.append(("image/jpeg", "jpeg", {"quality": _QUALITY}))
    found = []
    for mime, form, options in forms:
        buffer = io.BytesIO()
        picture.save(buffer, form, **options)
        found.append((mime, buffer.getvalue()))
    return found


def link(mime: str, data: bytes) -> str:
    """Return bytes as a link that holds them."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _small(mime: str, data: bytes, pixels: int) -> Thumbnail | None:
    if not mime.startswith("image/"):
        return None
    if mime == "image/svg+xml":
        return Thumbnail(link(mime, data), 0.0) if len(data) <= _DRAWING else None
    mime, data = shrunk(mime, data, pixels)
    return Thumbnail(link(mime, data), _aspect(data))


def _aspect(data: bytes) -> float:
    with contextlib.suppress(Exception):
        from PIL import Image  # noqa: PLC0415 - optional and heavy

        with Image.open(io.BytesIO(data)) as opened:
            return float(opened.width / opened.height)
    return 0.0


class _Cache(Generic[T]):
    """What was drawn last."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, drawn: T) -> None:
        with self._lock:
            self._found[key] = drawn
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)


_CACHE: _Cache[Thumbnail] = _Cache()
_PEAKS: _Cache[Sequence[float]] = _Cache()
if hasattr(os, "register_at_fork"):  # not on Windows; another thread may hold the lock
    for _cache in (_CACHE, _PEAKS):
        os.register_at_fork(after_in_child=_cache.__init__)  # type: ignore[misc]
