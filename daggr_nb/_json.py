"""Plain data as compact JSON, in bytes; a third of the time of the standard library."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

from daggr_nb._text import digits, repr_of
from daggr_nb.errors import is_interrupt

_DEPTH = 50
_DEEPEST = 400  # levels that are read; what is written here has half of that
_TEXT_OR_LEVEL = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_LONGEST = 10_000  # bits; longer numbers cannot be written in decimal


def encode_json(value: Any) -> bytes:
    """Return ``value`` as JSON on one line; what is not plain data is written as its ``repr``.

    What nodes tell is in it, whatever that is: what cannot even be shown says so.
    """
    try:
        data: bytes = _core().to_json(value, inf_nan_mode="constants", fallback=repr_of)
    except BaseException as error:  # half of a surrogate pair, a circle, a long number
        if is_interrupt(error):
            raise
        return _slow(_plain(value)).encode("utf-8", "surrogatepass")
    return data


def _plain(value: Any, depth: int = 0) -> Any:
    """Return plain data of what has none of its own in it."""
    kind = type(value)
    if kind in (str, float, bool, type(None)):
        return value
    if kind is int:
        return value if value.bit_length() < _LONGEST else digits(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if depth < _DEPTH and kind is dict:
        return {_key(name): _plain(item, depth + 1) for name, item in value.items()}
    if depth < _DEPTH and kind in (list, tuple):
        return [_plain(item, depth + 1) for item in value]
    return repr_of(value)


def _key(name: Any) -> str:
    plain = _plain(name, _DEPTH)
    return plain if isinstance(plain, str) else repr_of(plain)


_slow = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def decode_json(data: bytes | str) -> Any:
    """Return what JSON says; raises ``ValueError`` when it makes no sense or is nested too deeply.

    >>> decode_json(b"[" * 100_000)
    Traceback (most recent call last):
    ValueError: it is nested more than 400 levels deep
    """
    try:
        return _core().from_json(data)
    except ValueError:
        plain = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if nested_deeper(plain, _DEEPEST):
            raise ValueError(f"it is nested more than {_DEEPEST} levels deep") from None
        # Half of a surrogate pair is text too, as Python has it, and two halves are not one whole.
        return json.loads(plain.decode("utf-8", "surrogatepass"))


def nested_deeper(data: bytes, most: int) -> bool:
    """Whether JSON has more than so many levels; no parser has to follow it to know.

    A parser that calls itself until the stack of Python is full is stopped by an error; but what
    the garbage collector ends in that moment has no room to end in.

    >>> nested_deeper(b'[["[[[["]]', 2), nested_deeper(b'[[["x"]]]', 2)
    (False, True)
    """
    if data.count(b"[") + data.count(b"{") <= most:
        return False
    level = 0
    for found in _TEXT_OR_LEVEL.finditer(data):
        mark = found[0]
        if mark in (b"[", b"{"):
            level += 1
            if level > most:
                return True
        elif mark in (b"]", b"}"):
            level -= 1
    return False


@functools.cache
def _core() -> Any:
    import pydantic_core  # noqa: PLC0415 - slow to load, and not needed before there are records

    return pydantic_core
