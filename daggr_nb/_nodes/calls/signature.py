"""What a function takes: its parameters, their annotations, and which one is the context."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
import typing
import weakref
from collections import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Signature:
    """The parameters of a function that can be inputs.

    ``open`` says that it takes any other keyword as well, ``positional`` that what is really called
    goes by positions: a wrapper that shows the names of what it wraps, and takes ``*args``.
    """

    parameters: Mapping[str, inspect.Parameter]
    open: bool
    hints: Mapping[str, Any]
    positional: bool = False
    returns: Any = Any
    """The type of the value that counts: of the last one of a generator, of what is awaited."""

    @property
    def optional(self) -> frozenset[str]:
        """The parameters that have a default."""
        return frozenset(n for n, p in self.parameters.items() if p.default is not p.empty)

    def annotated_with(self, kind: type) -> str | None:
        """Return the parameter annotated with ``kind``, which may be optional, if there is one."""
        return next((name for name in self.parameters if _is(self.hints.get(name), kind)), None)

    def call(self, fn: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Call ``fn`` with arguments by name; those that go by position only are put in place."""
        keywords, positional = dict(arguments), []
        kinds: set[Any] = {inspect.Parameter.POSITIONAL_ONLY}
        if self.positional:
            kinds.add(inspect.Parameter.POSITIONAL_OR_KEYWORD)
        ordered = [p for p in self.parameters.values() if p.kind in kinds]
        while ordered and ordered[-1].name not in keywords:
            ordered.pop()
        for parameter in ordered:
            positional.append(keywords.pop(parameter.name, parameter.default))
        return fn(*positional, **keywords)


def signature_of(fn: Callable[..., Any]) -> Signature:
    """Return what ``fn`` takes; memoized for plain functions, of which a graph may use many."""
    if not isinstance(fn, types.FunctionType) or fn.__dict__:
        return _read(fn)
    # the cache may not be keyed by what can change under it
    state = (fn.__code__, fn.__defaults__, fn.__kwdefaults__, fn.__annotations__)
    cached = _signatures.get(fn)
    if cached is None or not all(a is b for a, b in zip(cached[0], state, strict=True)):
        cached = _signatures[fn] = (state, _read(fn))
    return cached[1]


_signatures: weakref.WeakKeyDictionary[Any, tuple[tuple[Any, ...], Signature]]
_signatures = weakref.WeakKeyDictionary()


def _read(fn: Callable[..., Any]) -> Signature:
    try:
        parameters = inspect.signature(fn).parameters
    except (TypeError, ValueError):  # some C functions have no signature to read
        return Signature({}, True, {})
    inputs = {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    function = _function_of(fn)
    hints = _hints(function)
    returns = fn if isinstance(fn, type) else _result_type(function, hints.get("return", Any))
    return Signature(inputs, open_ended, hints, _goes_by_position(fn), returns)


def _goes_by_position(fn: Any) -> bool:
    """Whether keywords would not arrive at what ``fn`` really calls, or not where they should."""
    if hasattr(fn, "dispatch") and hasattr(fn, "registry"):  # singledispatch looks at the first
        return True
    if not hasattr(fn, "__wrapped__"):
        return False
    try:
        real = inspect.signature(fn, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = {parameter.kind for parameter in real}
    takes_positions = inspect.Parameter.VAR_POSITIONAL in kinds
    takes_positions = takes_positions or inspect.Parameter.POSITIONAL_ONLY in kinds
    return takes_positions and inspect.Parameter.VAR_KEYWORD not in kinds


def _function_of(fn: Any) -> Any:
    """Return the function that holds the annotations of ``fn``."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    if isinstance(fn, type):
        return fn.__init__  # type: ignore[misc]
    return fn if inspect.isroutine(fn) or hasattr(fn, "__wrapped__") else type(fn).__call__


def parts_of(returns: Any) -> dict[str, Any]:
    """Return the parts of a value annotated ``returns``, name to type; empty for one that is whole.

    A tuple of known length has ``output_0``, ``output_1`` and so on, a ``NamedTuple`` or a
    dataclass its fields.
    """
    if typing.get_origin(returns) is tuple:
        types_ = typing.get_args(returns)
        if len(types_) < 2 or types_[-1] is ...:
            return {}
        return {f"output_{index}": each for index, each in enumerate(types_)}
    names: Sequence[str] = ()
    if isinstance(returns, type) and issubclass(returns, tuple):
        names = getattr(returns, "_fields", ())
    elif isinstance(returns, type) and dataclasses.is_dataclass(returns):
        names = [each.name for each in dataclasses.fields(returns)]
    if len(names) < 2:
        return {}
    hints = _hints(returns)
    return {name: hints.get(name, Any) for name in names}


def by_position(returns: Any, ports: Sequence[str]) -> dict[str, Any]:
    """Return the types of several ports that take a value annotated ``returns`` apart."""
    named = parts_of(returns)
    if named.keys() == set(ports):
        return named
    parts = typing.get_args(returns) if typing.get_origin(returns) is tuple else ()
    if len(parts) == 2 and parts[1] is ...:
        return dict.fromkeys(ports, parts[0])
    return dict(zip(ports, parts, strict=True)) if len(parts) == len(ports) else {}


def _result_type(fn: Any, annotation: Any) -> Any:
    """Return the type of what becomes of a returned value, see :func:`calling.resolve`."""
    if type(annotation) is type and annotation.__module__ != "collections.abc":
        return annotation
    origin, parts = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        return parts[0] if parts and origin in _STREAMS else Any
    if origin in (abc.Generator, abc.AsyncGenerator):
        return parts[0] if parts else Any
    if origin in (abc.Coroutine, abc.Awaitable):
        return parts[-1] if parts else Any
    return Any if origin in _STREAMS - {abc.Iterable} else annotation


_STREAMS = frozenset(
    {
        *(abc.Generator, abc.Iterator, abc.Iterable),
        *(abc.AsyncGenerator, abc.AsyncIterator, abc.AsyncIterable),
    }
)


def _hints(fn: Any) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(fn, include_extras=True)
    except Exception:  # noqa: BLE001 - an annotation may name anything and need not resolve
        return dict(getattr(fn, "__annotations__", {}))


def _is(annotation: Any, kind: type) -> bool:
    if isinstance(annotation, str):  # it could not be resolved
        return annotation.replace("| None", "").strip().rpartition(".")[2] == kind.__name__
    return annotation is kind or kind in typing.get_args(annotation)
