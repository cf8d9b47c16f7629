"""Bodies and values as bytes for another process, and back.

Functions and classes of the person's own go by value: code with its file and lines, helpers,
globals, closures, modules that are in no installed package. Packages go by name. A class that
comes back is the very one that went away.
"""

from __future__ import annotations

import collections
import functools
import io
import marshal
import pickle
import sys
import threading
import types
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from daggr_nb._model.body import Body
from daggr_nb._model.node import Node, Port
from daggr_nb._provenance.packages import installed_module
from daggr_nb.errors import ExecutorError, is_interrupt, text_of

LARGEST = 16_000_000  # bytes of what a function captures
_lock = threading.RLock()
_classes: weakref.WeakValueDictionary[str, type] = weakref.WeakValueDictionary()
_identities: weakref.WeakKeyDictionary[type, str] = weakref.WeakKeyDictionary()
_LOADER = frozenset({"__builtins__", "__cached__", "__loader__", "__spec__"})
_CACHED = type(functools.lru_cache(lambda: None))


def require() -> None:
    """Raise :class:`~daggr_nb.errors.ExecutorError` if nothing can be sent."""
    try:
        import cloudpickle  # noqa: F401, PLC0415 - optional
    except ImportError:
        raise ExecutorError(
            'executor="processes" expected the library cloudpickle, which sends functions, and '
            'there is none. Install it: pip install "daggr_nb[processes]"'
        ) from None


# ---------------------------------------------------------------- to bytes


def packed_body(body: Body) -> bytes:
    """Return a body as bytes, as it is now.

    Raises :class:`~daggr_nb.errors.ExecutorError` that names what cannot be sent.
    """
    require()
    try:
        data = packed(body, limit=LARGEST)
    except _TooLargeError:
        data = b""
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise _unsendable(body, error) from error
    if data and len(data) <= LARGEST:
        return data
    name, size = _largest(body)
    raise ExecutorError(
        f"{body.name!r} captures {name}, of {size / 1e6:,.0f} MB, which would be sent to every "
        f"process. Expected at most {LARGEST / 1e6:.0f} MB: pass it as an input, which is stored "
        "and sent by itself, or load it in the function.",
        node=body.name,
    )


def packed_inputs(node: str, inputs: Mapping[str, Any]) -> bytes:
    """Return the values of a node's inputs as bytes; raises an error that names the port."""
    try:
        return packed(dict(inputs))
    except BaseException as error:
        if is_interrupt(error):
            raise
        port, path, why = next(_refused(inputs.items()), ("", "", text_of(error)))
        raise ExecutorError(
            f"{node}.{port} cannot be sent to a process: {path} is {why}. Expected a value that "
            'can be pickled: pass what it is made from, or run the node with executor="threads".',
            node=node,
            port=port,
        ) from error


def packed(value: Any, limit: int | None = None) -> bytes:
    """Return any value as bytes."""
    import cloudpickle  # noqa: PLC0415 - optional

    buffer = io.BytesIO()
    with _lock:
        own = _own_modules(cloudpickle)
        try:
            _pickler()(buffer, limit).dump(value)
        finally:
            for module in own:
                cloudpickle.unregister_pickle_by_value(module)
    return buffer.getvalue()


def unpacked(data: bytes) -> Any:
    """Return the value that bytes of a process of our own stand for."""
    return pickle.loads(data)  # noqa: S301 - see above


def _own_modules(cloudpickle: Any) -> list[types.ModuleType]:
    """Let functions and classes of modules of the person's own go by value; return the modules."""
    registered = cloudpickle.list_registry_pickle_by_value()
    own = []
    for name in _own_names(len(sys.modules)):
        module = sys.modules.get(name)
        if name not in registered and isinstance(module, types.ModuleType):
            if sys.modules.get(module.__name__) is not module:
                continue
            cloudpickle.register_pickle_by_value(module)
            own.append(module)
    return own


@functools.lru_cache(maxsize=1)
def _own_names(count: int) -> tuple[str, ...]:
    """Return the names of modules that are in no installed package; ``count`` are loaded."""
    names = (name for name in [*sys.modules] if name not in _installed)
    own = []
    for name in names:
        if name in ("__main__", "__mp_main__"):
            continue
        if is_own_module(name):
            own.append(name)
        else:
            _installed.add(name)
    return tuple(own)


