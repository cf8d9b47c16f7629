"""Rows of the store as JSON with a checksum, in the form that they are to have.

A store or an archive may come from elsewhere, or be damaged: what has not its form is named, and
nothing is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import xxhash

from daggr_nb._json import decode_json, encode_json

_MARK = b"#"
_TAIL = len(_MARK) + 16

Form = Any
"""A type; ``(form, form)`` a list of just these; ``[form]`` one of any length; ``{str: form}`` a
dict; a set of alternatives; or a function that says whether it fits."""


def encode_row(content: Any) -> bytes:
    """Return JSON with the checksum of it behind."""
    data = encode_json(content)
    return data + _MARK + _checksum(data)


def decode_row(data: bytes, form: Form = None) -> Any:
    """Return what a row says; raises ``ValueError`` when it is not as it was, or has another form.

    Rows of former versions have no checksum.

    >>> decode_row(encode_row({"a": [1, 2]}), {str: [int]})
    {'a': [1, 2]}
    >>> decode_row(b'{"a": ["x"]}', {str: [int]})
    Traceback (most recent call last):
    ValueError: it has not the form that it is to have
    """
    if data[-_TAIL:-16] == _MARK:
        data, checksum = data[:-_TAIL], data[-16:]
        if checksum != _checksum(data):
            raise ValueError("its content is not what was written")
    content = decode_json(data)
    return content if form is None else shaped(content, form)


def shaped(content: Any, form: Form) -> Any:
    """Return JSON that has the form; raises ``ValueError`` for other."""
    if not fits(content, form):
        raise ValueError("it has not the form that it is to have")
    return content


def fits(content: Any, form: Form) -> bool:
    """Whether JSON has a form.

    >>> fits([["a", 1.5, None]], [(str, float, {int, None})])
    True
    """
    if form is None:
        return content is None
    if isinstance(form, type):
        return type(content) is form or (form is float and type(content) is int)
    if isinstance(form, (set, frozenset)):
        return any(fits(content, each) for each in form)
    if isinstance(form, tuple):
        same_length = type(content) is list and len(content) == len(form)
        return same_length and all(map(fits, content, form))
    if isinstance(form, list):
        return type(content) is list and all(fits(each, form[0]) for each in content)
    if isinstance(form, Mapping):
        return type(content) is dict and all(fits(each, form[str]) for each in content.values())
    predicate: Callable[[Any], bool] = form
    return predicate(content)


def is_ref(parts: Any) -> bool:
    """Whether JSON is the reference of a value: its digest, encoding, short text, and classes."""
    kinds: tuple[Form, ...] = (str, str, frozenset({str, None}), str)
    return type(parts) is list and 2 <= len(parts) <= 4 and all(map(fits, parts, kinds))


def _checksum(data: bytes) -> bytes:
    return xxhash.xxh3_64_hexdigest(data).encode()
