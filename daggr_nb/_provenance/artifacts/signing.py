"""Pickles with a signature: what this user did not write is not loaded."""

from __future__ import annotations

import collections
import contextlib
import copyreg
import functools
import io
import logging
import os
import pathlib
import pickle
import struct
import types
from collections.abc import Callable
from typing import Any

import platformdirs

from daggr_nb._ids import Digest
from daggr_nb.errors import DamagedError, StoreError, UntrustedError

logger = logging.getLogger("daggr_nb")

_KEY = 32
_SIGNATURE = 32


def signed_pickle(value: Any, content: Digest) -> bytes | None:
    """Return ``value`` as a pickle behind its signature; ``None`` if it cannot be pickled.

    Nor can it where there is no place for a key, which is said once: the value stays in memory.
    """
    buffer = io.BytesIO()
    try:
        _Pickler(buffer, protocol=5).dump(value)
    except Exception:  # noqa: BLE001 - a foreign __reduce__ may raise anything
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


class _Pickler(pickle.Pickler):
    dispatch_table = collections.ChainMap[type, Any](_REDUCERS, copyreg.dispatch_table)  # noqa: RUF012 - as the base has it


def load_signed(data: bytes, content: Digest) -> Any:
    """Return the value of a signed pickle; ``content`` names it in errors."""
    signature, body = data[:_SIGNATURE], data[_SIGNATURE:]
    import hmac  # noqa: PLC0415 - slow to load, and only pickles need it

    if not hmac.compare_digest(signature, _sign(body, content)):
        raise UntrustedError(
            f"Value {content} is a pickle without your signature, so it was not loaded: a "
            "pickle can run anything. Run the node again to make the value here."
        )
    try:
        return pickle.loads(body)  # noqa: S301 - signed by this user
    except (AttributeError, ImportError) as error:
        raise DamagedError(
            f"Value {content} needs something that is not defined yet ({error}). Run the cell "
            "that defines it first."
        ) from error


def _sign(data: bytes, content: Digest) -> bytes:
    """Sign a pickle for the value that it stands for, so that it stands for no other."""
    import hashlib  # noqa: PLC0415 - slow to load, and only pickles need it
    import hmac  # noqa: PLC0415

    return hmac.new(signing_key(), content.encode() + data, hashlib.sha256).digest()


def signing_key() -> bytes:
    """Return this user's key; the first call ever makes it."""
    path = pathlib.Path(platformdirs.user_config_path("daggr_nb")) / "signing.key"
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != _KEY:
        raise StoreError(
            f"The key in {path} has {len(key)} bytes instead of {_KEY}. Delete it to get a new "
            "one; pickles signed before are not loaded then, so their nodes must run again."
        )
    return key


@functools.cache
def _say_once(text: str) -> None:
    logger.warning("%s", text)


def _make_key(path: pathlib.Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{os.urandom(6).hex()}.key")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(_KEY))
    try:
        os.link(draft, path)  # the first kernel wins; the others use its key
    except FileExistsError:
        pass
    except OSError:  # no hard links here
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
