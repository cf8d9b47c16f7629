"""A cache of digests of captured data above 16 MB, until a name is bound again or a run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import Digest

LARGE = 16_000_000


@dataclass(frozen=True)
class CachedDigest:
    """The digest of a large value, and what it was taken from.

    ``cell_number`` is that of the cell which bound its name; ``references`` says which code in it
    was referred to by what. The value is kept, so that its id stands for no other.
    """

    value: Any
    cell_number: int
    digest: Digest
    size: int
    references: Sequence[tuple[Any, Any]]


class LargeValueCache:
    """What one pass over code finds of large data: ``entries``, for the next, which relies on them.

    Without ``previous`` everything is digested, as it has to be before a run.
    """

    def __init__(self, previous: Mapping[int, CachedDigest] | None = None) -> None:
        self.entries: dict[int, CachedDigest] = {}
        self._previous = previous or {}

    def get(self, value: Any) -> CachedDigest | None:
        """Return the digest of a value, if it is cached."""
        entry = self._previous.get(id(value)) or self.entries.get(id(value))
        return entry if entry is not None and entry.value is value else None

    def put(self, entry: CachedDigest) -> None:
        """Cache the digest of a value."""
        self.entries[id(entry.value)] = entry
