"""The secret of this user on this machine: it signs pickles, and hides short secrets in digests."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib

import platformdirs

from daggr_nb._paths import private_folder, user_folder
from daggr_nb.errors import StoreError

_KEY = 32


def user_key() -> bytes:
    """Return this user's key; the first call ever makes it."""
    path = user_folder(platformdirs.user_config_path) / "signing.key"
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != _KEY:
        raise StoreError(
            f"The key in {path} has {len(key)} bytes instead of {_KEY}. Delete it to get a new "
            "one; pickles signed before are not loaded then, so their nodes must run again."
        )
    return key


def _make_key(path: pathlib.Path) -> None:
    private_folder(path.parent)
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


@functools.cache
def _key() -> bytes:
    try:
        return user_key()
    except (OSError, StoreError):  # no place for a key: what is hidden by it is so for this kernel
        return os.urandom(_KEY)


def keyed_digest(text: str | None) -> str:
    """Return a digest of a text from which nobody without the key can tell a short secret.

    A text that is not there has the digest ``""``.
    """
    if text is None:
        return ""
    import hashlib  # noqa: PLC0415 - slow to load, and few need it
    import hmac  # noqa: PLC0415

    data = text.encode("utf-8", "surrogatepass")
    return hmac.new(_key(), data, hashlib.sha256).hexdigest()
