"""Captured data above 16 MB: its digest is kept until its name is bound again, or a run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._ids import Digest

LARGE = 16_000_000


@dataclass(frozen=True)
class Seen:
    """The digest of a large value, and what it was taken from.

    ``bound_at`` is the cell that bound its name; ``stands`` says which code in it was referred to
    by what. The value is kept, so that its id stands for no other.
    """

    value: Any
    bound_at: int
    digest: Digest
    size: int
    stands: Sequence[tuple[Any, Any]]


class Large:
    """What one pass over code finds of large data: ``seen``, for the next. It relies on ``known``.

    Without ``known`` everything is digested, as it has to be before a run.
    """

    def __init__(self, known: Mapping[int, Seen] | None = None) -> None:
        self.seen: dict[int, Seen] = {}
        self._known = known or {}

    def recall(self, value: Any) -> Seen | None:
        """Return what is known of a value, if it is known."""
        found = self._known.get(id(value)) or self.seen.get(id(value))
        return found if found is not None and found.value is value else None

    def remember(self, found: Seen) -> None:
        """Keep what was found of a value."""
        self.seen[id(found.value)] = found
