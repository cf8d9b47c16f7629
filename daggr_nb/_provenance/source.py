"""What a code object says, without what does not matter: comments, layout, docstrings, positions.

A named function is compared by its syntax tree. Where the source is missing, has changed on disk
since it was loaded, or holds a lambda (several may stand on one line), by its instructions.
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from daggr_nb._ids import Digest
from daggr_nb._provenance.digest import digest

_SILENT = {"CACHE", "RESUME", "NOP", "EXTENDED_ARG", "PRECALL", "MAKE_CELL", "COPY_FREE_VARS"}
_GLOBAL_LOADS = {"LOAD_GLOBAL", "LOAD_NAME"}
_ATTRIBUTE_LOADS = {"LOAD_ATTR", "LOAD_METHOD"}


@dataclass(frozen=True)
class Body:
    """A code object's own text: its digest, the source to show, and the globals it loads.

    ``globals`` maps each global name to the attribute chains taken from it (``np.linalg.norm`` is
    ``("linalg", "norm")`` under ``np``); an empty chain means the object itself is used.
    """

    digest: Digest
    source: str
    globals: dict[str, frozenset[tuple[str, ...]]]


@functools.lru_cache(maxsize=4096)
def _body(identity: int, code: _Held) -> Body:
    source = _source(code.code)
    text = source if source is not None else f"<compiled {code.code.co_name}>"
    tree = _tree(code.code, source) if source is not None else None
    content = ast.dump(tree) if tree is not None else _instructions(code.code)
    return Body(digest(content), text, _loads(code.code))


class _Held:
    """Compares by identity: equal code objects may come from different files."""

    __slots__ = ("code",)

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.code is self.code


def body(code: CodeType) -> Body:
    """Return what ``code`` says; remembered for as long as the code object is known."""
    return _body(id(code), _Held(code))


def _source(code: CodeType) -> str | None:
    try:
        return textwrap.dedent(inspect.getsource(code))
    except (OSError, TypeError, IndentationError, SyntaxError):
        return None


def _tree(code: CodeType, source: str) -> ast.AST | None:
    """Return the normalised tree of the function that ``code`` belongs to, if it can be trusted."""
    if code.co_name == "<lambda>":
        return None
    try:
        module = ast.parse(source)
    except SyntaxError:
        return None
    found = module.body[0] if module.body else None
    if not isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) or found.name != code.co_name:
        return None
    if os.path.exists(code.co_filename) and not code.co_freevars and not _same(code, module):
        return None
    return Normalise().visit(found)  # type: ignore[no-any-return]


def _same(code: CodeType, module: ast.Module) -> bool:
    """Whether the text on disk still compiles to ``code``."""
    function = module.body[0]
    function.decorator_list = []  # type: ignore[attr-defined]
    try:
        compiled = compile(module, code.co_filename, "exec")
    except (SyntaxError, ValueError):
        return False
    inner = [c for c in compiled.co_consts if isinstance(c, CodeType) and c.co_name == code.co_name]
    return bool(inner) and _instructions(inner[0]) == _instructions(code)


class Normalise(ast.NodeTransformer):
    """Drop what does not change what a function computes; defaults are compared by value."""

    def __init__(self) -> None:
        self._outermost = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._outermost = False
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = node.type_comment = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if node.value is None:
            return ast.Pass()
        return ast.Assign(targets=[node.target], value=node.value)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if self._outermost:
            node.decorator_list = []
            node.args.defaults = []
            node.args.kw_defaults = []
        self._outermost = False
        node.returns = node.type_comment = None
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    documented = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return (body[1:] or [ast.Pass()]) if documented else body


def _instructions(code: CodeType) -> str:
    """Write down the instructions of ``code`` and of the code inside it, positions left out."""
    found = [i for i in dis.get_instructions(code) if i.opname not in _SILENT]
    place = {instruction.offset: index for index, instruction in enumerate(found)}
    lines = [
        f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount} {code.co_flags}",
        repr(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]),
    ]
    lines.extend(f"{i.opname} {_argument(i, place)}" for i in found)
    lines.append(repr(getattr(code, "co_exceptiontable", b"") != b""))
    return "\n".join(lines)


def _argument(instruction: dis.Instruction, place: dict[int, int]) -> str:
    value = instruction.argval
    if isinstance(value, CodeType):
        return f"({_instructions(value)})"
    if "JUMP" in instruction.opname or instruction.opname in ("FOR_ITER", "SEND"):
        return str(place.get(value, ""))
    if instruction.opname in ("LOAD_CONST", "KW_NAMES", "RETURN_CONST", "LOAD_SMALL_INT"):
        return str(digest(value))
    return repr(value)


def _loads(code: CodeType) -> dict[str, frozenset[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    for name, chain in _chains(code):
        found.setdefault(name, set()).add(chain)
    return {name: frozenset(chains) for name, chains in sorted(found.items())}


def _chains(code: CodeType) -> Iterator[tuple[str, tuple[str, ...]]]:
    name: str | None = None
    chain: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if name is not None and instruction.opname in _ATTRIBUTE_LOADS:
            chain = (*chain, instruction.argval)
        elif instruction.opname not in _SILENT:
            if name is not None:
                yield name, chain
            name, chain = None, ()
            if instruction.opname in _GLOBAL_LOADS:
                name = instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _chains(constant)
