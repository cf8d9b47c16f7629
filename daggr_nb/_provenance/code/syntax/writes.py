"""Which names a function only writes to: a log that it fills is nothing that its result hangs on.

Read from the syntax tree; where there is none, every use counts as a read.
"""

from __future__ import annotations

import ast
import collections
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NONE = frozenset(  # methods of containers that return nothing, whatever is done with that
    {"append", "appendleft", "extend", "extendleft", "add", "update", "insert", "clear", "discard"}
    | {"sort", "reverse", "difference_update", "intersection_update"}
    | {"symmetric_difference_update", "subtract", "rotate"}
)
MUTATORS = _NONE | {"setdefault", "pop", "popleft", "popitem", "remove", "__setitem__"}
_CONTAINERS = (
    list,
    dict,
    set,
    bytearray,
    collections.deque,
    collections.defaultdict,
    collections.OrderedDict,
    collections.Counter,
)
_NESTED = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


@dataclass
class Writes:
    """How code writes to a name. ``only`` says that it takes nothing from there.

    ``attributes`` are those it goes through or sets at the first step, ``items`` whether it takes
    that step by a key or a method of a container, ``rebinds`` whether it counts the name up.
    """

    only: bool = True
    attributes: set[str] = field(default_factory=set)
    items: bool = False
    rebinds: bool = False

    def count_for_nothing(self, value: Any) -> bool:
        """Whether these writes take nothing from ``value`` either, as it is of a plain type."""
        if not self.only:
            return False
        kind = type(value)
        if self.items and kind not in _CONTAINERS:
            return False
        if self.rebinds and kind not in (int, float, str, list, set):
            return False
        return not self.attributes or _is_plain(value, self.attributes)


def _is_plain(value: Any, attributes: set[str]) -> bool:
    """Whether attributes of ``value`` are stored in it, without code of its class on the way."""
    kind: Any = type(value)
    if isinstance(value, (type, types.ModuleType, types.FunctionType)):
        return False
    if kind is types.SimpleNamespace:
        return True
    if (kind.__setattr__, kind.__getattribute__) != (object.__setattr__, object.__getattribute__):
        return False
    own = [vars(base).get(name) for base in kind.__mro__ for name in attributes]
    return not any(hasattr(member, "__get__") for member in own)


def writes_of(function: ast.AST) -> Mapping[str, Writes]:
    """Return by name how ``function`` writes to what it has not bound itself."""
    uses = _Uses()
    uses.generic_visit(function)
    for name, writes in uses.writes.items():
        writes.only = name not in uses.reads and name not in uses.inner
    return uses.writes


class _Uses(ast.NodeVisitor):
    """Collects the names that are read, those that are written to, and those bound further in."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.inner: set[str] = set()
        self.writes: dict[str, Writes] = {}

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _NESTED):
            self.inner |= _bound(node)
        super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Call) and self._writing_call(node.value, MUTATORS)):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if self._writing_call(node, _NONE):
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            self._write(node.func)  # and its result is read
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.writes.setdefault(node.target.id, Writes()).rebinds = True
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._target(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._target(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.reads.add(node.id)

    def _target(self, node: ast.Subscript | ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load) or not self._write(node):
            self.generic_visit(node)

    def _writing_call(self, call: ast.Call, methods: frozenset[str]) -> bool:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in methods:
            return False
        if not self._write(call.func):
            return False
        for part in (*call.args, *call.keywords):
            self.visit(part)
        return True

    def _write(self, node: ast.Subscript | ast.Attribute) -> bool:
        """Note a write through ``node``; says whether it goes to something that has a name."""
        step: ast.expr = node
        keys: list[ast.expr] = []
        first: ast.Subscript | ast.Attribute = node
        while isinstance(step, (ast.Subscript, ast.Attribute)):
            first = step
            if isinstance(step, ast.Subscript):
                keys.append(step.slice)
            step = step.value
        if not isinstance(step, ast.Name):
            return False
        writes = self.writes.setdefault(step.id, Writes())
        is_method = first is node and isinstance(node.ctx, ast.Load)
        if isinstance(first, ast.Subscript) or is_method:
            writes.items = True
        else:
            writes.attributes.add(first.attr)
        for key in keys:
            self.visit(key)
        return True


def _bound(scope: ast.AST) -> set[str]:
    """Return the names that a scope within a function binds for itself."""
    outward = {
        name
        for node in ast.walk(scope)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    names = {n.id for n in ast.walk(scope) if isinstance(n, ast.Name) and _stores(n)}
    names |= {n.arg for n in ast.walk(scope) if isinstance(n, ast.arg)}
    return names - outward


def _stores(name: ast.Name) -> bool:
    return not isinstance(name.ctx, ast.Load)
