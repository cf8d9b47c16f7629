"""The texts that bound the names of a notebook or module, magics unwrapped."""

from __future__ import annotations

import ast
import functools
import linecache
import pathlib
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from daggr_nb._provenance.packages import installed_module

_BLOCKS = frozenset({"time", "capture", "prun", "debug"})  # magics that run their text here
_ran: dict[tuple[int, int, str], tuple[str, str]] = {}
_modules: dict[str, tuple[Any, str]] = {}


def cells_of(namespace: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield what was run in ``namespace``, by number, the last one first.

    These are the cells of a notebook, or the source of a module of the person's own as it was when
    it was loaded.
    """
    cells = namespace.get("In")
    if isinstance(cells, list):
        for number in range(len(cells) - 1, -1, -1):
            if isinstance(cells[number], str):
                yield number, _unwrapped(cells[number], number, namespace)
    elif "__file__" in namespace and "__name__" in namespace:
        yield 0, _module_source(str(namespace["__name__"]), namespace)


def _module_source(name: str, namespace: Mapping[str, Any]) -> str:
    """Return the text of a module when it was first asked for since it was loaded (again)."""
    spec = namespace.get("__spec__")  # a new one whenever it is loaded again
    if installed_module(name):
        return ""
    if name not in _modules or _modules[name][0] is not spec:
        path = str(namespace["__file__"])
        linecache.checkcache(path)
        _modules[name] = (spec, "".join(linecache.getlines(path)))
    return _modules[name][1]


def _unwrapped(cell: str, number: int, namespace: Mapping[str, Any]) -> str:
    """Return a cell with the text that its magics ran, ``%%time`` and ``%run`` among them."""
    if "run_cell_magic(" not in cell and "run_line_magic(" not in cell:
        return cell
    text, scripts = _without_magics(cell)
    ran = [_script(line, cell, number, namespace) for line in scripts]
    return "\n".join([text, *ran])


@functools.lru_cache(maxsize=1024)
def _without_magics(cell: str) -> tuple[str, tuple[str, ...]]:
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return cell, ()
    texts: list[str] = []
    scripts: list[str] = []
    for statement in tree.body:
        magic, arguments = _magic(statement)
        if magic == "run_cell_magic" and len(arguments) == 3 and arguments[0] in _BLOCKS:
            inner, more = _without_magics(arguments[2])
            texts.append(inner)
            scripts.extend(more)
        elif magic == "run_line_magic" and arguments[0] in _BLOCKS:
            texts.append(arguments[1])
        elif magic == "run_line_magic" and arguments[0] == "run":
            scripts.append(arguments[1])
        else:
            texts.append(ast.get_source_segment(cell, statement) or "")
    return "\n".join(texts), tuple(scripts)


def _magic(statement: ast.stmt) -> tuple[str, list[str]]:
    """Return which magic a statement calls, with its arguments; it stands at the top of a cell."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return "", []
    if ast.unparse(call.func.value) != "get_ipython()":
        return "", []
    arguments = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return call.func.attr, [str(argument) for argument in arguments]


def _script(line: str, cell: str, number: int, namespace: Mapping[str, Any]) -> str:
    """Return the text of a script that ``%run`` ran, as it was when it was first asked for."""
    key = (id(namespace), number, line)
    if key not in _ran or _ran[key][0] is not cell:  # cells are numbered anew after a reset
        _ran[key] = cell, _read(line, namespace)
    return _ran[key][1]


def _read(line: str, namespace: Mapping[str, Any]) -> str:
    try:
        expand = namespace["get_ipython"]().var_expand
        words = [word for word in shlex.split(expand(line)) if not word.startswith("-")]
        path = pathlib.Path(words[0]).expanduser()
        return (path if path.suffix else path.with_suffix(".py")).read_text("utf-8")
    except Exception:  # noqa: BLE001 - a shell of another kind, or the script is gone
        return ""
