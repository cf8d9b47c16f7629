"""What of a class counts: its own members, without what Python or a library makes of them."""

from __future__ import annotations

import abc
import dataclasses
import enum
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

from daggr_nb._provenance.packages import installed

_NOISE = frozenset(
    {"__doc__", "__module__", "__dict__", "__weakref__", "__annotations__", "__qualname__"}
    | {"__firstlineno__", "__static_attributes__", "__annotate__", "__annotate_func__"}
    | {"__annotations_cache__", "__abstractmethods__", "_abc_impl", "__orig_bases__"}
    | {"__parameters__", "__match_args__", "__dataclass_params__", "__dataclass_fields__"}
    | {
        "__classcell__",
        "__slots__",
        "__slotnames__",  # noted on the class when an object of it is first pickled
        "__signature__",
        "__type_params__",
        "__conditional_annotations__",
    }
    | {"__protocol_attrs__", "__non_callable_proto_members__", "_is_protocol"}
)
_PYDANTIC = frozenset({"model_fields", "model_computed_fields", "__class_vars__", "__fields_set__"})
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_SILENT_METACLASSES = (
    type,
    abc.ABCMeta,
    enum.EnumMeta,
    type(typing.Protocol),
    type(typing.Generic),
)


def header(kind: type) -> str:
    """Return the first line of a class statement."""
    bases = [base.__name__ for base in kind.__bases__ if base is not object]
    return f"class {kind.__qualname__}" + (f"({', '.join(bases)})" if bases else "") + ":"


def annotations_count(kind: type) -> bool:
    """Whether a metaclass may read the annotations, as pydantic's does."""
    return type(kind) not in _SILENT_METACLASSES and "__pydantic_fields__" not in vars(kind)


def annotations_of(kind: type) -> str:
    """Return a class's own annotations as text."""
    annotations = vars(kind).get("__annotations__")
    if not isinstance(annotations, dict):
        return ""
    return ", ".join(
        f"{name}: {type_ if isinstance(type_, str) else getattr(type_, '__name__', type_)}"
        for name, type_ in annotations.items()
    )


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield what counts of a class by name, in order of names."""
    own = dict(vars(kind))
    if issubclass(kind, enum.Enum):
        own = {name: value for name, value in own.items() if _counts_in_enum(name, value)}
        own |= {name: member.value for name, member in kind.__members__.items()}
        own["(order)"] = [*kind.__members__]
        if (boundary := getattr(kind, "_boundary_", None)) is not None:
            own["(boundary)"] = repr(boundary)
    elif "__pydantic_fields__" in own:
        own |= {name: _field(field) for name, field in own["__pydantic_fields__"].items()}
    elif dataclasses.is_dataclass(kind):
        own = {name: value for name, value in own.items() if not _generated(value)}
        own |= dict(_fields(kind))
    for name, value in sorted(own.items()):
        if name not in _NOISE | _PYDANTIC and not name.startswith("__pydantic_"):
            yield name, _slot(value)


def _counts_in_enum(name: str, value: Any) -> bool:
    """Whether a member is the person's: of names such as ``_missing_`` those with own code."""
    if not (name[:1] == name[-1:] == "_" and name[1:2] != "_" and name[-2:-1] != "_"):
        return True
    function = getattr(value, "__func__", value)
    return isinstance(function, types.FunctionType) and not installed(function)


def _generated(value: Any) -> bool:
    """Whether ``dataclass`` wrote a method; the fields say as much."""
    code = getattr(getattr(value, "__wrapped__", value), "__code__", None)
    return isinstance(code, types.CodeType) and code.co_filename == "<string>"


def _fields(kind: Any) -> Iterator[tuple[str, Any]]:
    """Yield a data class's own fields and options; annotations do not count."""
    own = vars(kind).get("__annotations__") or {}
    yield "(options)", repr(getattr(kind, "__dataclass_params__", None))
    yield "(fields)", [field.name for field in dataclasses.fields(kind)]
    for field in dataclasses.fields(kind):
        if field.name in own:
            flags: tuple[Any, ...] = field.init, field.repr, field.hash, field.compare
            flags = (*flags, field.kw_only, *([dict(field.metadata)] if field.metadata else ()))
            if field.default_factory is not dataclasses.MISSING:
                yield field.name, [field.default_factory, flags]
            elif field.default is not dataclasses.MISSING:
                yield field.name, field.default
                yield f"{field.name} (options)", flags
            else:
                yield f"{field.name} (options)", flags


def _field(field: Any) -> Any:
    """What a field of a pydantic model says, its annotation included."""
    return [_ADDRESS.sub("", repr(field)), field.default_factory]


def _slot(value: Any) -> Any:
    """A descriptor made in C, as a slot or a field of a named tuple, counts by its type."""
    kind = type(value)
    slot = (types.MemberDescriptorType, types.GetSetDescriptorType)
    if isinstance(value, slot) or f"{kind.__module__}.{kind.__qualname__}" == (
        "_collections._tuplegetter"
    ):
        return kind.__qualname__
    return value
