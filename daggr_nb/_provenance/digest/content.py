"""A canonical hash of a value's content.

The encoding is our own: every value is written as a type tag, its length and its bytes, so that
no two values of different content share an encoding, and equal content has one encoding in every
process. xxh3-128 hashes the stream. What pickling would carry of a value is its content. Not part
of it: the memory layout of an array, the order of a set, which of the many NaNs a float is, what a
library has worked out and keeps.

The bytes of pickle and its relatives are deliberately not used: they encode identity and insertion
history.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import xxhash

from daggr_nb._ids import Digest
from daggr_nb._model.node import GatheredPort, Node, Port, ScatteredPort
from daggr_nb._provenance.digest import reduced, standard_types
from daggr_nb._provenance.digest.objects import (
    CACHES,
    add_enum,
    add_hooked,
    add_object,
    is_plain,
    pickles_itself,
    refuse,
    subclass_of,
)
from daggr_nb._provenance.digest.stream import Encoder, Encoding, StandIn, qualified
from daggr_nb.errors import DigestError, is_interrupt, text_of

T = TypeVar("T")


def digest(value: Any, kinds: set[type] | None = None) -> Digest:
    """Return the 128-bit digest of ``value``'s content as 32 hex digits.

    Types, order and shape count: ``1``, ``True``, ``1.0`` and ``"1"`` differ, so do a list and a
    tuple, and two dicts of other insertion order. A file (``pathlib.Path``) counts by content and
    by its path as given, relative to the working folder where it is below it; a folder by its path,
    a :class:`~daggr_nb.Folder` by what is in it.
    Raises :class:`~daggr_nb.errors.DigestError` for a value without canonical content; give its
    type a ``__daggr_digest__`` method or register it with :func:`register_digest`.

    Args:
        value: Anything.
        kinds: Gets the classes that were met in it, or that it is.

    >>> digest([1, 2]) == digest([1, 2]), digest(1) == digest(True)
    (True, False)
    """
    hasher = xxhash.xxh3_128()
    _write(value, Encoding(hasher.update, _encoder_cache, _encoder, kinds=kinds))
    return Digest(hasher.hexdigest())


def digest_and_size(value: Any, stand_in: StandIn | None = None) -> tuple[Digest, int]:
    """Return a digest and how many bytes went into it, those of folders included.

    ``stand_in`` is called for code and for what would be refused, see ``Encoding``.
    """
    hasher = xxhash.xxh3_128()
    size = 0

    def weigh(more: int) -> None:
        nonlocal size
        size += more

    def write(data: Any) -> None:
        weigh(len(data))
        hasher.update(data)

    _write(value, Encoding(write, _encoder_cache, _encoder, stand_in, weigh))
    return Digest(hasher.hexdigest()), size


def _write(value: Any, out: Encoding) -> None:
    try:
        out.add(value)
    except DigestError:
        raise
    except RecursionError:
        raise DigestError(
            f"A {qualified(type(value))} contains itself, or is nested too deeply to digest."
        ) from None
    except BaseException as error:  # a property, a hook or a library may raise anything
        if is_interrupt(error):
            raise
        raise DigestError(
            f"{qualified(type(value))} cannot be digested: {type(error).__name__}: {text_of(error)}"
        ) from error


def register_digest(kind: type[T], content: Callable[[T], Any]) -> None:
    """Digest every ``kind`` (and its subclasses) by what ``content(value)`` returns.

    Args:
        kind: A class.
        content: Returns what tells one value from another, as something that has a digest itself.

    >>> class Model:
    ...     weights = (1, 2)
    >>> register_digest(Model, lambda m: m.weights)
    """

    def encode(value: Any, out: Encoding) -> None:
        out.kind(b"H", type(value))
        out.add(content(value))

    _type_encoders[kind] = encode
    _encoder_cache.clear()


def register_library(
    encoders: Mapping[tuple[str, str], Encoder],
    caches: Mapping[tuple[str, str], frozenset[str]],
) -> None:
    """Digest types of libraries that may not be loaded, by (top-level package, class name).

    ``caches`` names their attributes that are worked out from the others, and no content.
    """
    _library_encoders.update(encoders)
    CACHES.update(caches)
    _encoder_cache.clear()


def _add_set(tag: bytes) -> Encoder:
    def encode(value: Any, out: Encoding) -> None:
        stand_in = out.stand_in
        items = (
            digest_and_size(v, stand_in)[0] if stand_in else digest(v, out.kinds) for v in value
        )
        out.text(tag, "".join(sorted(items)))

    return encode


_type_encoders: dict[type, Encoder] = {
    **standard_types.ENCODERS,
    set: _add_set(b"S"),
    frozenset: _add_set(b"Z"),
    reduced.Name: reduced.add_name,
    **dict.fromkeys((Node, Port, ScatteredPort, GatheredPort), refuse),  # what they show is content
}
_library_encoders: dict[tuple[str, str], Encoder] = dict(standard_types.NAMED)
_encoder_cache: dict[type, Encoder] = {}
_CONTENT_TYPES = standard_types.CONTENT_TYPES | {set, frozenset}


def _encoder(kind: type) -> Encoder:
    """Choose the encoder of a type when it is first seen."""
    if len(_encoder_cache) > 5_000:  # classes that were defined again and again
        _encoder_cache.clear()
    encoder = _encoder_cache[kind] = _resolve_encoder(kind)
    return encoder


def _resolve_encoder(kind: type) -> Encoder:
    if kind in _type_encoders:
        return _type_encoders[kind]
    if hasattr(kind, "__daggr_digest__"):
        return add_hooked
    if issubclass(kind, enum.Enum):
        return add_enum
    for base in kind.__mro__[:-1]:
        encoder = _library_encoders.get((base.__module__.partition(".")[0], base.__qualname__))
        if encoder is not None:
            return encoder
        encoder = _type_encoders.get(base)
        if encoder is not None:
            return subclass_of(base, encoder) if base in _CONTENT_TYPES else encoder
    if not is_plain(kind):
        return reduced.add_reduced
    return _add_own if pickles_itself(kind) else add_object


def _add_own(value: Any, out: Encoding) -> None:
    """Write an object that says what pickling carries; code that captured it has all of it."""
    (reduced.add_reduced if out.stand_in is None else add_object)(value, out)
