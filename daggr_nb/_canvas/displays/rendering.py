"""How a value looks: its preview, and the bytes of it that a view may ask for.

Nothing heavy happens before somebody asks: a look holds functions, not bytes.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from daggr_nb._protocol.displays import LostPreview, Preview
from daggr_nb._text import cut, encoded
from daggr_nb.errors import DaggrError, is_interrupt, text_of

T = TypeVar("T")

INLINE = 10_000
"""Characters that travel with a card; what is longer is sent when somebody asks."""
TEXT = 40_000
"""Characters of a text that travels as a whole: most answers of a model are shorter."""
ITEMS = 12
"""Values of a list that a card shows."""

ON_PRESS = "DAGGR_NB_ON_PRESS"
"""The environment variable that, when it is ``1``, has nothing heavy drawn before a press."""

Bytes = tuple[str, bytes]


def on_press() -> bool:
    """Whether figures, models, sound and film wait until somebody presses."""
    return os.environ.get(ON_PRESS, "").strip() not in ("", "0")


@dataclass(frozen=True)
class Look:
    """What a card shows of a value before anybody asks, and what there is when they do.

    ``content`` gets the greatest width of a picture, in pixels; ``whole`` is all of it in a form
    that every browser shows, and ``rows`` a page of a table, with ``whole`` cells or the beginnings
    of long ones. ``file`` is what a person saves, where ``whole`` does not say all.
    """

    preview: Preview
    content: Callable[[int | None], Bytes]
    whole: Callable[[], Bytes] | None = None
    rows: Callable[..., Any] | None = None
    file: Callable[[], Bytes] | None = None


def bounded(make: Callable[[], Look], instead: Callable[[str], Look] | None = None) -> Look:
    """Return the look that ``make`` returns: the boundary around every look at a value.

    A value is foreign code: what cannot be looked at says so in its place, or is what ``instead``
    makes of the reason. What goes wrong when somebody asks for more is a
    :class:`~daggr_nb.errors.DaggrError` that says so.
    """
    try:
        look = make()
    except BaseException as error:  # see above
        if is_interrupt(error):
            raise
        why = why_unshown(error)
        return bounded(lambda: (instead or _unshown)(why))
    return Look(
        look.preview,
        _asked(look.content),
        None if look.whole is None else _asked(look.whole),
        None if look.rows is None else _asked(look.rows),
        None if look.file is None else _asked(look.file),
    )


def _asked(ask: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(ask)
    def ask_carefully(*arguments: Any) -> T:
        try:
            return ask(*arguments)
        except BaseException as error:
            if is_interrupt(error):
                raise
            raise DaggrError(why_unshown(error)) from error

    return ask_carefully


def noted(look: Look, note: str) -> Look:
    """Return a look with a line below it; what is said there already comes after that."""
    if not note:
        return look
    both = " ".join(filter(None, [note, look.preview.note]))
    return replace(look, preview=look.preview.model_copy(update={"note": both}))


def why_unshown(error: BaseException) -> str:
    """Return why a value cannot be shown, in a line."""
    said = cut(" ".join(text_of(error).split()), 200)
    return said if said.startswith(_UNSHOWN) else f"{_UNSHOWN}{type(error).__name__}: {said}"


def _unshown(why: str) -> Look:
    preview = LostPreview(summary="cannot be shown", data=why, inline=True)
    return Look(preview, lambda width: ("text/plain", encoded(why)))


_UNSHOWN = "cannot be shown: "


def kind(value: Any) -> str:
    """Return what a value is, in a word or two."""
    try:
        return _kind(value)
    except BaseException as error:  # a foreign property may raise anything
        if is_interrupt(error):
            raise
        return type(value).__name__


def _kind(value: Any) -> str:
    is_array = hasattr(value, "dtype")  # one form of sparse arrays is a dict
    if isinstance(value, (list, tuple, dict, set, frozenset)) and not is_array:
        return f"{type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{type(value).__name__} {' × '.join(map(str, shape))}"
    return "nothing" if value is None else type(value).__name__


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
