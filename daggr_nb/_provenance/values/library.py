"""What this package knows of the values of one library.

None of them is imported here: a value of theirs proves that theirs is loaded, and a value on
record loads it when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from daggr_nb._provenance.digest.stream import Encoder

TypeName = tuple[str, str]
"""A top-level package and the qualified name of a class: classes move from module to module."""
Writer = Callable[[Any], "tuple[str, Any] | None"]
Reader = Callable[[bytes], Any]


@dataclass(frozen=True)
class StructuredForm:
    """How values are taken apart into plain structure with arrays in it, and put together again.

    ``take_apart`` returns ``None`` for a value that has no such structure. ``same`` tells of a
    value put together again whether it surely is as it was, which spares comparing all of it.
    """

    encoding: str
    take_apart: Callable[[Any], Any]
    put_together: Callable[[Any], Any]
    same: Callable[[Any, Any], bool] = lambda value, again: False


@dataclass(frozen=True)
class Library:
    """How the values of a library are digested, written and read.

    ``digests`` and ``writers`` go by type, subclasses included for digests; a writer returns an
    encoding and bytes, or ``None`` for a value that it has no form for. ``readers`` go by encoding.
    ``structure`` is for values that are made of arrays and names. ``caches`` are attributes, by
    type, that the library works out from others when it needs them.
    """

    digests: Mapping[TypeName, Encoder] = field(default_factory=dict)
    writers: Mapping[TypeName, Writer] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    structure: StructuredForm | None = None
    caches: Mapping[TypeName, frozenset[str]] = field(default_factory=dict)


def type_name(value: Any) -> str:
    """Return the package and the class of a value."""
    kind = type(value)
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
