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

    ``around`` is its normalised form without the functions that it defines, and ``around_uses``
    are the names used in that.
    """

    content: str
    source: str
    uses: tuple[str, ...]
    around: str
    around_uses: tuple[str, ...]


def bound_by(name: str, namespace: Mapping[str, Any]) -> Binding | None:
    """Return the statement that last bound ``name`` in the notebook of ``namespace``.

    ``None`` where there is no notebook, or no statement of its cells did it.
    """
    return next((found for _, found in _bound(name, namespace)), None)


def bound_at(name: str, namespace: Mapping[str, Any]) -> int:
    """Return the number of the cell that last bound ``name``, -1 if none did."""
    return next((number for number, _ in _bound(name, namespace)), -1)


def _bound(name: str, namespace: Mapping[str, Any]) -> Iterator[tuple[int, Binding]]:
    """Yield the cells that bound a name, by number, and how they did; the last one first."""
    cells = namespace.get("In")
    if not isinstance(cells, list):
        return
    for number in range(len(cells) - 1, -1, -1):
        cell = cells[number]
        if isinstance(cell, str) and name in cell:
            found = _bindings(cell).get(name)
            if found is not None:
                yield number, found


@functools.lru_cache(maxsize=1024)
def _bindings(cell: str) -> Mapping[str, Binding]:
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, Binding] = {}
    for statement in tree.body:
        stored = _stored(statement)
        parts = list(_around(statement))
        uses, around_uses = _uses([statement], stored), _uses(parts, stored)
        source = without_secrets(ast.get_source_segment(cell, statement) or "")
        content = ast.dump(statement)
        around = content if parts == [statement] else repr([ast.dump(part) for part in parts])
        found |= dict.fromkeys(stored, Binding(content, source, uses, around, around_uses))
    return found


def _around(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield what a statement works out at once: of definitions decorators, defaults and values."""
    if isinstance(statement, ast.ClassDef):
        yield from statement.decorator_list
        for inner in statement.body:
            yield from _around(inner)
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = (*statement.args.defaults, *statement.args.kw_defaults)
        yield from (*statement.decorator_list, *filter(None, defaults))
    else:
        yield statement


def _uses(parts: Sequence[ast.AST], stored: set[str]) -> tuple[str, ...]:
    names = (n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))
    return tuple(dict.fromkeys(name for name in names if name not in stored))


def _stored(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds in the notebook, not inside functions of its own."""
    found: set[str] = set()
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Lambda):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            stack.extend(ast.iter_child_nodes(node))
    return found
