"""How instances of classes are written into a digest: their class and their attributes."""

from __future__ import annotations

import enum
import functools
import types
from typing import Any

from daggr_nb._interrupts import foreign_code
from daggr_nb._provenance.digest.stream import Encoder, Encoding, qualified
from daggr_nb._provenance.packages import installed
from daggr_nb.errors import DigestError

_HEAP_TYPE = 1 << 9


def add_object(value: Any, out: Encoding) -> None:
    """Write an instance of an ordinary class; a package's counts as a whole or not at all."""
    if out.stand_in is None or not installed(type(value)):
        _add_whole(value, out)
        return
    with out.complete(value) as complete:
        if complete:
            _add_whole(value, out)
        else:
            out.add(out.stand_in(value))


def _add_whole(value: Any, out: Encoding) -> None:
    out.kind(b"O", type(value))
    _add_attributes(value, value, out)


def subclass_of(base: type, encode: Encoder) -> Encoder:
    """Return how a subclass of a known type is written: as its base, with class and attributes."""

    def encode_subclass(value: Any, out: Encoding) -> None:
        out.kind(b"C", type(value))
        encode(value, out)
        out.add(_field_names(value) if base is tuple else None)
        if (factory := getattr(value, "default_factory", None)) is not None:
            out.add(factory)
        carried = out.stand_in is not None or _carries_attributes(value)
        _add_attributes(value if carried else None, object(), out)

    return encode_subclass


def _carries_attributes(value: Any) -> bool:
    """Whether pickling carries the attributes of a value that is content in itself.

    Of a ``Counter`` or a ``Decimal`` it does not, unless a subclass says so.
    """
    if not attributes(value):
        return True
    with foreign_code():
        reduced = value.__reduce_ex__(4)
    return not isinstance(reduced, tuple) or (len(reduced) > 2 and reduced[2] is not None)


def _field_names(value: Any) -> Any:
    """Return the names of a named tuple's fields; those that a C type hides, with their values."""
    if hasattr(type(value), "n_sequence_fields"):
        return value.__reduce__()[1][1]
    return getattr(type(value), "_fields", None)


def add_enum(value: enum.Enum, out: Encoding) -> None:
    """Write a member of an enumeration."""
    out.kind(b"E", type(value))
    out.add(value.name)
    out.add(value.value)


def add_hooked(value: Any, out: Encoding) -> None:
    """Write what the class itself says is the content."""
    out.kind(b"H", type(value))
    with foreign_code():
        content = value.__daggr_digest__()
    out.add(content)


def refuse(value: Any, out: Encoding) -> None:
    """Write what stands for a value without content, or raise."""
    if out.stand_in is not None:
        out.add(out.stand_in(value))
        return
    raise DigestError(
        f"{qualified(type(value))} has no canonical content to digest. Give the class a method "
        "__daggr_digest__() that returns plain data, or call daggr_nb.register_digest."
    )


def is_plain(kind: type) -> bool:
    """Whether attributes are all there is to an instance of ``kind``.

    So it is for classes made by class statements, all the way up. Those of packages that have
    their own way of pickling say that it is not.
    """
    if not kind.__flags__ & _HEAP_TYPE or not all(map(_is_python_class, kind.__mro__[:-1])):
        return False
    return not (installed(kind) and pickles_itself(kind))


def pickles_itself(kind: type) -> bool:
    """Whether a class says itself what pickling carries of its objects."""
    if any(getattr(kind, n) is not getattr(object, n) for n in ("__reduce_ex__", "__reduce__")):
        return True
    hooks = [
        vars(base)["__getstate__"] for base in kind.__mro__[:-1] if "__getstate__" in vars(base)
    ]
    return any(getattr(hook, "__module__", "") != "dataclasses" for hook in hooks)


def _is_python_class(kind: type) -> bool:
    """Whether a class statement made ``kind``: C types describe no instance layout to Python."""
    return "__module__" in vars(kind) and ("__slots__" in vars(kind) or bool(kind.__dictoffset__))


# ---------------------------------------------------------------- attributes


def attributes(value: Any) -> dict[str, Any]:
    """Return an object's own attributes in order of name, slots included.

    What a ``cached_property`` has worked out is not the object's own.
    """
    derived, slots = _layout(type(value))  # type: ignore[arg-type]
    own = getattr(value, "__dict__", None) or {}
    values = {name: own[name] for name in sorted(own, key=str) if name not in derived}
    for name, slot in slots:
        try:
            values[name] = slot.__get__(value)
        except AttributeError:  # not set
            continue
    return values


def _add_attributes(value: Any, owner: object, out: Encoding) -> None:
    values = attributes(value)
    parts = (part for pair in values.items() for part in pair)
    out.several(b"d", owner, parts, len(values))


CACHES: dict[tuple[str, str], frozenset[str]] = {}
"""Attributes in which libraries keep what they have worked out, by package and class name."""


def derived_names(kind: type) -> frozenset[str]:
    """Return the attributes of a class that are worked out from others, and no content."""
    return _layout(kind)[0]


@functools.lru_cache(maxsize=1024)
def _layout(kind: type) -> tuple[frozenset[str], tuple[tuple[str, Any], ...]]:
    """Return the names of what a class works out, and its slots."""
    members = [(base, name, m) for base in kind.__mro__ for name, m in vars(base).items()]
    derived = {name for _, name, m in members if isinstance(m, functools.cached_property)}
    for base in kind.__mro__[:-1]:
        derived |= CACHES.get((base.__module__.partition(".")[0], base.__qualname__), frozenset())
    slots = [
        (f"{base.__qualname__}.{name}", m)
        for base, name, m in members
        if isinstance(m, types.MemberDescriptorType) and not name.startswith("__dict")
    ]
    return frozenset(derived), tuple(sorted(slots, key=lambda slot: slot[0]))
