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
    actual: str
    remedy: str = "Convert it on the way, or correct the annotation that is wrong."

    @property
    def remark(self) -> str:
        """What the card of the target says."""
        edge = self.edge
        return (
            f"{edge.target_port} expects {self.expected}, but {edge.source}.{edge.source_port} "
            f"gives {self.actual}"
        )

    def __str__(self) -> str:
        return f"{self.edge.target}.{self.remark}. {self.remedy}"


def mismatches(nodes: Mapping[Any, Node], edges: Iterable[Edge]) -> list[Mismatch]:
    """Return what does not fit, in the order of ``edges``."""
    misfits = []
    for edge in edges:
        target = nodes[edge.target]
        expected = target.input_types.get(edge.target_port)
        if expected is None:
            continue
        source = nodes[edge.source]
        actual = source.output_types.get(edge.source_port, Any)
        if edge.gather and not edge.scatter:
            element = actual if _gathers_outputs_only(source) else Any
            actual = list if element is Any else types.GenericAlias(list, (element,))
        elif edge.scatter:
            wire = target.inputs[edge.target_port]
            assert isinstance(wire, Wire)
            element = actual
            for _ in range(wire.scatter - edge.gather):
                element = None if element is None else element_of(element)
            if element is None:
                misfits.append(_not_a_list(edge, actual))
                continue
            actual = Any if wire.key is not None else element
        if actual is not expected and actual is not Any and not fits(actual, expected):
            misfits.append(
                Mismatch(edge, *_distinct_texts(expected, actual), *_deeper(edge, actual, expected))
            )
    return misfits


def _gathers_outputs_only(source: Node) -> bool:
    """Whether a gathered list holds nothing but what the node returned."""
    return all(node.policy.on_item_error in ("raise", "drop") for node in source.workers())


def _deeper(edge: Edge, actual: Any, expected: Any) -> Iterable[str]:
    """Yield what to do where the items of items fit: one more ``.each`` goes into them."""
    element = element_of(actual) if edge.scatter and edge.gather else None
    if element is not None and element is not Any and fits(element, expected):
        port = f"{edge.source}.{edge.source_port}"
        yield f"Write {port}.each.each to run once for every item of each."


def _not_a_list(edge: Edge, actual: Any) -> Mismatch:
    expected = "a list or another iterable, because of .each"
    return Mismatch(edge, expected, type_text(actual), "Leave .each out, or return a list.")


# ---------------------------------------------------------------- types


def fits(actual: Any, expected: Any) -> bool:
    """Whether a value annotated ``actual`` can be one of type ``expected``; if in doubt, it can.

    Of a union it is enough that one member fits. Subclasses fit, and so do ``int`` for ``float``
    and ``bool`` for ``int``; the elements of containers are compared, other generics by their
    class.

    >>> fits(int, float), fits(str | None, str), fits(list[int], list[str])
    (True, True, False)
    """
    try:
        return _memoized_fits(actual, expected)
    except Exception:  # noqa: BLE001 - an annotation may be anything, and this is advice
        return True


def element_of(annotation: Any) -> Any:
    """Return the type of what one item gets when its list is scattered; ``None`` if it cannot be.

    >>> element_of(list[int])
    <class 'int'>
    """
    try:
        members = _members(annotation)
        elements = [_element(member) for member in members if not _is_one_value(member)]
    except Exception:  # noqa: BLE001 - as above
        return Any
    return _union(elements) if elements else None


def type_text(annotation: Any) -> str:
    """Return a type as people write it."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return "None" if annotation is _NONE else annotation.__qualname__
    text = repr(annotation)
    for module in ("typing.", "collections.abc."):
        text = text.replace(module, "")
    return text.replace("NoneType", "None")


def _distinct_texts(expected: Any, actual: Any) -> tuple[str, str]:
    """Return two types as people write them, with their modules if they are of one name."""
    texts = type_text(expected), type_text(actual)
    if texts[0] != texts[1] or not hasattr(expected, "__module__"):
        return texts
    return f"{expected.__module__}.{texts[0]}", f"{actual.__module__}.{texts[1]}"


@functools.lru_cache(maxsize=1024)
def _memoized_fits(actual: Any, expected: Any) -> bool:
    return _fits(actual, expected)


def _fits(actual: Any, expected: Any) -> bool:
    sources, targets = _members(actual), _members(expected)
    sources = [source for source in sources if source is not _NONE] or sources
    if Any in sources or Any in targets:
        return True
    return any(_one_fits(source, target) for source in sources for target in targets)


def _members(annotation: Any) -> list[Any]:
    """Return the classes, generics of classes or ``Any`` that an annotation stands for."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return [cls for member in typing.get_args(annotation) for cls in _members(member)]
    if origin is typing.Literal:
        return [type(value) for value in typing.get_args(annotation)]
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    for inner in ("__supertype__", "__value__"):  # NewType, and `type X = ...`
        if not isinstance(annotation, type) and hasattr(annotation, inner):
            return _members(getattr(annotation, inner))
    if annotation is None:
        return [_NONE]
    return [_comparable(annotation, origin)]


def _comparable(annotation: Any, origin: Any) -> Any:
    cls = origin or annotation
    if not isinstance(cls, type) or cls is object or getattr(cls, "_is_protocol", False):
        return Any
    return dict if typing.is_typeddict(cls) else annotation


def _one_fits(actual: Any, expected: Any) -> bool:
    source, target = _class(actual), _class(expected)
    if not _is_a(source, target):
        return False
    if target is tuple:
        return _tuples_fit(typing.get_args(actual), typing.get_args(expected))
    if issubclass(target, collections.abc.Mapping):
        arguments = typing.get_args(actual), typing.get_args(expected)
        if not len(arguments[0]) == len(arguments[1]) == 2:
            return True
        return all(_fits(*pair) for pair in zip(*arguments, strict=True))
    return target not in _CONTAINERS or _fits(_element(actual), _element(expected))


def _class(annotation: Any) -> type:
    cls: type = typing.get_origin(annotation) or annotation
    return cls


def _is_a(source: type, target: type) -> bool:
    """Whether values of one class can be passed as another; numbers widen."""
    if issubclass(source, target) or _rank(source) <= _rank(target) < _NO_NUMBER:
        return True
    # a class defined again in a notebook is another object of the same name
    name = target.__module__, target.__qualname__
    return any((cls.__module__, cls.__qualname__) == name for cls in source.__mro__)


_NO_NUMBER = 4


def _rank(cls: type) -> int:
    """Return how wide a class of numbers is."""
    order = (bool, numbers.Integral, numbers.Real, numbers.Complex)
    return next((rank for rank, kind in enumerate(order) if issubclass(cls, kind)), _NO_NUMBER)


def _tuples_fit(actual: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    if not actual or not expected:
        return True
    if ... in actual or ... in expected:
        return all(_fits(a, e) for a in actual for e in expected if a is not ... and e is not ...)
    return len(actual) == len(expected) and all(map(_fits, actual, expected))


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
