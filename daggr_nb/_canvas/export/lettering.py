"""How wide a text is, without a browser: what is written in a picture stays inside its card."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator

_REGULAR = {
    22: "ijl",
    28: " !,./:;I[\\]ft|'",
    35: '()-`r{}"*',
    50: "Jcksvxyz^",
    56: "#$0123456789?L_abdeghnopqu+<=>~",
    67: "&ABEKPSVXYFTZ",
    78: "CDHNRUwGOQ",
    90: "%MmW",
    102: "@",
}
_WIDTHS = {letter: width / 100 for width, letters in _REGULAR.items() for letter in letters}
_SLACK = 1.13  # systems have fonts of their own, and some of them are wide
_BOLD = 1.08
_MONO = 0.61


def width_of(text: str, size: float = 11.5, bold: bool = False, mono: bool = False) -> float:
    """Return about how wide a text is, in pixels; rather more than less.

    >>> width_of("iiii") < width_of("mmmm")
    True
    """
    em = sum(_letter(letter, mono) for letter in text)
    return em * size * (1 if mono else _SLACK) * (_BOLD if bold else 1)


def _letter(letter: str, mono: bool) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.2
    if unicodedata.combining(letter):
        return 0.0
    return _MONO if mono else _WIDTHS.get(letter, 0.62)


def fitted(
    text: str, room: float, size: float = 11.5, bold: bool = False, mono: bool = False
) -> str:
    """Return a text in one line, with an ellipsis where there is no room for all of it.

    >>> fitted("a short one", 200)
    'a short one'
    >>> fitted("a title that is longer than its card", 80)
    'a title that is…'
    """
    line = " ".join(text[:2_000].split())
    if width_of(line, size, bold, mono) <= room:
        return line
    room -= width_of("…", size, bold, mono)
    end, taken = 0, 0.0
    for end, letter in enumerate(line):  # noqa: B007 - where it stopped
        taken += width_of(letter, size, bold, mono)
        if taken > room:
            break
    return line[:end].rstrip() + "…"


def wrapped(text: str, room: float, most: int, size: float = 11.5) -> list[str]:
    """Return a text as lines, the last of ``most`` with an ellipsis if there is more.

    >>> wrapped("one two three four", 50, 2)
    ['one two', 'three…']
    """
    lines = _lines(text, room, size)
    first = list(itertools.islice(lines, most))
    if next(lines, None) is not None:
        first[-1] = fitted(f"{first[-1]}…", room, size)
    return first


def _lines(text: str, room: float, size: float) -> Iterator[str]:
    for paragraph in text[:4_000].splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and width_of(longer, size) > room:
                yield fitted(line, room, size)
                line = word
            else:
                line = longer
        if line:
            yield fitted(line, room, size)
