"""Which statement of a notebook last bound a name."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def binding_of(name: str, namespace: Mapping[str, Any]) -> Binding | None:
    """Return the statement that last bound ``name`` in the notebook of ``namespace``.

    ``None`` where there is no notebook, or no statement of its cells did it.
    """
    return next((binding for _, binding in _bindings_of(name, namespace)), None)


def binding_cell_number(name: str, namespace: Mapping[str, Any]) -> int:
    """Return the number of the cell that last bound ``name``, -1 if none did."""
    return next((number for number, _ in _bindings_of(name, namespace)), -1)


def _bindings_of(name: str, namespace: Mapping[str, Any]) -> Iterator[tuple[int, Binding]]:
    """Yield the cells that bound a name, by number, and how they did; the last one first."""
    cells = namespace.get("In")
    if not isinstance(cells, list):
        return
    for number in range(len(cells) - 1, -1, -1):
        cell = cells[number]
        if isinstance(cell, str) and name in cell:
            binding = _bindings(cell).get(name)
            if binding is not None:
                yield number, binding


@functools.lru_cache(maxsize=1024)
def _bindings(cell: str) -> Mapping[str, Binding]:
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return {}
    bindings: dict[str, Binding] = {}
    for statement in tree.body:
        targets = _target_names(statement)
        parts = list(_outer_parts(statement))
        uses, outer_uses = _uses([statement], targets), _uses(parts, targets)
        source = without_secrets(ast.get_source_segment(cell, statement) or "")
        content = ast.dump(statement)
        outer = content if parts == [statement] else repr([ast.dump(part) for part in parts])
        bindings |= dict.fromkeys(targets, Binding(content, source, uses, outer, outer_uses))
    return bindings


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
