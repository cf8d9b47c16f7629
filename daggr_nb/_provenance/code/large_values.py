"""A cache of digests of captured data: what is as it was is not digested again.

Before a plan or a run everything is compared, by a witness where there is one. After a cell
there is a moment for that; what does not fit into it counts as what it was, unless its size or
its ends tell otherwise, until somebody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.digest.witness import Witness

LARGE = 16_000_000
MOMENT = 0.005
"""Seconds after a cell in which captured data is compared with what it was."""
_SLOW = 0.001  # seconds of digesting from which on a witness pays


@dataclass(frozen=True)
class CachedDigest:
    """The digest of a value, and what it was taken from.

    ``cell_number`` is that of the cell which bound its name; ``references`` says which code in it
    was referred to by what. The value is kept, so that its id stands for no other. ``seconds`` is
    how long it takes to see that it is as it was, ``digesting`` how long its digest takes.
    """

    value: Any
    cell_number: int
    digest: Digest
    size: int
    references: Sequence[tuple[Any, Any]]
    immutable: bool
    digesting: float
    seconds: float
    witness: Witness | None
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def taken(
        cls,
        value: Any,
        cell_number: int,
        content: tuple[Digest, int],
        references: Sequence[tuple[Any, Any]],
        immutable: bool,
        digesting: float,
    ) -> CachedDigest:
        """Return what to remember of a digest that took ``digesting`` seconds."""
        witness, seconds = None, digesting
        if digesting > _SLOW and not immutable:
            began = time.perf_counter()
            witness = Witness.of(value, digesting)
            seconds = time.perf_counter() - began
        seconds = seconds if witness is not None else digesting
        return cls(value, cell_number, *content, references, immutable, digesting, seconds, witness)


class LargeValueCache:
    """What one pass over code finds of data: ``entries``, for the next, which begins with them.

    With ``seconds`` no more time than that goes into comparing; without, all is compared. Within a
    pass nothing changes, so each value is looked at once.
    """

    def __init__(
        self,
        previous: Mapping[int, CachedDigest] | None = None,
        seconds: float | None = None,
    ) -> None:
        self.entries: dict[int, CachedDigest] = {}
        self._previous = previous or {}
        self._left = seconds
        self._seen: dict[int, CachedDigest] = {}

    def get(self, value: Any, bound_in: Callable[[], int]) -> CachedDigest | None:
        """Return the digest of a value if it is cached and still that of the value.

        ``bound_in`` returns the number of the cell that bound its name.
        """
        seen = self._seen.get(id(value))
        if seen is not None and seen.value is value:
            return seen
        entry = self._previous.get(id(value))
        if entry is None or entry.value is not value:
            return None
        began = time.perf_counter()
        current = self._checked(entry, began, bound_in)
        if self._left is not None:
            self._left -= time.perf_counter() - began
        if current is not None:
            self.entries[id(value)] = entry
            self._seen[id(value)] = current
        return current

    def _checked(
        self, entry: CachedDigest, now: float, bound_in: Callable[[], int]
    ) -> CachedDigest | None:
        if entry.immutable:
            return entry
        value, witness = entry.value, entry.witness
        if self._left is None or entry.cell_number != bound_in():
            return entry if witness is not None and witness.holds(value) else None
        if entry.size > LARGE:  # said on the card
            return entry
        if entry.seconds <= self._left:
            if witness is None:
                return None
            if witness.holds(value, now + self._left) is not False:
                return entry
        elif witness is None or witness.ends_hold(value):
            return entry
        if entry.digesting <= self._left:
            return None
        return replace(entry, digest=digest(["changed", entry.digest]), texts={})

    def put(self, entry: CachedDigest) -> None:
        """Cache the digest of a value."""
        self.entries[id(entry.value)] = self._seen[id(entry.value)] = entry
        if self._left is not None:
            self._left -= entry.digesting
