"""Values that are so large that nobody stores them unasked: they stay where they are."""

from __future__ import annotations

import logging
import os
from collections.abc import Container
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef
from daggr_nb._provenance.blob import Blob, Draft, FileContent
from daggr_nb._provenance.log.store import Store
from daggr_nb.errors import StoreError

logger = logging.getLogger("daggr_nb")

VARIABLE = "DAGGR_NB_ASK_ABOVE"
_DEFAULT = 4_000_000_000


class AskAbove:
    """How many bytes of a value are stored unasked, and which values have more.

    Of these a file counts where it is, and all else is in memory only.
    """

    def __init__(self, store: Store) -> None:
        self.size = _size_given(os.environ.get(VARIABLE, _DEFAULT))
        self.left_out: dict[Digest, int] = {}
        """How many bytes of values have not been stored, by digest."""
        self._store = store

    def set(self, size: int) -> None:
        """Ask above so many bytes from now on."""
        self.size = _size_given(size)

    def bounded(self, ref: ValueRef, parts: Parts, staged: Container[Digest] = ()) -> ValueRef:
        """Return the reference of a value that was encoded into ``parts``, which is left there.

        If it is too large, what would have to be stored is taken out.
        """
        sizes = {content: _size(blob) for content, blob in parts.items() if content not in staged}
        if sum(sizes.values()) <= self.size:
            return ref
        new = {c: size for c, size in sizes.items() if not self._store.has(f"a:{c}")}
        total = sum(new.values())
        if total <= self.size:
            return ref
        for content in new:
            if isinstance(parts[content], FileContent):
                total -= new[content]
                del parts[content]
        if total > self.size:
            parts.clear()
            ref = ValueRef(ref.digest, "none", None, ref.classes)
        self.left_out[ref.digest] = sum(new.values())
        return ref


def _size(blob: Blob) -> int:
    if isinstance(blob, FileContent):
        try:
            return blob.path.stat().st_size
        except OSError:  # which is told when it is copied
            return 0
    if isinstance(blob, Draft):
        return blob.size
    return len(blob) if isinstance(blob, bytes) else sum(memoryview(c).nbytes for c in blob)


def _size_given(given: Any) -> int:
    try:
        size = int(given)
    except (TypeError, ValueError):
        size = -1
    if size < 0 or isinstance(given, (bool, float)):
        raise StoreError(
            f"{VARIABLE} and graph.store.ask_above expected a number of bytes from 0, got "
            f"{given!r}. Above it values are not stored unasked; the default is {_DEFAULT:,}."
        )
    return size