def is_own_module(name: str) -> bool:
    """Whether a loaded module is the person's own; one that a package makes up is not."""
    return not installed_module(name) and not installed_module(name.partition(".")[0])


_installed: set[str] = set()


class _TooLargeError(Exception):
    """What a function captures has more than :data:`LARGEST` bytes."""


@functools.lru_cache(maxsize=1)
def _pickler() -> Any:
    import cloudpickle  # noqa: PLC0415 - optional

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        """Sends classes with their identity, code with its lines, nodes as their functions."""

        def __init__(self, buffer: io.BytesIO, limit: int | None) -> None:
            super().__init__(buffer)
            self._limit = limit

        def reducer_override(self, value: Any) -> Any:
            kind = type(value)
            if kind is types.CodeType:
                return marshal.loads, (marshal.dumps(value),)
            if kind is types.ModuleType and value.__name__ in _own_names(len(sys.modules)):
                return _module, (value.__name__,), _content(value), None, None, _fill_module
            if kind is _CACHED and not installed_module(value.__module__ or ""):
                parameters = value.cache_parameters()
                return _cache, (parameters,), value.__wrapped__, None, None, _fill_cache
            if self._limit is not None and _size(value) > self._limit:
                raise _TooLargeError
            if isinstance(value, (Node, Port)):
                return _stand_in(value)
            if issubclass(kind, type):
                return self._class(value)
            return super().reducer_override(value)

        def _class(self, value: type) -> Any:
            if value in _from_home:
                return _class_at_home, (_from_home[value],)
            reduced = super().reducer_override(value)
            if not _at_home or not isinstance(reduced, tuple) or len(reduced) < 6:
                return reduced
            identity = _identities.get(value)
            if identity is None:
                identity = _identities[value] = uuid.uuid4().hex
                _classes[identity] = value
            make, arguments, *rest = reduced
            return (_class_from_home, (identity, make, arguments), *rest)

    return Pickler


def _size(value: Any) -> int:
    try:
        size = getattr(value, "nbytes", 0)
        return size if type(size) is int else 0
    except BaseException as error:  # a property may be foreign code
        if is_interrupt(error):
            raise
        return 0


# ---------------------------------------------------------------- what stands for what

_at_home = True
_from_home: weakref.WeakKeyDictionary[type, str] = weakref.WeakKeyDictionary()
"""In a process of ours: classes of the kernel's, with the names by which it knows them."""


def leave_home() -> None:
    """Note that this process is one of those that a kernel sends bodies to."""
    global _at_home
    _at_home = False


def _class_from_home(identity: str, make: Callable[..., type], arguments: tuple[Any, ...]) -> type:
    kind = make(*arguments)
    _from_home[kind] = identity
    return kind


def _class_at_home(identity: str) -> type:
    kind = _classes.get(identity)
    if kind is None:
        raise LookupError("its class was defined anew, and nothing has the former one")
    return kind


def _module(name: str) -> types.ModuleType:
    return types.ModuleType(name)


def _content(module: types.ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if name not in _LOADER}


def _fill_module(module: types.ModuleType, content: Mapping[str, Any]) -> None:
    vars(module).update(content)


def _cache(parameters: Mapping[str, Any]) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        return call.wrapped(*args, **options)  # type: ignore[attr-defined]

    return functools.lru_cache(**parameters)(call)


def _fill_cache(cache: Any, wrapped: Callable[..., Any]) -> None:
    cache.__wrapped__.wrapped = wrapped
    functools.update_wrapper(cache, wrapped)


def _stand_in(value: Node | Port) -> Any:
    """Return what stands elsewhere for a function that a decorator has made a node of."""
    function = getattr(value, "fn", None) if isinstance(value, Node) and callable(value) else None
    if function is None:
        node = value if isinstance(value, Node) else value.node
        raise ExecutorError(
            f"the node {node.name!r}, which stays with its graph: feed it as an input",
            node=node.name,
        )
    kind = next(k for k in type(value).__mro__ if _is_in_its_module(k))
    return kind, (function,)


def _is_in_its_module(kind: type) -> bool:
    return getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind


# ---------------------------------------------------------------- naming what cannot be sent


