"""Which names people are shown, by help, by the tab key and in a signature."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Set as AbstractSet
from typing import Any

_PACKAGE = __name__.partition(".")[0]


class NotGiven:
    """A sentinel: an argument that nobody gave, as a signature shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<not given>"


NOT_GIVEN: Any = NotGiven()


class PublicNames(ABCMeta):
    """The class of classes whose ``dir`` names what people use, and not what the engine asks.

    What a person's own subclass defines is named in any case.
    """

    def names_for_others(cls) -> AbstractSet[str]:
        """Return the names that are not for people."""
        return frozenset()

    def __dir__(cls) -> list[str]:
        theirs = {name for kind in cls.__mro__ if not is_ours(kind) for name in vars(kind)}
        return sorted({*super().__dir__()} - (cls.names_for_others() - theirs))


def is_ours(kind: type) -> bool:
    """Whether a class is part of this package."""
    return kind.__module__.partition(".")[0] == _PACKAGE
