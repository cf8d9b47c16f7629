"""Which statements of a notebook, or of a person's own module, last bound a name."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daggr_nb._provenance.code.syntax.cells import cells_of
from daggr_nb._provenance.code.syntax.source import body
from daggr_nb._provenance.code.syntax.writes import MUTATORS
from daggr_nb._provenance.redaction import without_secrets


@dataclass(frozen=True)
class Binding:
    """A top-level statement: normalised, as written, and the names it uses.

    ``outer`` is its normalised form without the functions that it defines, and ``outer_uses`` are
    the names used in that.
    """

    content: str
    source: str
    uses: tuple[str, ...]
    outer: str
    outer_uses: tuple[str, ...]


@dataclass(frozen=True)
class _Cell:
    """What a cell binds: names, by the statement that did it last; parts of what names stand for.

    ``parts`` are ``clients["llm"] = ...`` and the like by name and target; ``calls`` are statements
    by the functions of the notebook that they call.
    """

    names: Mapping[str, Binding]
    parts: Mapping[str, Mapping[str, Binding]]
    calls: Mapping[str, Binding]


def binding_of(name: str, namespace: Mapping[str, Any]) -> Binding | None:
    """Return the statements that last bound ``name``, or a part of it, in ``namespace``.

    A name is also bound by the call of a function that declares it ``global``. ``None`` where
    there is neither a notebook nor a module of the person's own, or none of its statements did it.
    """
    parts: dict[str, Binding] = {}
    for _, whole, others in _bindings_of(name, namespace):
        parts = {**others, **parts}
        if whole is not None:
            return _together([whole, *(parts[target] for target in sorted(parts))])
    return _together([parts[target] for target in sorted(parts)]) if parts else None


def binding_cell_number(name: str, namespace: Mapping[str, Any]) -> int:
    """Return the number of the cell that last bound ``name``, or a part of it; -1 if none did."""
    return next((number for number, *_ in _bindings_of(name, namespace)), -1)


def _bindings_of(
    name: str, namespace: Mapping[str, Any]
) -> Iterator[tuple[int, Binding | None, Mapping[str, Binding]]]:
    """Yield the cells that bound a name, or parts of it, by number; the last one first."""
    binders: list[str] | None = None
    for number, text in cells_of(namespace):
        if binders is None:
            binders = _binders(name, namespace)
        if not (name in text or any(binder in text for binder in binders)):
            continue
        cell = _bindings(text)
        whole = cell.names.get(name)
        for binder in binders:
            whole = cell.calls.get(binder, whole)
        parts = cell.parts.get(name, {})
        if whole is not None or parts:
            yield number, whole, parts


def _binders(name: str, namespace: Mapping[str, Any]) -> list[str]:
    """Return the functions of a name space that declare ``name`` as global and bind it."""
    return [
        called
        for called, value in list(namespace.items())
        if isinstance(value, types.FunctionType)
        and value.__globals__ is namespace
        and name in body(value).names.rebinds
    ]


def _together(bindings: Sequence[Binding]) -> Binding:
    if len(bindings) == 1:
        return bindings[0]
    return Binding(
        repr([binding.content for binding in bindings]),
        bindings[0].source,
        tuple(dict.fromkeys(name for binding in bindings for name in binding.uses)),
        repr([binding.outer for binding in bindings]),
        tuple(dict.fromkeys(name for binding in bindings for name in binding.outer_uses)),
    )


@functools.lru_cache(maxsize=1024)
def _bindings(cell: str) -> _Cell:
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return _Cell({}, {}, {})
    names: dict[str, Binding] = {}
    parts: dict[str, dict[str, Binding]] = {}
    calls: dict[str, Binding] = {}
    for statement in tree.body:
        targets, targets_within = _target_names(statement), dict(_parts(statement))
        binding = _binding(cell, statement, targets | set(targets_within.values()))
        names |= dict.fromkeys(targets, binding)
        for target in targets:
            parts.pop(target, None)
        for target, name in targets_within.items():
            parts.setdefault(name, {})[target] = binding
        calls |= dict.fromkeys(_called(statement), binding)
    return _Cell(names, parts, calls)


def _binding(cell: str, statement: ast.stmt, targets: set[str]) -> Binding:
    outer_parts = list(_outer_parts(statement))
    content = ast.dump(statement)
    return Binding(
        content,
        without_secrets(ast.get_source_segment(cell, statement) or ""),
        _uses([statement], targets),
        content if outer_parts == [statement] else repr([ast.dump(part) for part in outer_parts]),
        _uses(outer_parts, targets),
    )


def _outer_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield what a statement works out at once: of definitions decorators, defaults and values."""
    if isinstance(statement, ast.ClassDef):
        yield from statement.decorator_list
        for inner in statement.body:
            yield from _outer_parts(inner)
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = (*statement.args.defaults, *statement.args.kw_defaults)
        yield from (*statement.decorator_list, *filter(None, defaults))
    else:
        yield statement


def _uses(parts: Sequence[ast.AST], targets: set[str]) -> tuple[str, ...]:
    names = (n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))
    return tuple(dict.fromkeys(name for name in names if name not in targets))


def _at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement that it runs itself: not what is inside functions."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _parts(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield what of a named thing a statement sets, with the name: ``clients["llm"]``."""
    for node in _at_once(statement):
        target: ast.AST | None = None
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            target = node
        elif isinstance(node, ast.Call):
            target = _mutated(node)
        root = target
        while isinstance(root, (ast.Subscript, ast.Attribute)):
            root = root.value
        if target is not None and isinstance(root, ast.Name):
            yield ast.unparse(target), root.id


def _mutated(call: ast.Call) -> ast.AST | None:
    """Return what a call sets: ``setattr(box, "client", ...)``, ``clients.update(...)``."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in MUTATORS:
        return function
    if isinstance(function, ast.Name) and function.id == "setattr" and len(call.args) == 3:
        return ast.Subscript(call.args[0], call.args[1], ast.Store())
    return None


def _called(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of the functions that a statement calls."""
    for node in _at_once(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _target_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds in the notebook, not inside functions of its own."""
    names: set[str] = set()
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Lambda):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            stack.extend(ast.iter_child_nodes(node))
    return names
