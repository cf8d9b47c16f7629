"""What a thing is to whoever follows code: a function, a class, a wrapper, data, ..."""

from __future__ import annotations

import functools
import operator
import random
import re
import sys
import types
from typing import Any, Literal, TypeAlias

from daggr_nb._model.node import GatheredPort, Node, Port, ScatteredPort
from daggr_nb._model.wiring import Wired
from daggr_nb._provenance.packages import installed, installed_module, module_of
from daggr_nb.errors import is_interrupt

Role: TypeAlias = Literal[
    "function",
    "cls",
    "module",
    "partial",
    "method",
    "instance",
    "descriptor",
    "wrapper",
    "bound",
    "package",
    "node",
    "graph",
]
MISSING = object()
GRAPH_PARTS = (Node, Port, ScatteredPort, GatheredPort)
"""What code reads other nodes by: an edge that nobody has drawn."""


def role_of(thing: Any) -> Role | None:
    """Return what ``thing`` is to a walk; ``None`` means that it is data.

    So is what cannot be asked: a proxy outside of its time, say.
    """
    try:
        return _role_of(thing)
    except BaseException as error:  # its class or any property may be foreign code
        if is_interrupt(error):
            raise
        return None


def _role_of(thing: Any) -> Role | None:
    if isinstance(thing, types.GenericAlias):  # it claims to be a type
        return None
    if isinstance(thing, types.FunctionType):
        return _function_role(thing)
    if isinstance(thing, type):
        return "package" if installed(thing) else "cls"
    if isinstance(thing, types.ModuleType):
        return "package" if installed(thing) else "module"
    for kind, role in _ROLES.items():
        if isinstance(thing, kind):
            return role
    if isinstance(thing, _BUILTIN_METHODS):
        return "bound" if _belongs_to_object(thing) else "package"
    if isinstance(thing, GRAPH_PARTS):
        return "node"
    if isinstance(thing, Wired):
        return "graph"
    return _callable_role(thing) if callable(thing) else None


def is_bar(kind: type) -> bool:
    """Whether a class is one of progress bars, of which nothing counts: they show what happens."""
    if "tqdm" not in sys.modules:
        return False
    return any(module_of(base).partition(".")[0] == "tqdm" for base in kind.__mro__)


def _function_role(thing: types.FunctionType) -> Role:
    if not installed(thing):
        return "function"
    has_lent_name = not installed_module(str(thing.__module__))
    contents = [cell_content(cell) for cell in thing.__closure__ or ()]
    if has_lent_name or any(isinstance(v, _CODE) and not installed(v) for v in contents):
        return "wrapper"
    return "package"


def _callable_role(thing: Any) -> Role | None:
    if not installed(type(thing)):
        return "instance"
    if callable(getattr(thing, "__wrapped__", None)):
        return "wrapper"
    if getattr(thing, "__self__", None) is not None and _belongs_to_object(thing):
        return "bound"
    if isinstance(thing, operator.methodcaller):  # an object with arguments, whatever its name
        return None
    return "package" if _C_FUNCTION.search(type(thing).__name__) else None


_C_FUNCTION = re.compile("func|method")  # ufuncs, what Cython makes, and the like
_CODE = (types.FunctionType, type)
_BUILTIN_METHODS = (types.BuiltinFunctionType, types.MethodWrapperType)
_ROLES: dict[type, Role] = {
    functools.partial: "partial",
    functools.partialmethod: "partial",
    types.MethodType: "method",
    types.WrapperDescriptorType: "package",
    types.MethodDescriptorType: "package",
    types.ClassMethodDescriptorType: "package",
    types.GetSetDescriptorType: "package",
    types.MemberDescriptorType: "package",
    property: "descriptor",
    staticmethod: "descriptor",
    classmethod: "descriptor",
    functools.cached_property: "descriptor",
}


def _belongs_to_object(thing: Any) -> bool:
    return not isinstance(getattr(thing, "__self__", None), (types.ModuleType, type, type(None)))


def is_random_source(value: Any) -> bool:
    """Whether ``value`` is a source of randomness: its state is the draw, not the code."""
    kind = type(value)
    numpy = kind.__module__.startswith("numpy.random") and kind.__name__ in (
        "Generator",
        "RandomState",
    )
    return isinstance(value, random.Random) or numpy


_IMMUTABLE = (str, int, float, complex, bool, bytes, type(None), range, type(...))


def is_immutable(value: Any) -> bool:
    """Whether nobody can change ``value`` in place."""
    if type(value) not in (tuple, frozenset):
        return type(value) in _IMMUTABLE
    stack, met = [value], {id(value)}  # which may be nested deeper than calls can be
    while stack:
        for part in stack.pop():
            if type(part) in (tuple, frozenset):
                if id(part) not in met:
                    met.add(id(part))
                    stack.append(part)
            elif type(part) not in _IMMUTABLE:
                return False
    return True


def display_name(thing: Any, default: str | None = None) -> str:
    """Return what people call a thing."""
    if isinstance(thing, GRAPH_PARTS):
        return thing.name if isinstance(thing, Node) else repr(thing)
    try:
        name = getattr(thing, "__name__", None)
    except BaseException as error:  # a property may be foreign code
        if is_interrupt(error):
            raise
        name = None
    return str(name if isinstance(name, str) and name else default or type(thing).__name__)


def cell_content(cell: types.CellType) -> Any:
    """Return what a closure cell holds, ``MISSING`` if nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
