"""How values of the language and its standard library are written into a digest."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import operator
import pathlib
import re
import struct
import sys
import types
import typing
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb._provenance.digest.folders import Folder
from daggr_nb._provenance.digest.objects import refuse
from daggr_nb._provenance.digest.paths import add_folder, add_path
from daggr_nb._provenance.digest.reduced import add_reduced
from daggr_nb._provenance.digest.stream import PLAIN, Encoder, Encoding, add_dict, qualified
from daggr_nb._provenance.packages import installed
from daggr_nb.errors import is_interrupt


def _parts(tag: bytes, parts: Callable[[Any], tuple[Any, ...]]) -> Encoder:
    def encode(value: Any, out: Encoding) -> None:
        items = parts(value)
        out.several(tag, value, (qualified(type(value)), *items), len(items) + 1)

    return encode


def _text(tag: bytes, text: Callable[[Any], str]) -> Encoder:
    return lambda value, out: out.text(tag, text(value))


def _code(tag: bytes, text: Callable[[Any], str]) -> Encoder:
    """Code counts by name, unless whoever digests looks into it."""

    def encode(value: Any, out: Encoding) -> None:
        if out.stand_in is not None:
            out.add(out.stand_in(value))
            return
        out.text(tag, text(value))
        if out.kinds is not None and isinstance(value, type):
            out.kinds.add(value)
        owner = getattr(value, "__self__", None)  # "-".join and "+".join are two functions
        if owner is not None and not isinstance(owner, types.ModuleType):
            out.add(owner)

    return encode


def _add_datetime(value: datetime.datetime | datetime.time, out: Encoding) -> None:
    naive = value.replace(tzinfo=None)
    out.several(b"T", value, (qualified(type(value)), repr(naive), value.tzinfo), 3)


def _add_zone(value: datetime.tzinfo, out: Encoding) -> None:
    """The zones of Python have names that say all; others are what pickling carries of them."""
    kind = type(value)
    name = getattr(value, "key", None)  # which a zone that was read from a file has not
    if kind is datetime.timezone or (kind is zoneinfo.ZoneInfo and name is not None):
        out.text(b"z", f"{qualified(kind)} {value!r}")
    else:
        add_reduced(value, out)


def _add_uuid(value: uuid.UUID, out: Encoding) -> None:
    out.text(b"U", str(value))
    if value.is_safe is not uuid.SafeUUID.unknown:
        out.add(value.is_safe)


def _exception_parts(value: BaseException) -> tuple[Any, ...]:
    """Return what makes an exception: the file of an ``OSError`` is not among its ``args``."""
    try:
        reduced: Any = value.__reduce__()
        _, arguments, *state = reduced
    except BaseException as error:  # a foreign exception may say what it likes
        if is_interrupt(error):
            raise
        arguments, state = value.args, [vars(value)]
    attributes = state[0] if state and isinstance(state[0], dict) else {}
    return arguments, dict(sorted(attributes.items()))


def _add_function(value: types.FunctionType, out: Encoding) -> None:
    """A package's function counts by its name, as other code does; a person's has no content."""
    if out.stand_in is not None:
        out.add(out.stand_in(value))
    elif installed(value) and _leads_to(value):
        out.text(b"u", qualified(value))
    else:
        refuse(value, out)


def _leads_to(function: types.FunctionType) -> bool:
    try:
        found = operator.attrgetter(function.__qualname__)(sys.modules[function.__module__])
    except (AttributeError, KeyError):  # made within another function
        return False
    return found is function


def _add_method(value: types.MethodType, out: Encoding) -> None:
    if out.stand_in is None and installed(value.__func__):
        out.several(b"u", value, (qualified(value.__func__), value.__self__), 2)
    else:
        refuse(value, out)


def _add_memoryview(value: memoryview, out: Encoding) -> None:
    out.tagged(b"M", f"{value.format} {value.shape} ".encode() + value.tobytes())


# ---------------------------------------------------------------- by type

VIEWS = tuple(
    type(getattr(mapping(), what)())
    for mapping in (dict, collections.OrderedDict)
    for what in ("keys", "values", "items")
)
CONTENT_TYPES = frozenset(
    {*PLAIN, bytearray, collections.deque, array.array, decimal.Decimal, fractions.Fraction}
    | {datetime.datetime, datetime.time, datetime.date, datetime.timedelta, uuid.UUID}
)
"""Types whose subclasses have that content, and attributes beside it."""

ENCODERS: dict[type, Encoder] = {
    **PLAIN,
    type(...): lambda value, out: out.tagged(b"e", b""),
    type(NotImplemented): lambda value, out: out.tagged(b"E", b""),
    bytearray: lambda value, out: out.tagged(b"Y", bytes(value)),
    memoryview: _add_memoryview,
    types.MappingProxyType: lambda value, out: add_dict(value, out, b"w"),
    collections.deque: lambda value, out: out.several(
        b"q", value, (value.maxlen, *value), len(value) + 1
    ),
    array.array: lambda value, out: out.tagged(b"v", value.typecode.encode() + value.tobytes()),
    range: lambda value, out: out.several(b"g", value, (value.start, value.stop, value.step), 3),
    slice: lambda value, out: out.several(b"L", value, (value.start, value.stop, value.step), 3),
    type: _code(b"X", qualified),
    types.ModuleType: _code(b"m", lambda v: str(v.__name__)),
    types.BuiltinFunctionType: _code(b"u", qualified),
    types.FunctionType: _add_function,
    types.MethodType: _add_method,
    struct.Struct: _parts(b"h", lambda v: (v.format,)),
    **{kind: _parts(b"h", tuple) for kind in VIEWS},
    types.GenericAlias: _text(b"G", repr),
    types.UnionType: _text(b"G", repr),
    datetime.datetime: _add_datetime,
    datetime.time: _add_datetime,
    datetime.date: _text(b"T", repr),
    datetime.timedelta: _text(b"T", repr),
    datetime.tzinfo: _add_zone,
    decimal.Decimal: _text(b"k", str),
    fractions.Fraction: _text(b"k", repr),
    uuid.UUID: _add_uuid,
    re.Pattern: _parts(b"h", lambda v: (v.pattern, v.flags)),
    types.SimpleNamespace: _parts(b"h", lambda v: (vars(v),)),
    BaseException: _parts(b"h", _exception_parts),
    typing.TypeVar: _text(b"G", repr),
    operator.itemgetter: _parts(b"h", lambda v: v.__reduce__()[1]),
    operator.attrgetter: _parts(b"h", lambda v: v.__reduce__()[1]),
    operator.methodcaller: _parts(b"h", lambda v: (repr(v.__reduce__()[0]), *v.__reduce__()[1:])),
    Folder: add_folder,
    pathlib.Path: add_path,
    pathlib.PurePath: _text(b"P", lambda v: f"{qualified(type(v))} {v}"),
}

# Types that no public name leads to: (module, class).
NAMED: Mapping[tuple[str, str], Encoder] = {("typing", "_Final"): _text(b"G", repr)}
