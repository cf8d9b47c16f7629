"""Pickles with a signature: what this user did not write is not loaded."""

from __future__ import annotations

import functools
import logging
import pickle
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.user_key import user_key
from daggr_nb.errors import DamagedError, StoreError, UntrustedError

logger = logging.getLogger("daggr_nb")

_SIGNATURE = 32


def signed_pickle(value: Any, content: Digest) -> bytes | None:
    """Return ``value`` as a pickle behind its signature; ``None`` if it cannot be pickled.

    Nor can it where there is no place for a key, which is said once: the value stays in memory.
    """
    try:
        data = pickle.dumps(value, protocol=5)
    except Exception:  # noqa: BLE001 - a foreign __reduce__ may raise anything
        return None
    try:
        return _sign(data, content) + data
    except (OSError, StoreError) as error:
        _say_once(f"Values that have to be pickled are kept in memory only: {error}")
        return None


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

    return hmac.new(user_key(), content.encode() + data, hashlib.sha256).digest()


@functools.cache
def _say_once(text: str) -> None:
    logger.warning("%s", text)
