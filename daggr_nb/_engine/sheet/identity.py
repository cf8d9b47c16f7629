"""What stands for a value without content: a random token, tied to that very object.

An address is no identity: another object gets it once the first is gone. A token is drawn when the
value is first seen, and goes with the object. It holds in this kernel only.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.artifacts.codec import ValueRef
from daggr_nb._provenance.code.settings import is_setting, settings
from daggr_nb._provenance.digest.content import digest, digest_and_size
from daggr_nb._provenance.digest.stream import qualified
from daggr_nb._provenance.secrecy import hidden_digest, hidden_token
from daggr_nb.errors import DigestError

_PREFIX = "object-"
_HIDDEN_PREFIX = hidden_token(_PREFIX)
_lock = threading.Lock()
_tokens: dict[int, tuple[weakref.ref[Any], str]] = {}


def identity_ref(value: Any) -> ValueRef:
    """Return the reference of a value that cannot be digested.

    A container of such values counts by what can be digested of it, and by the tokens of the rest.
    """
    token = _token(value)
    if token is None:
        token = _token_of_parts(value)
    return ValueRef(Digest(_PREFIX + token), "none")


def by_identity(ref: ValueRef) -> bool:
    """Whether a value could not be digested and counts by identity."""
    return ref.digest.startswith((_PREFIX, _HIDDEN_PREFIX))


def hidden_ref(ref: ValueRef) -> ValueRef:
    """Return the reference of the same value as that of a secret."""
    content = hidden_token(ref.digest) if by_identity(ref) else hidden_digest(ref.digest)
    return ValueRef(content, "none", None, ref.classes)


def watched_digest(value: Any) -> Digest | None:
    """Return a digest of what can be digested of a value that cannot as a whole, if anything can.

    That is what a container holds beside it, or the plain attributes of a client.
    """
    parts: list[Any] = []

    def stand_in(part: Any) -> Any:
        parts.extend(pair for pair in settings(part) if is_setting(pair[1]))
        return ["object", qualified(type(part))]

    try:
        content, size = digest_and_size(value, stand_in)
        own = digest_and_size(stand_in(value), stand_in)[1] if not parts else 0
        return None if not parts and size <= own else digest([content, parts])
    except DigestError:
        return None


def _token(value: Any) -> str | None:
    """Return the token of an object; ``None`` for one that nothing can be tied to."""
    key = id(value)
    with _lock:
        known = _tokens.get(key)
        if known is not None and known[0]() is value:
            return known[1]
        try:
            reference = weakref.ref(value, lambda gone: _forget(key, gone))
        except TypeError:
            return None
        token = secrets.token_hex(16)
        _tokens[key] = reference, token
        return token


def _forget(key: int, gone: weakref.ref[Any]) -> None:
    # Called by the collector, on whatever thread, maybe one that holds the lock: no lock here.
    known = _tokens.get(key)
    if known is not None and known[0] is gone:
        _tokens.pop(key, None)


def _token_of_parts(value: Any) -> str:
    try:
        return digest_and_size(value, _stand_in)[0]
    except DigestError:
        return secrets.token_hex(16)


def _stand_in(part: Any) -> Any:
    """Stand in for code by its name, as ever, and for what has no content by its token."""
    try:
        return ["content", digest(part)]
    except DigestError:
        return ["object", qualified(type(part)), _token(part) or secrets.token_hex(16)]
