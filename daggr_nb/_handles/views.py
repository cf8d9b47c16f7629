"""What a graph hands out as an attribute, and made anew each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NoReturn, TypeVar, overload

Owner = TypeVar("Owner")
View = TypeVar("View")


class view(Generic[Owner, View]):  # noqa: N801 - a decorator, like property
    """A property without effects, which completion may therefore read.

    The tab key after ``graph.results["`` offers nodes: IPython evaluates what stands before the
    bracket, but no ``property``, as those may do anything.
    """

    def __init__(self, make: Callable[[Owner], View]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> view[Owner, View]: ...

    @overload
    def __get__(self, owner: Owner, kind: type) -> View: ...

    def __get__(self, owner: Owner | None, kind: type) -> View | view[Owner, View]:
        return self if owner is None else self._make(owner)

    def __set__(self, owner: Owner, value: object) -> NoReturn:
        raise AttributeError(
            f"{self._name!r} is read-only, got {value!r}. Change what it holds: "
            f"graph.{self._name}[...] = ..., or one of its methods."
        )
