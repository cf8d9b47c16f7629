"""Do the annotations at the two ends of an edge agree? Advice only: whatever is unknown fits."""

from __future__ import annotations

import collections
import collections.abc
import functools
import numbers
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from daggr_nb._model.edge import Edge
from daggr_nb._model.feed import Wire
from daggr_nb._model.node import Node

_NONE = type(None)
_ONE_VALUE = (str, bytes, bytearray, int, float, complex, _NONE, collections.abc.Mapping)
_CONTAINERS = frozenset(
    {
        *(list, set, frozenset, collections.deque, collections.abc.Iterable),
        *(collections.abc.Collection, collections.abc.Sequence, collections.abc.MutableSequence),
        *(collections.abc.Set, collections.abc.MutableSet, collections.abc.Iterator),
    }
)


@dataclass(frozen=True)
class Mismatch:
    """An edge whose source is annotated with another type than its target expects."""

    edge: Edge
    expected: str
    seen: str
    remedy: str = "Convert it on the way, or correct the annotation that is wrong."

    @property
    def note(self) -> str:
        """What the card of the target says."""
        edge = self.edge
        return (
            f"{edge.target_port} expects {self.expected}, but {edge.source}.{edge.source_port} "
            f"gives {self.seen}"
        )

    def __str__(self) -> str:
        return f"{self.edge.target}.{self.note}. {self.remedy}"


def mismatches(nodes: Mapping[Any, Node], edges: Iterable[Edge]) -> list[Mismatch]:
    """Return what does not fit, in the order of ``edges``."""
    found = []
    for edge in edges:
        target = nodes[edge.target]
        expected = target.input_types.get(edge.target_port)
        if expected is None:
            continue
        source = nodes[edge.source]
        seen = source.output_types.get(edge.source_port, Any)
        if edge.gather and not edge.scatter:
            kept = seen if _whole(source) else Any
            seen = list if kept is Any else types.GenericAlias(list, (kept,))
        elif edge.scatter and not edge.gather:
            wire = target.inputs[edge.target_port]
            keyed = isinstance(wire, Wire) and wire.key is not None
            element = element_of(seen)
            if element is None:
                found.append(_not_a_list(edge, seen))
                continue
            seen = Any if keyed else element
        if seen is not expected and seen is not Any and not fits(seen, expected):
            found.append(Mismatch(edge, *_told_apart(expected, seen)))
    return found


def _whole(source: Node) -> bool:
    """Whether a gathered list holds nothing but what the node returned."""
    return all(node.policy.on_item_error in ("raise", "drop") for node in source.workers())


def _not_a_list(edge: Edge, seen: Any) -> Mismatch:
    expected = "a list or another iterable, because of .each"
    return Mismatch(edge, expected, type_text(seen), "Leave .each out, or return a list.")


# ---------------------------------------------------------------- types


def fits(seen: Any, expected: Any) -> bool:
    """Whether a value annotated ``seen`` can be one of type ``expected``; if in doubt, it can.

    Of a union it is enough that one member fits. Subclasses fit, and so do ``int`` for ``float``
    and ``bool`` for ``int``; the elements of containers are compared, other generics by their
    class.

    >>> fits(int, float), fits(str | None, str), fits(list[int], list[str])
    (True, True, False)
    """
    try:
        return _cached_fits(seen, expected)
    except Exception:  # noqa: BLE001 - an annotation may be anything, and this is advice
        return True


def element_of(seen: Any) -> Any:
    """Return the type of what one item gets when ``seen`` is scattered; ``None`` if it cannot be.

    >>> element_of(list[int])
    <class 'int'>
    """
    try:
        scattered = [_element(one) for one in _members(seen) if not _is_one_value(one)]
    except Exception:  # noqa: BLE001 - as above
        return Any
    return _union(scattered) if scattered else None


