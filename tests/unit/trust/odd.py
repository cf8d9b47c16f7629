"""Bodies and values that do what nobody expects, by families: what must not get out of its card."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Act = Callable[[], Any]


@dataclass(frozen=True)
class Raised:
    """Something that ends a body other than by returning."""

    name: str
    act: Act


@dataclass(frozen=True)
class Odd:
    """A value that is made when it is needed; ``make`` is module level or a plain closure."""

    name: str
    make: Callable[[], Any]


class Abort(BaseException):
    """An error that is no ``Exception``."""


class Silent(Exception):
    """An error that cannot be told."""

    def __str__(self) -> str:
        raise Abort("no text")

    __repr__ = __str__


class Leaving(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__


class NoText(Exception):
    def __str__(self) -> Any:
        return 7


class Unclassed(Exception):
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise Abort("no class")


class Traceless(Exception):
    @property
    def __traceback__(self) -> Any:
        raise Abort("no traceback")

    @property
    def __cause__(self) -> Any:
        raise Abort("no cause")


class OddText(str):
    """A text that answers nothing."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise Abort("no answer")

    __len__ = __str__ = __repr__ = __getitem__ = __eq__ = __add__ = _refuse  # type: ignore[assignment]
    __hash__ = str.__hash__
    strip = split = encode = format = _refuse  # type: ignore[assignment]


class SaysOddText(Exception):
    def __str__(self) -> str:
        return OddText("odd")


def _raises(error: BaseException | type[BaseException]) -> Act:
    def act() -> Any:
        raise error

    return act


def _recursion() -> Any:
    return _recursion()


def _chained() -> Any:
    try:
        raise Silent
    except Silent as error:
        raise ValueError("after") from error


def _circular() -> Any:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one


def _group() -> Any:
    if sys.version_info < (3, 11):
        raise ValueError("no groups yet")
    raise BaseExceptionGroup("several", [ValueError("one"), SystemExit(1)])  # noqa: F821


def _stops_the_loop() -> Any:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop().stop()
    raise ValueError("and on")


def _late_exit() -> Any:
    """Leave a callback and a task behind that exit, if there is a loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise ValueError("no loop") from None

    async def leave() -> None:
        raise SystemExit(1)

    loop.call_soon(sys.exit)
    loop.kept = loop.create_task(leave())  # type: ignore[attr-defined]
    raise ValueError("and on")


def _surrogates() -> Any:
    raise ValueError("half \ud83d of a pair")


def _enormous() -> Any:
    raise ValueError("long " * 1_000_000)


RAISED = [
    *(
        Raised(kind.__name__, _raises(kind("raised")))
        for kind in (
            Exception,
            ValueError,
            Abort,
            BaseException,
            SystemExit,
            KeyboardInterrupt,
            GeneratorExit,
            RecursionError,
            MemoryError,
            StopIteration,
            StopAsyncIteration,
            asyncio.CancelledError,
            asyncio.TimeoutError,
            concurrent.futures.CancelledError,
            concurrent.futures.InvalidStateError,
            Silent,
            Leaving,
            NoText,
            Unclassed,
            Traceless,
            SaysOddText,
        )
    ),
    Raised("exit", lambda: sys.exit("goodbye")),
    Raised("a class", _raises(KeyError)),
    Raised("no error at all", lambda: (_ for _ in ()).throw(7)),  # type: ignore[call-overload]
    Raised("recursion", _recursion),
    Raised("a chain with one that cannot be told", _chained),
    Raised("a circle of causes", _circular),
    Raised("a group", _group),
    Raised("stops the loop", _stops_the_loop),
    Raised("leaves exits behind", _late_exit),
    Raised("half a pair", _surrogates),
    Raised("a long text", _enormous),
    Raised("a wrong count of digits", lambda: str(10**5_000)),
]


# ---------------------------------------------------------------- hostile objects

_ERRORS: tuple[type[BaseException], ...] = (ValueError, Abort, SystemExit, KeyboardInterrupt)
_METHODS = (
    "__repr__",
    "__str__",
    "__len__",
    "__eq__",
    "__hash__",
    "__bool__",
    "__iter__",
    "__call__",
    "__del__",
    "__reduce_ex__",
    "__reduce__",
    "__getstate__",
    "__getattr__",
    "__getattribute__",
    "__daggr_digest__",
    "__sizeof__",
    "__format__",
    "__array__",
    "__fspath__",
    "__next__",
    "__enter__",
    "__instancecheck__",
    "_repr_html_",
    "_repr_mimebundle_",
    "close",
    "read",
)
_PROPERTIES = (
    "__class__",
    "__dict__",
    "__doc__",
    "__module__",
    "__name__",
    "__wrapped__",
    "__self__",
    "nbytes",
    "shape",
    "dtype",
    "columns",
    "figure",
    "axes",
    "data",
    "role",
)


class Hostile:
    """The base of objects of which one method or property raises."""


def _hostile(name: str, error: type[BaseException], *, is_property: bool) -> type:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise error(f"{name} is refused")

    members: dict[str, Any] = {name: property(refuse) if is_property else refuse}
    if name == "__eq__":
        members["__hash__"] = object.__hash__
    return type(f"Odd{name.strip('_').title()}{error.__name__}", (Hostile,), members)


def _instance(kind: type) -> Callable[[], Any]:
    return lambda: object.__new__(kind)


def hostile() -> list[Odd]:
    """Return objects of which one method or property raises or exits."""
    odd = []
    for number, name in enumerate((*_METHODS, *_PROPERTIES)):
        errors = (
            _ERRORS
            if name in ("__reduce_ex__", "__daggr_digest__", "nbytes", "__class__")
            else (_ERRORS[number % len(_ERRORS)],)
        )
        for error in errors:
            kind = _hostile(name, error, is_property=name in _PROPERTIES)
            odd.append(Odd(f"{name} {error.__name__}", _instance(kind)))
    return odd
