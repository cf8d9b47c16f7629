"""The person's own classes of which values are: named beside a value, as their code counts too.

A class that a cell defines again leaves objects of the former one behind, for which ``is`` and
``isinstance`` fail; they are made again with the class of that name there is now.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterable
from typing import Any

from daggr_nb._provenance.artifacts.codec import joined_classes
from daggr_nb._provenance.packages import installed


def own_names(kinds: Iterable[type]) -> str:
    """Return the names of the person's own classes among ``kinds`` that code can reach by name."""
    return joined_classes(sorted({name_of(kind) for kind in kinds if _counts(kind)}))


def find(name: str) -> Any:
    """Return the class of a name as it is bound now, ``None`` if there is none."""
    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def is_former(kind: type) -> bool:
    """Whether another class has taken the place of ``kind``."""
    if not _counts(kind):
        return False
    current = find(name_of(kind))
    return current is not None and current is not kind


def brought_up(value: Any) -> Any:
    """Return ``value`` with the classes of now in the place of former ones.

    Raises whatever keeps it from being pickled, or made again.
    """
    data = io.BytesIO()
    _Pickler(data, protocol=5).dump(value)
    return pickle.loads(data.getvalue())  # noqa: S301 - made a moment ago


class _Pickler(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, type) and is_former(thing):
            return find, (name_of(thing),)
        return NotImplemented


def name_of(kind: type) -> str:
    """Return the name by which a class is found."""
    return f"{kind.__module__}:{kind.__qualname__}"


def _counts(kind: type) -> bool:
    return not installed(kind) and "<locals>" not in kind.__qualname__
