"""How any other object is written into a digest: by what pickling would carry of it, part by part.

A class says with ``__reduce_ex__`` and ``__getstate__`` which function makes an object again, and
from what. Those parts are written, each in its own canonical form; the bytes of a pickle are not,
for they say in which order things were met.
"""

from __future__ import annotations

import copyreg
import io
import random
import socket
import threading
import types
from collections.abc import Iterable, Mapping
from typing import Any

from daggr_nb._interrupts import foreign_code
from daggr_nb._provenance.digest.objects import attributes, derived_names, pickles_itself, refuse
from daggr_nb._provenance.digest.stream import Encoding, qualified
from daggr_nb._provenance.packages import installed
from daggr_nb.errors import is_interrupt

_PROTOCOL = 4  # the newest that has no buffers outside the state
_MOST_PARTS = 10_000  # looked at for something live


def add_reduced(value: Any, out: Encoding) -> None:
    """Write an object as the function that makes it again, with its arguments and its state."""
    kind = type(value)
    if out.inside and _is_random(value):
        out.kind(b"W", kind)
        return
    reduced = None if _has_no_content(value) else _reduce(value)
    if reduced is None:
        refuse(value, out)
        return
    if out.stand_in is None or not installed(kind):
        _add_parts(value, reduced, out)
        return
    with out.complete(value) as complete:
        if complete:
            _add_parts(value, reduced, out)
        else:
            out.add(out.stand_in(value))


def _reduce(value: Any) -> str | tuple[Any, ...] | None:
    """Return an object's reduced form; ``None`` if it cannot be pickled."""
    reduce = copyreg.dispatch_table.get(type(value))
    try:
        with foreign_code():
            reduced = reduce(value) if reduce is not None else value.__reduce_ex__(_PROTOCOL)
    except BaseException as error:  # a foreign __getstate__ may raise anything
        if is_interrupt(error):
            raise
        return None
    is_name = isinstance(reduced, str) and installed(value)  # code of a package
    return reduced if is_name or isinstance(reduced, tuple) else None


def _add_parts(value: Any, reduced: str | tuple[Any, ...], out: Encoding) -> None:
    out.kind(b"W", type(value))
    if isinstance(reduced, str):  # something global, by its name
        out.text(b"s", f"{getattr(value, '__module__', None)}.{reduced}")
        return
    function, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    parts = (
        Name(function),
        _plain_arguments(arguments),
        _without_caches(value, state),
        list(items) if items is not None else None,
        [list(pair) for pair in pairs] if pairs is not None else None,
    )
    out.inside += 1
    try:
        out.several(b"W", value, parts, len(parts))
    finally:
        out.inside -= 1


class Name:
    """A function that makes an object: it counts by its name, or as the code that it is."""

    def __init__(self, function: Any) -> None:
        self.function = function


def add_name(value: Name, out: Encoding) -> None:
    """Write the function of a reduced form."""
    function = value.function
    if out.stand_in is not None and not installed(function):
        out.add(out.stand_in(function))
    else:
        out.text(b"u", qualified(function) if hasattr(function, "__qualname__") else repr(function))


def _plain_arguments(arguments: Any) -> Any:
    """Return the arguments with the classes among them as names: ``kind`` has written the own."""
    return tuple(Name(each) if isinstance(each, type) else each for each in arguments or ())


def _without_caches(value: Any, state: Any) -> Any:
    """Return a state in order of names, without what has been worked out from the rest."""
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):
        return _without_caches(value, state[0]), _without_caches(value, state[1])
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        return state
    left_out = derived_names(type(value))
    return {name: state[name] for name in sorted(state) if name not in left_out}


# ---------------------------------------------------------------- what has no content

_LIVE = (
    type(threading.Lock()),
    type(threading.RLock()),
    threading.Thread,
    socket.socket,
    types.GeneratorType,
    types.CoroutineType,
)
_MEMORY = (io.BytesIO, io.StringIO)


def _has_no_content(value: Any) -> bool:
    """Whether only its identity counts, or use alone makes it another one.

    The state of a source of randomness is what is drawn next; as part of something else it is none.
    """
    kind = type(value)
    if kind is object or (hasattr(kind, "__next__") and not isinstance(value, _MEMORY)):
        return True
    if _is_random(value):
        return True
    return installed(kind) and pickles_itself(kind) and is_live(value)


def _is_random(value: Any) -> bool:
    kind = type(value)
    return isinstance(value, random.Random) or (
        kind.__module__.startswith("numpy.random") and kind.__name__ != "SeedSequence"
    )


def is_live(value: Any) -> bool:
    """Whether an object holds a lock, a connection or an open file, which pickling leaves out.

    So does a client of a service: copies of it are not what it is, and using it changes it.
    """
    seen: dict[int, object] = {}
    stack = [value]
    while stack and len(seen) < _MOST_PARTS:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, _LIVE):
            return True
        if isinstance(part, io.IOBase):
            if not isinstance(part, _MEMORY):
                return True
        elif isinstance(part, (list, tuple, set, frozenset)):
            stack += list(part)[:_MOST_PARTS]
        elif isinstance(part, Mapping) and isinstance(part, dict):
            stack += list(part.values())[:_MOST_PARTS]
        elif not isinstance(part, (type, types.ModuleType, types.FunctionType)):
            stack += _own(part)
    return False


def _own(part: Any) -> Iterable[Any]:
    try:
        return attributes(part).values()
    except BaseException as error:  # a foreign property may raise anything
        if is_interrupt(error):
            raise
        return ()
