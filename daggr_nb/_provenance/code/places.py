"""Where captured data is: which object it is, and the name that it is bound to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from daggr_nb._provenance.code.roles import is_immutable

PlaceKey: TypeAlias = tuple[int, str]  # (id of the object, ""), or (id of a name space, name)


@dataclass(frozen=True)
class Place:
    """Captured data: the value now, and the keys by which two functions mean the same."""

    keys: tuple[PlaceKey, ...]
    value: Any
    mutable: bool

    @classmethod
    def of(cls, name: str, value: Any, holder: Any = None, large: bool = False) -> Place:
        """Return where ``value`` is; ``holder`` is a name space, or the closure's cell.

        What is ``large`` is not held on to, and known by its name only.
        """
        keys: list[PlaceKey] = []
        is_mutable = large or not is_immutable(value)
        if is_mutable and not large:
            keys.append((id(value), ""))
        if holder is not None:
            keys.append((id(holder), name))
        return cls(tuple(keys), None if large else value, is_mutable)

    def writable(self, rebound: frozenset[str]) -> bool:
        """Whether code that binds the names ``rebound`` anew can change this at all."""
        return self.mutable or any(name in rebound for _, name in self.keys)
