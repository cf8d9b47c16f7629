"""A canonical hash of a value's content.

The encoding is our own: every value is written as a type tag, its length and its bytes, so that
no two values of different content share an encoding, and equal content has one encoding in every
process. xxh3-128 hashes the stream. Not part of the content: the memory layout of an array, the
order of a set.

Pickle and its relatives are deliberately not used: they encode identity and insertion history.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import pathlib
import struct
import sys
import types
import uuid
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import xxhash

from daggr_nb._ids import Digest
from daggr_nb.errors import DigestError

T = TypeVar("T")
Write = Callable[[Any], object]
_Encoder = Callable[[Any, "_Encoding"], None]

_double = struct.Struct("<d").pack
_length = struct.Struct("<q").pack


def digest(value: Any) -> Digest:
    """Return the 128-bit digest of ``value``'s content as 32 hex digits.

    Types, order and shape count: ``1``, ``True``, ``1.0`` and ``"1"`` differ, so do a list and a
    tuple, and two dicts of other insertion order. Files (``pathlib.Path``) count by content.
    Raises :class:`~daggr_nb.errors.DigestError` for a value without canonical content; give its
    type a ``__daggr_digest__`` method or register it with :func:`register_digest`.

    >>> digest([1, 2]) == digest([1, 2]), digest(1) == digest(True)
    (True, False)
    """
    hasher = xxhash.xxh3_128()
    _Encoding(hasher.update).add(value)
    return Digest(hasher.hexdigest())


def register_digest(kind: type[T], content: Callable[[T], Any]) -> None:
    """Digest every ``kind`` (and its subclasses) by what ``content(value)`` returns.

    >>> class Model:
    ...     weights = (1, 2)
    >>> register_digest(Model, lambda m: m.weights)
    """

    def encode(value: Any, out: _Encoding) -> None:
        out.tagged(b"H", _qualified(type(value)).encode())
        out.add(content(value))

    _ENCODERS[kind] = encode


class _Encoding:
    """Writes values to a hasher; keeps the path of open containers to notice cycles."""

    __slots__ = ("_open", "write")

    def __init__(self, write: Write) -> None:
        self.write = write
        self._open: set[int] = set()

    def add(self, value: Any) -> None:
        encode = _ENCODERS.get(type(value)) or _find_encoder(type(value))
        encode(value, self)

    def tagged(self, tag: bytes, data: bytes) -> None:
        self.write(tag + _length(len(data)))
        self.write(data)

    def several(self, tag: bytes, owner: object, values: Iterable[Any], count: int) -> None:
        if id(owner) in self._open:
            raise DigestError("A value that contains itself has no digest.")
        self._open.add(id(owner))
        self.write(tag + _length(count))
        for value in values:
            self.add(value)
        self._open.discard(id(owner))


def _add_str(value: str, out: _Encoding) -> None:
    out.tagged(b"s", value.encode("utf-8", "surrogatepass"))


def _add_int(value: int, out: _Encoding) -> None:
    out.tagged(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _add_dict(value: dict[Any, Any], out: _Encoding) -> None:
    pairs = (part for pair in value.items() for part in pair)
    out.several(b"d", value, pairs, len(value))


def _add_set(tag: bytes) -> _Encoder:
    def encode(value: Any, out: _Encoding) -> None:
        out.tagged(tag, "".join(sorted(digest(item) for item in value)).encode())

    return encode


def _add_text(tag: bytes, text: Callable[[Any], str]) -> _Encoder:
    return lambda value, out: out.tagged(tag, text(value).encode())


def _add_enum(value: enum.Enum, out: _Encoding) -> None:
    out.tagged(b"E", f"{_qualified(type(value))}.{value.name}".encode())
    out.add(value.value)


def _add_path(value: pathlib.PurePath, out: _Encoding) -> None:
    path = pathlib.Path(value)
    if path.is_file():
        hasher = xxhash.xxh3_128()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                hasher.update(block)
        out.tagged(b"F", hasher.digest())
    elif path.is_dir():
        names = sorted(path.iterdir())
        out.several(b"D", value, (part for p in names for part in (p.name, p)), 2 * len(names))
    else:
        out.tagged(b"P", str(value).encode("utf-8", "surrogateescape"))


def _add_array(value: Any, out: _Encoding) -> None:
    numpy = sys.modules["numpy"]
    out.tagged(b"A", f"{_qualified(type(value))} {value.shape}".encode())
    out.tagged(b"y", repr(value.dtype.descr if value.dtype.fields else value.dtype.str).encode())
    if value.dtype.hasobject:
        out.several(b"o", value, value.ravel(order="C").tolist(), value.size)
        return
    if isinstance(value, numpy.ma.MaskedArray):
        out.add(numpy.ma.getmaskarray(value))
        value = value.filled(0)
    flat = numpy.ascontiguousarray(value).reshape(-1)
    out.write(_length(flat.nbytes))
    if flat.nbytes:
        out.write(memoryview(flat.view(numpy.uint8)))


def _add_numpy_scalar(value: Any, out: _Encoding) -> None:
    out.tagged(b"n", f"{value.dtype.str} ".encode() + value.tobytes())


def _add_pil(value: Any, out: _Encoding) -> None:
    out.tagged(b"I", f"{value.mode} {value.size}".encode())
    if value.mode == "P":
        out.add(value.getpalette("RGB"))
        out.add(value.info.get("transparency"))
    out.tagged(b"p", value.tobytes())


def _add_frame(value: Any, out: _Encoding) -> None:
    out.tagged(b"R", f"{value.shape}".encode())
    out.add(value.columns)
    out.add(value.index)
    for position in range(value.shape[1]):
        out.add(value.iloc[:, position].array)


def _add_series(value: Any, out: _Encoding) -> None:
    out.tagged(b"r", str(len(value)).encode())
    out.add(value.name)
    out.add(value.index)
    out.add(value.array)


def _add_index(value: Any, out: _Encoding) -> None:
    out.tagged(b"x", f"{_qualified(type(value))} {value.dtype}".encode())
    out.add(list(value.names))
    out.add(list(value) if value.nlevels > 1 else value.array)


def _add_pandas_array(value: Any, out: _Encoding) -> None:
    out.tagged(b"a", f"{_qualified(type(value))} {value.dtype}".encode())
    numpy = sys.modules["numpy"]
    plain = numpy.asarray(value)
    if plain.dtype.hasobject:
        out.several(b"o", value, list(value), len(value))
    else:
        out.add(plain)


def _add_pandas_scalar(value: Any, out: _Encoding) -> None:
    out.tagged(b"c", f"{_qualified(type(value))} {value!r}".encode())


def _add_tensor(value: Any, out: _Encoding) -> None:
    numpy = sys.modules.get("numpy") or __import__("numpy")
    torch = sys.modules["torch"]
    out.tagged(b"K", f"{value.dtype} {tuple(value.shape)}".encode())
    flat = value.detach().cpu().contiguous().view(-1)
    out.write(_length(flat.numel() * flat.element_size()))
    if flat.numel():
        out.write(memoryview(numpy.asarray(flat.view(torch.uint8))))


def _add_object(value: Any, out: _Encoding) -> None:
    """An instance of an ordinary class: its class and its attributes."""
    kind = type(value)
    state = dict(sorted(getattr(value, "__dict__", {}).items()))
    for base in kind.__mro__:
        for name in _slots(base):
            if hasattr(value, name):
                state[f"{base.__qualname__}.{name}"] = getattr(value, name)
    out.tagged(b"O", _qualified(kind).encode())
    out.several(b"d", value, (part for pair in state.items() for part in pair), len(state))


def _add_subclass(base: type, encode: _Encoder) -> _Encoder:
    """A subclass of a known type: its class, its content as that type, and its attributes."""

    def encode_subclass(value: Any, out: _Encoding) -> None:
        out.tagged(b"C", _qualified(type(value)).encode())
        encode(value, out)
        if state := getattr(value, "__dict__", None):
            out.add(dict(sorted(state.items())))
        if (factory := getattr(value, "default_factory", None)) is not None:
            out.add(factory)

    return encode_subclass


def _add_hooked(value: Any, out: _Encoding) -> None:
    out.tagged(b"H", _qualified(type(value)).encode())
    out.add(value.__daggr_digest__())


def _refuse(value: Any, out: _Encoding) -> None:
    raise DigestError(
        f"{_qualified(type(value))} has no canonical content to digest. Give the class a method "
        "__daggr_digest__() that returns plain data, or call daggr_nb.register_digest."
    )


_ENCODERS: dict[type, _Encoder] = {
    str: _add_str,
    int: _add_int,
    bool: lambda value, out: out.tagged(b"b", b"1" if value else b"0"),
    float: lambda value, out: out.tagged(b"f", _double(value)),
    complex: lambda value, out: out.tagged(b"j", _double(value.real) + _double(value.imag)),
    type(None): lambda value, out: out.tagged(b"N", b""),
    type(...): lambda value, out: out.tagged(b"e", b""),
    bytes: lambda value, out: out.tagged(b"B", value),
    bytearray: lambda value, out: out.tagged(b"Y", bytes(value)),
    memoryview: lambda value, out: out.tagged(b"M", value.tobytes()),
    list: lambda value, out: out.several(b"l", value, value, len(value)),
    tuple: lambda value, out: out.several(b"t", value, value, len(value)),
    dict: _add_dict,
    set: _add_set(b"S"),
    frozenset: _add_set(b"Z"),
    collections.deque: lambda value, out: out.several(b"q", value, value, len(value)),
    range: _add_text(b"g", lambda v: repr((v.start, v.stop, v.step))),
    slice: lambda value, out: out.several(b"L", value, (value.start, value.stop, value.step), 3),
    type: _add_text(b"X", lambda v: _qualified(v)),
    types.ModuleType: _add_text(b"m", lambda v: str(v.__name__)),
    types.BuiltinFunctionType: _add_text(b"u", lambda v: f"{v.__module__}.{v.__qualname__}"),
    datetime.datetime: _add_text(b"T", repr),
    datetime.date: _add_text(b"T", repr),
    datetime.time: _add_text(b"T", repr),
    datetime.timedelta: _add_text(b"T", repr),
    datetime.timezone: _add_text(b"T", repr),
    decimal.Decimal: _add_text(b"k", str),
    uuid.UUID: _add_text(b"U", str),
    enum.Enum: _add_enum,
    pathlib.PurePath: _add_path,
}

# Types of libraries that may never be imported: (top-level package, class).
_BY_NAME: dict[tuple[str, str], _Encoder] = {
    ("numpy", "ndarray"): _add_array,
    ("numpy", "generic"): _add_numpy_scalar,
    ("PIL", "Image"): _add_pil,
    ("pandas", "DataFrame"): _add_frame,
    ("pandas", "Series"): _add_series,
    ("pandas", "Index"): _add_index,
    ("pandas", "ExtensionArray"): _add_pandas_array,
    ("torch", "Tensor"): _add_tensor,
}
for _name in ("Timestamp", "Timedelta", "Period", "Interval", "NAType", "NaTType"):
    _BY_NAME["pandas", _name] = _add_pandas_scalar

_CONTENT_TYPES = frozenset({str, int, float, complex, bytes, list, tuple, dict, set, frozenset})


def _find_encoder(kind: type) -> _Encoder:
    """Choose the encoder of a type seen for the first time, and remember it."""
    encode = _choose_encoder(kind)
    _ENCODERS[kind] = encode
    return encode


def _choose_encoder(kind: type) -> _Encoder:
    if hasattr(kind, "__daggr_digest__"):
        return _add_hooked
    for base in kind.__mro__[:-1]:
        named = _BY_NAME.get((base.__module__.partition(".")[0], base.__qualname__))
        if named is not None:
            return named
        known = _ENCODERS.get(base)
        if known is not None:
            return _add_subclass(base, known) if base in _CONTENT_TYPES else known
    return _add_object if _is_plain(kind) else _refuse


def _is_plain(kind: type) -> bool:
    """Whether attributes are all there is to an instance: a Python class, pickled by default."""
    heap_type = bool(kind.__flags__ & (1 << 9))
    default = all(
        getattr(kind, name) is getattr(object, name) for name in ("__reduce_ex__", "__reduce__")
    ) and not any("__getstate__" in base.__dict__ for base in kind.__mro__[:-1])
    return heap_type and default and all(map(_from_python, kind.__mro__[:-1]))


def _from_python(kind: type) -> bool:
    """Whether a class statement made ``kind``: C types describe no instance layout to Python."""
    return "__module__" in kind.__dict__ and (
        "__slots__" in kind.__dict__ or bool(kind.__dictoffset__)
    )


def _slots(kind: type) -> list[str]:
    slots = kind.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
