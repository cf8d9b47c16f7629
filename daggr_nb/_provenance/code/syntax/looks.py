"""Where code looks at functions and classes as objects: at a docstring, annotations, a signature.

Elsewhere these do not count. They do for what is handed to a package, which may make a prompt,
a tool or a schema of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ATTRIBUTES = frozenset(
    {"__doc__", "__annotations__", "__signature__", "__annotate__"}
    | {"model_json_schema", "schema", "schema_json", "json_schema", "__get_pydantic_json_schema__"}
)
_SILENT = frozenset(  # what takes functions and classes to call them, or to compare
    {"isinstance", "issubclass", "type", "super", "map", "filter", "sorted", "min", "max", "iter"}
    | {"len", "sum", "zip", "enumerate", "list", "tuple", "set", "dict", "frozenset", "any", "all"}
    | {"range", "reversed", "next", "bool", "int", "float", "abs", "round", "str", "bytes"}
    | {"hasattr", "callable", "id", "hash", "property", "staticmethod", "classmethod", "print"}
    | {
        "submit",
        "starmap",
        "apply",
        "apply_async",
        "map_async",
        "imap",
        "partial",
        "reduce",
        "wraps",
    }
    | {"run_in_executor", "to_thread", "call_soon", "call_later", "add_done_callback", "Thread"}
    | {"agg", "aggregate", "transform", "pipe", "applymap", "sort", "defaultdict", "groupby"}
    | {"cast", "suppress", "cache", "lru_cache", "setdefault", "register", "append"}
)
_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred, ast.keyword, ast.IfExp)
_VALUES = (ast.Return, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Yield)


@dataclass(frozen=True)
class Looks:
    """Which names code looks at as objects.

    ``at`` are those of which it takes a docstring or the like; ``handed`` maps those that it hands
    on to the names of what it hands them to, empty where that is not known. ``curious`` says that
    it takes such things of what it has no name for.
    """

    at: frozenset[str] = frozenset()
    handed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    curious: bool = False

    @property
    def names(self) -> frozenset[str]:
        """All names that are looked at or handed on."""
        return self.at | self.handed.keys()


def looks_of(function: ast.AST) -> Looks:
    """Return where ``function`` looks at functions and classes as objects."""
    parents = {
        child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)
    }
    at: set[str] = set()
    handed: dict[str, set[str]] = {}
    curious = False
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            if isinstance(node.value, ast.Name):
                at.add(node.value.id)
            else:
                curious = True
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            for receiver in _receivers(node, parents):
                handed.setdefault(node.id, set()).add(receiver)
    return Looks(frozenset(at), {n: frozenset(r) for n, r in handed.items()}, curious)


def _receivers(name: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> Iterator[str]:
    """Yield the name of what gets the object that ``name`` stands for, empty if it has none."""
    node: ast.AST = name
    parent = parents.get(node)
    while isinstance(parent, _CONTAINERS):
        node, parent = parent, parents.get(parent)
    if isinstance(parent, ast.Call) and node is not parent.func:
        called = parent.func
        last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if last not in _SILENT:
            while isinstance(called, ast.Attribute):
                called = called.value
            yield called.id if isinstance(called, ast.Name) else ""
    elif isinstance(parent, _VALUES) and node is parent.value:
        yield ""
