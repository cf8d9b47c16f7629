"""A value as bytes: in one piece, in several, in a file of somebody's, or on disk already."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import xxhash

from daggr_nb.errors import StoreError

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Draft:
    """A value that is on disk already, waiting for its key.

    A ``copy`` goes if it is not written: whoever writes it can make another one.
    """

    path: pathlib.Path
    size: int
    copy: bool = False


@dataclass(frozen=True)
class FileContent:
    """What is in a file of somebody's, read a block at a time when it is written.

    ``content`` is the hash of what was in it when it became a value.
    """

    path: pathlib.Path
    content: str

    def blocks(self) -> Iterator[bytes]:
        """Yield the content; raises :class:`StoreError` at its end if it is another one now."""
        hasher = xxhash.xxh3_128()
        try:
            with self.path.open("rb") as file:
                while block := file.read(_BLOCK):
                    hasher.update(block)
                    yield block
        except OSError as error:
            raise StoreError(f"{self.path} cannot be stored: {error}.") from error
        if hasher.hexdigest() != self.content:
            raise StoreError(
                f"{self.path} was changed before it was stored. Run again what made it, and write "
                "to another file then."
            )


Chunks = tuple[Any, ...]
"""A large value as buffers in a row, not yet copied from where they are."""
Blob = bytes | Chunks | FileContent | Draft
