"""Bodies and values that do what nobody expects, by families: what must not get out of its card."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import datetime
import decimal
import enum
import fractions
import functools
import importlib
import io
import math
import os
import pathlib
import queue
import sys
import threading
import types
import unittest.mock
import weakref
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
    hostile: bool = False


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


refusing_to_go: set[str] = set()
"""The tests in which objects raise when they are let go of."""


class Hostile:
    """The base of objects of which one method or property raises."""


def _hostile(name: str, error: type[BaseException], *, is_property: bool) -> type:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name == "__del__" and not refusing_to_go:  # its test is over, and Python tells of it
            return
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
            odd.append(Odd(f"{name} {error.__name__}", _instance(kind), hostile=True))
    return odd


# ---------------------------------------------------------------- odd values


def _nested(depth: int, kind: type) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value} if kind is dict else kind([value])
    return value


def _circle(kind: type) -> Any:
    if kind is dict:
        circle: Any = {}
        circle["me"] = circle
        return circle
    own: list[Any] = [1]
    own += [own, own]
    return own if kind is list else (own,)


def _doubled(times: int) -> Any:
    value: Any = ["leaf"]
    for _ in range(times):
        value = [value, value]
    return value


def _plain_values() -> dict[str, Callable[[], Any]]:
    half = "half \ud83d of a pair"
    return {
        "2000 factorial": lambda: math.factorial(2000),
        "minus a long one": lambda: -(10**5_000),
        "long ones in a list": lambda: [10**5_000, 10**9_000],
        "a long one as a key": lambda: {10**5_000: 1, -1: 2},
        "long ones in a set": lambda: {10**5_000},
        "a very long one": lambda: 1 << 1_000_000,
        "a bool of int": lambda: type("Yes", (int,), {})(10**5_000),
        "a fraction": lambda: fractions.Fraction(10**5_000, 3),
        "a decimal": lambda: decimal.Decimal("1e100000"),
        "a decimal that is none": lambda: decimal.Decimal("sNaN"),
        "a complex NaN": lambda: complex(float("nan"), float("inf")),
        "NaN": lambda: float("nan"),
        "infinity": lambda: float("-inf"),
        "NaN in a list": lambda: [float("nan"), {"x": float("inf")}],
        "NaN as a key": lambda: {float("nan"): 1},
        **{f"a circle of {k.__name__}": functools.partial(_circle, k) for k in (list, dict, tuple)},
        **{
            f"{depth} deep in {kind.__name__}": functools.partial(_nested, depth, kind)
            for depth in (30, 5_000, 100_000)
            for kind in (list, tuple, dict)
        },
        "shared 12 times over": lambda: _doubled(12),
        "a list of itself alone": lambda: (lambda x: x.append(x) or x)([]),
        "two that hold each other": lambda: (lambda a, b: a.append(b) or b.append(a) or a)([], []),
        "half a pair": lambda: half,
        "half a pair in a list": lambda: [half],
        "half a pair as a key": lambda: {half: {half: half}},
        "half a pair in a tuple of texts": lambda: (half, "whole"),
        "half a pair in bytes": lambda: half.encode("utf-8", "surrogatepass"),
        "half a pair in a path": lambda: pathlib.Path("/nowhere/\udcff"),
        "a name that no codec has": lambda: pathlib.Path(os.fsdecode(b"/nowhere/\xff\xfe.png")),
        "the other half": lambda: "\udc00 alone",
        "half a pair in html": lambda: Shows("_repr_html_", f"<b>{half}</b>"),
        "half a pair in svg": lambda: Shows("_repr_svg_", f"<svg>{half}</svg>"),
        "half a pair in markdown": lambda: Shows("_repr_markdown_", f"**{half}**"),
        "half a pair in latex": lambda: Shows("_repr_latex_", f"${half}$"),
        "half a pair in a repr": lambda: Shows("__repr__", half),
        "half a pair in an error": lambda: ValueError(half),
        "nulls": lambda: "a\x00b\x1b[31mred\x08\x7f\uffff\ufffe",
        "nulls in html": lambda: Shows("_repr_html_", "<p>a\x00b</p><script>x</script>"),
        "an enormous text": lambda: "x" * 20_000_000,
        "an enormous line": lambda: "<b>" * 300_000,
        "right to left": lambda: "\u202eabc\u2066" * 1_000,
        "markdown ten thousand deep": lambda: Shows("_repr_markdown_", ">" * 10_000 + "x"),
        "brackets": lambda: Shows("_repr_markdown_", "[" * 20_000),
        "an odd text": lambda: OddText("odd"),
        "an odd text in a list": lambda: [OddText("odd")],
        "an odd text as a key": lambda: {OddText("odd"): 1},
        "empty bytes": lambda: b"",
        "bytes of no picture": lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 40,
        "bytes of no jpeg": lambda: b"\xff\xd8\xff" + b"x" * 40,
        "bytes of no gif": lambda: b"GIF89a" + b"\xff" * 9,
        "bytes of no svg": lambda: b"<svg" + b"\xff" * 40,
        "a picture in a repr that is none": lambda: Shows("_repr_png_", b"\x89PNG\r\n\x1a\nnone"),
        "a picture in a repr that is text": lambda: Shows("_repr_png_", "no base64 \ud83d"),
        "a bundle that is none": lambda: Shows("_repr_mimebundle_", 5),
        "a bundle of odd things": lambda: Shows(
            "_repr_mimebundle_", {"text/html": 5, "image/png": object(), "text/markdown": [half]}
        ),
        "a bytearray": lambda: bytearray(b"abc"),
        "a memoryview": lambda: memoryview(b"abc"),
        "a released memoryview": _released,
        "a range": lambda: range(10**20),
        "a slice": lambda: slice(10**5_000),
        "an ellipsis": lambda: ...,
        "not implemented": lambda: NotImplemented,
        "a module": lambda: math,
        "a module without a name": _nameless_module,
        "a class": lambda: Hostile,
        "a class that cannot be told": lambda: Untold,
        "an instance of it": lambda: Untold(),
        "a generator": lambda: (i for i in range(3)),
        "a generator that raises": lambda: (1 // i for i in (1, 0)),
        "a coroutine function": lambda: asyncio.sleep,
        "a builtin": lambda: len,
        "a lambda": lambda: lambda: 1,
        "a partial": lambda: functools.partial(len),
        "a lock": threading.Lock,
        "a condition": threading.Condition,
        "a thread": threading.Thread,
        "a queue": queue.Queue,
        "a weak reference": lambda: weakref.ref(Hostile),
        "a dead weak reference": lambda: weakref.ref(Hostile()),
        "a proxy": lambda: weakref.proxy(Hostile),
        "a dead proxy": lambda: weakref.proxy(Hostile()),
        "a proxy out of its time": lambda: Proxy(_unbound),
        "a proxy of a list": lambda: Proxy(lambda: [1, 2]),
        "a closed file": _closed_file,
        "a file": lambda: pathlib.Path(__file__).open(encoding="utf-8"),
        "closed bytes": _closed_bytes,
        "a frame object": sys._getframe,  # noqa: SLF001 - a frame as a value
        "a traceback": _trace,
        "a code object": lambda: _trace.__code__,
        "a cell": lambda: (lambda x: (lambda: x).__closure__)(1),
        "a mapping proxy": lambda: vars(Hostile),
        "a namespace with itself": _namespace,
        "a mock": unittest.mock.MagicMock,
        "a mock of a dict": lambda: unittest.mock.MagicMock(spec=dict),
        "a mock of a list": lambda: unittest.mock.MagicMock(spec=list),
        "a mock of a text": lambda: unittest.mock.MagicMock(spec=str),
        "mocks in a list": lambda: [unittest.mock.MagicMock(), unittest.mock.MagicMock()],
        "a mock as a key": lambda: {unittest.mock.MagicMock(): 1},
        "an async mock": unittest.mock.AsyncMock,
        "a dict of another kind": lambda: Liar({"a": 1}),
        "a list of another kind": lambda: LyingList([1, 2]),
        "an enum of odd values": lambda: enum.Enum("Odd", {"a": half, "b": float("nan")}).a,
        "a date": lambda: datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc),
        "a delta": lambda: datetime.timedelta.max,
        "a default dict": lambda: collections.defaultdict(lambda: 1, {(1, 2): [half]}),
        "a counter": lambda: collections.Counter({float("nan"): 10**30}),
        "a named tuple": lambda: collections.namedtuple("Pair", "a b")(half, 10**5_000),
        "a chain map": lambda: collections.ChainMap({"a": 1}, {half: 2}),
        "an error": lambda: ValueError("told"),
        "an error that cannot be told": Silent,
        "an error without a class": lambda: Unclassed("odd"),
        "errors in a list": lambda: [Silent(), Leaving()],
    }


class Shows:
    """An object that shows itself by one method."""

    def __init__(self, method: str, answer: Any) -> None:
        self._method, self._answer = method, answer

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def _shown(self, method: str) -> Any:
        return self._answer if method == self._method else None

    def __repr__(self) -> str:
        return str(self._shown("__repr__") or "shows itself")

    def _repr_html_(self) -> Any:
        return self._shown("_repr_html_")

    def _repr_svg_(self) -> Any:
        return self._shown("_repr_svg_")

    def _repr_png_(self) -> Any:
        return self._shown("_repr_png_")

    def _repr_markdown_(self) -> Any:
        return self._shown("_repr_markdown_")

    def _repr_latex_(self) -> Any:
        return self._shown("_repr_latex_")

    def _repr_mimebundle_(self) -> Any:
        return self._shown("_repr_mimebundle_")


class _UntoldMeta(type):
    def __repr__(cls) -> str:
        raise Abort("no class")


class Untold(metaclass=_UntoldMeta):
    """An instance of a class that cannot be told."""

    __name__ = property(lambda self: 1 // 0)

    def __repr__(self) -> str:
        return repr(type(self))


class Liar(dict):  # type: ignore[type-arg]
    """A dict whose methods do not know of it."""

    def items(self) -> Any:
        return 5

    def __iter__(self) -> Any:
        raise Abort("no items")

    def __len__(self) -> int:
        raise Abort("no length")


class LyingList(list):  # type: ignore[type-arg]
    def __getitem__(self, place: Any) -> Any:
        return self

    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> Any:
        raise ValueError("no items")


class Proxy:
    """Stands for what a function returns, as werkzeug's LocalProxy does: class and all."""

    def __init__(self, local: Callable[[], Any]) -> None:
        object.__setattr__(self, "_Proxy__local", local)

    def __getattribute__(self, name: str) -> Any:
        if name in ("_Proxy__local", "_get_current_object"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_Proxy__local")(), name)

    def __call__(self, *args: Any) -> Any:
        return self.__local()(*args)

    def __len__(self) -> int:
        return len(self.__local())

    def __iter__(self) -> Any:
        return iter(self.__local())

    def __getitem__(self, place: Any) -> Any:
        return self.__local()[place]

    def __eq__(self, other: object) -> bool:
        return bool(self.__local() == other)

    def __hash__(self) -> int:
        return hash(self.__local())

    def __repr__(self) -> str:
        return repr(self.__local())


def _unbound() -> Any:
    raise RuntimeError("Working outside of request context.")


def _nameless_module() -> Any:
    module = types.ModuleType("odd")
    del module.__name__
    return module


def _released() -> Any:
    view = memoryview(b"abc")
    view.release()
    return view


def _closed_file() -> Any:
    with pathlib.Path(__file__).open(encoding="utf-8") as file:
        return file


def _closed_bytes() -> Any:
    buffer = io.BytesIO(b"abc")
    buffer.close()
    return buffer


def _trace() -> Any:
    try:
        raise ValueError("odd")
    except ValueError as error:
        return error.__traceback__


def _namespace() -> Any:
    space = types.SimpleNamespace()
    space.me = space
    return space


def _library_values() -> dict[str, Callable[[], Any]]:
    """Return values of libraries; each is made when it is needed, and needs the library."""
    half = "half \ud83d of a pair"

    def numpy(make: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: make(importlib.import_module("numpy"))

    def pandas(make: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: make(importlib.import_module("pandas"))

    def pil(make: Callable[[Any], Any]) -> Callable[[], Any]:
        return lambda: make(importlib.import_module("PIL.Image"))

    def closed(image: Any) -> Any:
        picture = image.new("RGB", (4, 4))
        picture.close()
        return picture

    def truncated(image: Any) -> Any:
        buffer = io.BytesIO()
        image.effect_noise((64, 64), 50).save(buffer, "png")
        return image.open(io.BytesIO(buffer.getvalue()[:600]))

    def formula() -> Any:
        figure = importlib.import_module("matplotlib.figure").Figure()
        figure.subplots().set_title("$\\frac{$")
        return figure

    def no_size() -> Any:
        figure = importlib.import_module("matplotlib.figure").Figure()
        figure.set_size_inches(0.0001, 1e9)
        return figure

    return {
        "a matrix": numpy(lambda np: np.matrix([[1, 2], [3, 4]])),
        "an empty array": numpy(lambda np: np.empty((0, 3))),
        "an array of nothing": numpy(lambda np: np.array(None)),
        "an array of objects": numpy(lambda np: np.array([object(), Silent(), half], dtype=object)),
        "an array with itself": numpy(_array_of_itself),
        "masked": numpy(lambda np: np.ma.masked_array([1, 2], mask=[True, True])),
        "the masked one": numpy(lambda np: np.ma.masked),
        "a structured array": numpy(lambda np: np.zeros(3, dtype=[("a", "i4"), ("b", "U3")])),
        "a record": numpy(lambda np: np.rec.array([(1, "a")], dtype=[("a", "i4"), ("b", "U3")])[0]),
        "voids": numpy(lambda np: np.zeros(2, dtype="V5")),
        "moments": numpy(lambda np: np.array(["NaT", "2020-01-01"], dtype="M8[D]")),
        "no moment": numpy(lambda np: np.datetime64("NaT")),
        "half a pair in an array": numpy(lambda np: np.array([half])),
        "bytes in an array": numpy(lambda np: np.array([b"\xff"])),
        "a picture of NaN": numpy(lambda np: np.full((4, 4, 3), np.nan)),
        "a scalar NaN": numpy(lambda np: np.float64("nan")),
        "a long double": numpy(lambda np: np.longdouble("1e4000")),
        "a half": numpy(lambda np: np.float16(65504) * 2),
        "a frame": pandas(lambda pd: pd.DataFrame({"a": [1, None], "b": ["x", half]})),
        "columns twice": pandas(lambda pd: pd.DataFrame([[1, 2]], columns=["a", "a"])),
        "odd columns": pandas(
            lambda pd: pd.DataFrame([[1, 2, 3]], columns=[half, 10**5_000, None])
        ),
        "no columns": pandas(lambda pd: pd.DataFrame(index=[1, 2])),
        "no rows": pandas(lambda pd: pd.DataFrame(columns=["a"])),
        "columns of tuples": pandas(
            lambda pd: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", half)]))
        ),
        "an odd index": pandas(lambda pd: pd.DataFrame({"a": [1]}, index=[half])),
        "objects in a frame": pandas(
            lambda pd: pd.DataFrame({"a": [Silent(), object(), 10**5_000, {1: 2}, _circle(list)]})
        ),
        "missing of all kinds": pandas(
            lambda pd: pd.DataFrame({"a": [pd.NA, pd.NaT, None, float("nan"), float("inf")]})
        ),
        "a category": pandas(lambda pd: pd.DataFrame({"a": pd.Categorical(["x", None])})),
        "periods": pandas(lambda pd: pd.DataFrame({"a": pd.period_range("2020", periods=2)})),
        "a series": pandas(lambda pd: pd.Series([half, 10**5_000, Silent()], name=half)),
        "an index": pandas(lambda pd: pd.Index([half])),
        "a closed picture": pil(closed),
        "a truncated picture": pil(truncated),
        "a picture of no size": pil(lambda image: image.new("RGB", (0, 5))),
        "a picture of floats": pil(lambda image: image.new("F", (4, 4))),
        "pictures in a list": pil(lambda image: [closed(image), image.new("L", (4, 4))]),
        "a wrong formula": formula,
        "a figure of no size": no_size,
    }


def _array_of_itself(np: Any) -> Any:
    array = np.empty(1, dtype=object)
    array[0] = array
    return array


def odd_values() -> list[Odd]:
    """Return what a card may be asked to show."""
    values = {**_plain_values(), **_library_values()}
    return [*(Odd(name, make) for name, make in values.items()), *hostile()]