def type_text(annotation: Any) -> str:
    """Return a type as people write it."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return "None" if annotation is _NONE else annotation.__qualname__
    text = repr(annotation)
    for long in ("typing.", "collections.abc."):
        text = text.replace(long, "")
    return text.replace("NoneType", "None")


def _told_apart(expected: Any, seen: Any) -> tuple[str, str]:
    told = type_text(expected), type_text(seen)
    if told[0] != told[1] or not hasattr(expected, "__module__"):
        return told
    return f"{expected.__module__}.{told[0]}", f"{seen.__module__}.{told[1]}"


@functools.lru_cache(maxsize=1024)
def _cached_fits(seen: Any, expected: Any) -> bool:
    return _fits(seen, expected)


def _fits(seen: Any, expected: Any) -> bool:
    given, wanted = _members(seen), _members(expected)
    given = [one for one in given if one is not _NONE] or given
    if Any in given or Any in wanted:
        return True
    return any(_one_fits(one, other) for one in given for other in wanted)


def _members(annotation: Any) -> list[Any]:
    """Return the classes, generics of classes or ``Any`` that an annotation stands for."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return [one for member in typing.get_args(annotation) for one in _members(member)]
    if origin is typing.Literal:
        return [type(value) for value in typing.get_args(annotation)]
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    for inner in ("__supertype__", "__value__"):  # NewType, and `type X = ...`
        if not isinstance(annotation, type) and hasattr(annotation, inner):
            return _members(getattr(annotation, inner))
    if annotation is None:
        return [_NONE]
    return [_known(annotation, origin)]


def _known(annotation: Any, origin: Any) -> Any:
    cls = origin or annotation
    if not isinstance(cls, type) or cls is object or getattr(cls, "_is_protocol", False):
        return Any
    return dict if typing.is_typeddict(cls) else annotation


def _one_fits(seen: Any, expected: Any) -> bool:
    have, want = _class(seen), _class(expected)
    if not _is_a(have, want):
        return False
    if want is tuple:
        return _tuples_fit(typing.get_args(seen), typing.get_args(expected))
    if issubclass(want, collections.abc.Mapping):
        pairs = typing.get_args(seen), typing.get_args(expected)
        known = len(pairs[0]) == len(pairs[1]) == 2
        return not known or all(_fits(*both) for both in zip(*pairs, strict=True))
    return want not in _CONTAINERS or _fits(_element(seen), _element(expected))


def _class(annotation: Any) -> type:
    found: type = typing.get_origin(annotation) or annotation
    return found


def _is_a(have: type, want: type) -> bool:
    """Whether values of one class can be passed as another; numbers widen."""
    if issubclass(have, want) or _rank(have) <= _rank(want) < _NO_NUMBER:
        return True
    # a class defined again in a notebook is another object of the same name
    return any(
        (c.__module__, c.__qualname__) == (want.__module__, want.__qualname__) for c in have.__mro__
    )


_NO_NUMBER = 4


def _rank(cls: type) -> int:
    """Return how wide a class of numbers is."""
    order = (bool, numbers.Integral, numbers.Real, numbers.Complex)
    return next((rank for rank, kind in enumerate(order) if issubclass(cls, kind)), _NO_NUMBER)


def _tuples_fit(seen: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    if not seen or not expected:
        return True
    if ... in seen or ... in expected:
        return all(_fits(s, e) for s in seen for e in expected if s is not ... and e is not ...)
    return len(seen) == len(expected) and all(map(_fits, seen, expected))


def _is_one_value(annotation: Any) -> bool:
    return annotation is not Any and issubclass(_class(annotation), _ONE_VALUE)


def _element(annotation: Any) -> Any:
    if annotation is Any:
        return Any
    cls, args = _class(annotation), typing.get_args(annotation)
    if cls is tuple and args:
        return _union(arg for arg in args if arg is not ...)
    if issubclass(cls, str):
        return str
    return args[0] if cls in _CONTAINERS and args else Any


def _union(members: Iterable[Any]) -> Any:
    return typing.Union[tuple(members)]  # noqa: UP007 - made at run time
