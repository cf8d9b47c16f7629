"""Pickles with a signature: what this user did not write is not loaded."""

from __future__ import annotations

import collections
import copyreg
import functools
import io
import logging
import pathlib
import pickle
import struct
import types
from collections.abc import Callable
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._interrupts import foreign_code
from daggr_nb._provenance.user_key import user_key
from daggr_nb.errors import DamagedError, StoreError, UntrustedError, is_interrupt

logger = logging.getLogger("daggr_nb")

_SIGNATURE = 32


FilePart = Callable[[pathlib.Path], "tuple[int, Digest] | None"]
"""Stores a file beside a pickle; returns what stands for it in there, ``None`` for no file."""
LoadedPart = Callable[[int, Digest], Any]


def signed_pickle(value: Any, content: Digest, file_part: FilePart) -> bytes | None:
    """Return ``value`` as a pickle behind its signature; ``None`` if it cannot be pickled.

    Nor can it where there is no place for a key, which is said once: the value stays in memory.
    """
    buffer = io.BytesIO()
    try:
        with foreign_code():
            _Pickler(buffer, file_part).dump(value)
        data = buffer.getvalue()
    except BaseException as error:  # a foreign __reduce__ may raise anything
        if is_interrupt(error):
            raise
        return None
    try:
        data = buffer.getvalue()
        return _sign(data, content) + data
    except (OSError, StoreError) as error:
        _say_once(f"Values that have to be pickled are kept in memory only: {error}")
        return None


def _proxy(pairs: dict[Any, Any]) -> types.MappingProxyType[Any, Any]:
    return types.MappingProxyType(pairs)


def _view(what: str, mapping: type[dict[Any, Any]], content: list[Any]) -> Any:
    """Return a view of a mapping made for it: keys as they were, or values under numbers."""
    pairs: dict[Any, Any] = dict(enumerate(content))
    if what != "values":
        pairs = dict(content if what == "items" else zip(content, content, strict=True))
    return getattr(mapping(pairs), what)()


def _reduced_view(what: str, mapping: type, view: Any) -> Any:
    return _view, (what, mapping, list(view))


_REDUCERS: dict[type, Callable[[Any], Any]] = {
    types.MappingProxyType: lambda value: (_proxy, (dict(value),)),
    struct.Struct: lambda value: (struct.Struct, (value.format,)),
    memoryview: lambda value: (_memory, (value.tobytes(), value.format, value.shape)),
    **{
        type(getattr(mapping(), what)()): functools.partial(_reduced_view, what, mapping)
        for mapping in (dict, collections.OrderedDict)
        for what in ("keys", "values", "items")
    },
}
"""Plain data that Python does not pickle."""


def _memory(data: bytes, form: Any, shape: tuple[int, ...]) -> Any:
    memory = memoryview(data)
    return memory.cast("B").cast(form, shape) if data else memory.cast(form)


def load_signed(data: bytes, content: Digest, file_part: LoadedPart | None = None) -> Any:
    """Return the value of a signed pickle; ``content`` names it in errors."""
    signature, body = data[:_SIGNATURE], data[_SIGNATURE:]
    import hmac  # noqa: PLC0415 - slow to load, and only pickles need it

    if not hmac.compare_digest(signature, _sign(body, content)):
        raise UntrustedError(
            f"Value {content} is a pickle without your signature, so it was not loaded: a "
            "pickle can run anything. Run the node again to make the value here."
        )
    try:
        with foreign_code():
            return _Unpickler(io.BytesIO(body), file_part).load()
    except (AttributeError, ImportError) as error:
        raise DamagedError(
            f"Value {content} needs something that is not defined yet ({error}). Run the cell "
            "that defines it first."
        ) from error


class _Pickler(pickle.Pickler):
    """Stores files by content: a pickle of its own has only the name of one."""

    def __init__(self, out: io.BytesIO, file_part: FilePart) -> None:
        super().__init__(out, protocol=5)
        self.dispatch_table = collections.ChainMap[type, Any](_REDUCERS, copyreg.dispatch_table)
        self._file_part = file_part

    def reducer_override(self, value: Any) -> Any:
        part = self._file_part(value) if isinstance(value, pathlib.Path) else None
        return NotImplemented if part is None else (stored_file, part)


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, file_part: LoadedPart | None) -> None:
        super().__init__(data)
        self._file_part = file_part

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (__name__, stored_file.__name__) and self._file_part is not None:
            return self._file_part
        return super().find_class(module, name)


def stored_file(index: int, content: Digest) -> Any:
    """Stand in a pickle for a file that is stored beside it."""
    raise DamagedError(f"The file {content} is not stored with this value.")


def _sign(data: bytes, content: Digest) -> bytes:
    """Sign a pickle for the value that it stands for, so that it stands for no other."""
    import hashlib  # noqa: PLC0415 - slow to load, and only pickles need it
    import hmac  # noqa: PLC0415

    return hmac.new(user_key(), content.encode() + data, hashlib.sha256).digest()


@functools.cache
def _say_once(text: str) -> None:
    logger.warning("%s", text)
