"""Which names people are shown, by help, by the tab key and in a signature."""

from __future__ import annotations

import pkgutil
import sys
from abc import ABCMeta
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, cast

_PACKAGE = __name__.partition(".")[0]


class NotGiven:
    """A sentinel: an argument that nobody gave, as a signature shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<not given>"


NOT_GIVEN: Any = NotGiven()


class OfferedNames(type):
    """The class of classes whose ``dir`` names what people use, and not what the engine asks.

    What a person's own subclass defines is named in any case.
    """

    def names_for_others(cls) -> AbstractSet[str]:
        """Return the names that are not for people."""
        return frozenset()

    def __dir__(cls) -> list[str]:
        theirs = {name for kind in cls.__mro__ if not is_ours(kind) for name in vars(kind)}
        return sorted({*super().__dir__()} - (cls.names_for_others() - theirs))


class PublicNames(OfferedNames, ABCMeta):
    """The same of classes that may be abstract."""


class HeldNames(OfferedNames):
    """The same of classes of what people hold and do not make: these say which are for others."""

    def names_for_others(cls) -> AbstractSet[str]:
        each = (vars(kind).get("_for_others", ()) for kind in cls.__mro__)
        return frozenset().union(*each)


class Held(metaclass=HeldNames):
    """What people hold: the tab key leaves out what is there for the engine and for views."""

    _for_others: ClassVar[frozenset[str]] = frozenset()

    def __dir__(self) -> list[str]:
        return offered_by(self)


def offered_by(thing: object) -> list[str]:
    """Return what ``dir`` names of an object, whose class is one of :class:`OfferedNames`."""
    kind: Any = type(thing)
    return sorted({*dir(kind), *(vars(thing).keys() - kind.names_for_others())})


class PackagePath(list[str]):
    """Where the modules of a package are; ``help`` lists those that people import, and no others.

    It lists every module that it finds, and has no way to say which are private. Imports, and who
    packs modules up, find all.
    """

    def __iter__(self) -> Iterator[str]:
        caller = sys._getframe(1).f_back  # noqa: SLF001 - nothing else tells who asks
        if caller is None or caller.f_globals.get("__name__") != "pydoc":
            return super().__iter__()
        folders = list(super().__iter__())
        listing = f"{folders[0]} (public)"
        sys.path_importer_cache[listing] = cast("Any", _PublicModules(folders))
        return iter([listing])


class _PublicModules:
    """Lists modules as :mod:`pkgutil` asks for them, and finds none."""

    def __init__(self, folders: list[str]) -> None:
        self._folders = folders

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Yield names and whether they are packages."""
        for module in pkgutil.iter_modules(self._folders, prefix):
            if not module.name.removeprefix(prefix).startswith("_"):
                yield module.name, module.ispkg

    def find_spec(self, fullname: str, target: object = None) -> None:
        """Find nothing: it is no place to import from."""


def is_ours(kind: type) -> bool:
    """Whether a class is part of this package."""
    return kind.__module__.partition(".")[0] == _PACKAGE
