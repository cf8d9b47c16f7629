"""Values as the JSON that a browser can read back: no NaN, no bare objects."""

from __future__ import annotations

import collections
import math
import re
from collections.abc import Callable
from typing import Any

from daggr_nb._text import apart, clean, cut, digits, repr_of
from daggr_nb.errors import is_interrupt

_DIGITS = 12  # of a number that is shown as it is
_DEPTH = 20
_AGAIN = 10_000  # times that containers are met which were met before


def as_json(
    value: Any, large: Callable[[int], Any] = digits, infinite: Callable[[float], Any] = str
) -> Any:
    """Return ``value`` as JSON; what JSON does not know becomes its ``repr``, cut when long.

    Numbers that JSON cannot say (NaN, infinities) become what ``infinite`` makes of them, and
    integers above 2**53, which browsers cannot, what ``large`` makes of them. What contains itself,
    or is nested deeply, ends in an ellipsis.

    >>> as_json({"a": (1, float("nan"))})
    {'a': [1, 'nan']}
    >>> circle = [1]
    >>> circle.append(circle)
    >>> as_json(circle)
    [1, '…']
    """
    return _Plain(large, infinite).of(value, 0)


INT = "$int"
"""The name under which a display gets the digits of an integer that is more than a browser's."""


def in_digits(number: int) -> dict[str, str]:
    """Return a large integer such that a display shows its digits, and no text."""
    return {INT: digits(number)}


def as_it_is(number: int) -> int | str:
    """Return an integer for JSON that others read, unless Python cannot write it."""
    text = digits(number)
    return int(number) if text.lstrip("-").isdigit() else text


_IN_DIGITS = re.compile(rf'{{\s*"{re.escape(INT)}": "([^"]*)"\s*}}')


def digits_shown(text: str) -> str:
    """Return JSON as text for people, with the digits of large integers.

    >>> digits_shown('[{"$int": "9007199254740993"}, 1]')
    '[9007199254740993, 1]'
    """
    return _IN_DIGITS.sub(r"\1", text)


class _Plain:
    """Makes JSON of one value, and knows what it has met in it."""

    def __init__(self, large: Callable[[int], Any], infinite: Callable[[float], Any]) -> None:
        self._large = large
        self._infinite = infinite
        self._open: set[int] = set()
        self._met: dict[int, Any] = {}  # by id, and kept alive for as long as that
        self._again = 0

    def of(self, value: Any, depth: int) -> Any:
        try:
            return self._of(value, depth)
        except BaseException as error:  # a foreign subclass of dict may raise anything
            if is_interrupt(error):
                raise
            return shown(value)

    def _of(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return int(value) if abs(value) <= 2**53 else self._large(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else self._infinite(value)
        if not isinstance(value, (dict, list, tuple)):
            return shown(value)
        if depth > _DEPTH or id(value) in self._open or self._too_often(value):
            return "…"
        self._open.add(id(value))
        try:
            if isinstance(value, dict):
                parts = [self.of(part, depth + 1) for part in value.values()]
                return dict(zip(_names(list(value)), parts, strict=True))
            return [self.of(item, depth + 1) for item in value]
        finally:
            self._open.discard(id(value))

    def _too_often(self, value: Any) -> bool:
        """Whether parts that are shared again and again would make more than anybody can read."""
        if id(value) in self._met:
            self._again += 1
        self._met[id(value)] = value
        return self._again > _AGAIN


def _names(keys: list[Any]) -> list[str]:
    """Return keys as the names of an object; those that only look alike stay apart.

    >>> _names([1, "1", "a"])
    ['1', "'1'", 'a']
    """
    names = [clean(_key(key)) for key in keys]
    if len(set(names)) < len(names):
        several = {name for name, count in collections.Counter(names).items() if count > 1}
        quoted = [
            clean(repr_of(key)) if name in several and isinstance(key, str) else name
            for key, name in zip(keys, names, strict=True)
        ]
        names = list(apart(quoted))
    return names


def _key(key: Any) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return digits(key)
    return str.__str__(str(key)) if _tells(key) else shown(key)


def _tells(key: Any) -> bool:
    try:
        return isinstance(str(key), str)
    except BaseException as error:  # a foreign __str__ may raise anything
        if is_interrupt(error):
            raise
        return False


def number_text(value: float) -> str:
    """Return a number in few digits, but never fewer than tell its amount to a hundredth.

    >>> number_text(1234567.891), number_text(2 / 3), number_text(123456789.123456)
    ('1234567.891', '0.666667', '123456789.12')
    """
    whole = repr(value)
    if len(whole) <= _DIGITS or not math.isfinite(value):
        return whole.removesuffix(".0")
    before = len(str(int(abs(value)))) if abs(value) < 1e16 else 1
    return f"{value:.{max(6, before + 2)}g}"


def shown(value: Any, limit: int = 400) -> str:
    """Return the ``repr`` of a value, ``limit`` characters at most, whatever it does."""
    return cut(repr_of(value), limit)
