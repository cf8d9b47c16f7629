"""Texts made short, for tables, rows and reasons; and made such that they can be sent."""

from __future__ import annotations

import math
from typing import Any

from daggr_nb.errors import is_interrupt

_LONGEST = 60
_DIGITS = 4_000  # Python writes no more than 4,300 by default


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, with an ellipsis if that is not all."""
    return text if len(text) <= most else text[: most - 1] + "…"


def brief(value: Any) -> str:
    """Return a value in one line of at most 60 characters, whatever it does."""
    text = str.__str__(value) if issubclass(type(value), str) else repr_of(value)
    return cut(" ".join(text.split()), _LONGEST)


def repr_of(value: Any) -> str:
    """Return the ``repr`` of a value; of one that has none what it raised."""
    if type(value) is int:
        return digits(value)
    try:
        return str.__str__(repr(value))  # a subclass of str may answer anything
    except BaseException as error:  # a foreign __repr__ may raise anything
        if is_interrupt(error):
            raise
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"


def digits(number: int) -> str:
    """Return a whole number in decimal; of a very long one how long it is.

    >>> digits(2**60), digits(10**5_000)
    ('1152921504606846976', 'a whole number of about 5,001 digits')
    """
    bits = int(number).bit_length()
    if bits < 3 * _DIGITS:
        return str(int(number))
    return f"a whole number of about {int(bits * math.log10(2)) + 1:,} digits"


def clean(text: str) -> str:
    r"""Return a text that UTF-8 can say: half of a surrogate pair becomes a question mark.

    >>> clean("half \ud83d of a pair")
    'half ? of a pair'
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return encoded(text).decode()
    return text


def encoded(text: str) -> bytes:
    """Return the bytes of a text, cleaned."""
    return text.encode("utf-8", "replace")