def _unsendable(body: Body, error: BaseException) -> ExecutorError:
    parts = [*body.calls().items(), *vars(body).items()]
    _, path, why = next(_refused(parts), ("", "what it captures", text_of(error)))
    return ExecutorError(
        f"{body.name!r} cannot be sent to a process: it captures {path}, {why}. Expected what can "
        "be pickled: make it inside the function, pass it as an input, or run the node with "
        'executor="threads".',
        node=body.name,
    )


_DEPTH = 20


def _refused(
    parts: Any, path: str = "", seen: frozenset[int] = frozenset()
) -> Iterator[tuple[str, str, str]]:
    """Yield what cannot be packed: which part it is in, by what path, and why."""
    for name, value in parts:
        if id(value) in seen or len(seen) > _DEPTH:
            continue
        try:
            packed(value)
        except BaseException as error:
            if is_interrupt(error):
                raise
            inner = _refused(_inner(value), _path(path, name, value), seen | {id(value)})
            first = next(inner, None)
            if first is not None:
                yield (str(name), *first[1:])
                continue
            where = f"{path}{name}" if isinstance(name, str) else f"{path}[{name!r}]"
            why = text_of(error) if isinstance(error, ExecutorError) else _what(value, error)
            yield str(name), where.lstrip("."), why


def _path(path: str, name: Any, value: Any) -> str:
    if isinstance(value, types.FunctionType):
        return ""  # what a function captures has a name of its own
    whole = f"{path}{name}" if isinstance(name, str) else f"{path}[{name!r}]"
    return whole + ("" if isinstance(value, (dict, list, tuple, set, frozenset)) else ".")


def _what(value: Any, error: BaseException) -> str:
    kind = type(value)
    label = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    if isinstance(value, io.IOBase):
        return f"an open file ({label})"
    return f"a {label} ({text_of(error)})"


def _inner(value: Any) -> list[tuple[Any, Any]]:
    """Return what is in a value, by names that people know."""
    while isinstance(value, (functools.partial, types.MethodType)):
        value = value.func if isinstance(value, functools.partial) else value.__self__
    if isinstance(value, Node) and callable(value):
        value = getattr(value, "fn", None)
    if isinstance(value, _CACHED):
        value = value.__wrapped__
    if isinstance(value, (Node, Port)):
        return []
    if isinstance(value, types.FunctionType):
        return [*_captured(value).items()]
    if isinstance(value, types.ModuleType):
        return [*_content(value).items()] if not installed_module(value.__name__) else []
    if isinstance(value, Mapping):
        return [*value.items()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [*enumerate(value)]
    if isinstance(value, type):
        return [] if installed_module(value.__module__) else [*vars(value).items()]
    if isinstance(value, io.IOBase):
        return []
    own = getattr(value, "__dict__", None)
    return [*own.items()] if isinstance(own, dict) else []


def _captured(function: types.FunctionType) -> dict[str, Any]:
    """Return the globals, defaults and cells that a function's code reads."""
    names: dict[str, None] = {}
    codes = collections.deque([function.__code__])
    while codes:
        code = codes.popleft()
        names.update(dict.fromkeys(code.co_names))
        codes.extend(part for part in code.co_consts if isinstance(part, types.CodeType))
    captured = {n: function.__globals__[n] for n in names if n in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            captured[name] = cell.cell_contents
        except ValueError:  # it is empty
            continue
    captured |= function.__kwdefaults__ or {}
    defaults = function.__defaults__ or ()
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    captured |= dict(zip(arguments[len(arguments) - len(defaults) :], defaults, strict=False))
    wrapped = getattr(function, "__wrapped__", None)
    return captured if wrapped is None else {**captured, "__wrapped__": wrapped}


def _packed_size(value: Any) -> int:
    try:
        return len(packed(value))
    except BaseException as error:  # it is told when the large one is gone
        if is_interrupt(error):
            raise
        return 0


def _largest(body: Body) -> tuple[str, int]:
    """Return what is the most of what a body captures, by name, and its size in bytes."""
    best = ("what it uses", 0)
    values: collections.deque[tuple[str, Any]] = collections.deque(body.calls().items())
    seen: set[int] = set()
    while values:
        name, value = values.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        function = isinstance(value, types.FunctionType)
        size = 0 if function else _size(value) or _packed_size(value)
        best = max(best, (name, size), key=lambda each: each[1])
        if function or isinstance(value, types.ModuleType):
            values.extend(_inner(value))
    return best
