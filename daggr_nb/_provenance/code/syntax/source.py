"""What a code object says, without what does not matter: comments, layout, docstrings, positions.

A named function is compared by its syntax tree. Where the source is missing, has changed on disk
since it was loaded, or holds a lambda (several may stand on one line), by its instructions.
"""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import inspect
import linecache
import os
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from daggr_nb._ids import Digest
from daggr_nb._provenance.code.syntax.cells import cells_of
from daggr_nb._provenance.code.syntax.free_names import FreeNames, free_names
from daggr_nb._provenance.code.syntax.looks import Looks, looks_of
from daggr_nb._provenance.code.syntax.writes import writes_of
from daggr_nb._provenance.digest.content import digest
from daggr_nb._provenance.redaction import without_secrets

_SILENT = {"CACHE", "RESUME", "NOP", "EXTENDED_ARG", "PRECALL", "MAKE_CELL", "COPY_FREE_VARS"}
_JUMPS = {*dis.hasjrel, *dis.hasjabs}
_FUTURE = __future__.annotations.compiler_flag
_KIND = (  # what a function is when it is called
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ITERABLE_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)


@dataclass(frozen=True)
class Body:
    """A code object's own text: its digest, the source to show, and what it uses by name."""

    digest: Digest
    source: str
    names: FreeNames


class _CodeKey:
    """Compares by identity: equal code objects may come from different files."""

    __slots__ = ("code", "namespace")

    def __init__(self, code: CodeType, namespace: Mapping[str, Any]) -> None:
        self.code = code
        self.namespace = namespace

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CodeKey) and other.code is self.code


@functools.lru_cache(maxsize=4096)
def _body(key: _CodeKey) -> Body:
    code = key.code
    source = _source(code)
    tree = _tree(code, source) if source is not None else None
    for candidate in _other_sources(key) if tree is None else ():
        other = _tree(code, candidate, surely=False)
        if other is not None:
            source, tree = candidate, other
            break
    names = free_names(code)
    if tree is not None:
        names.writes, names.looks = writes_of(tree), looks_of(tree)
        keep = names.looks.names if not names.looks.curious else None
        content, text = ast.dump(_Normalise(keep).visit(tree)), source or ""
    elif code.co_name == "<lambda>" and source is not None:
        names.looks = _looks_of_lambda(code, source)
    if tree is None:
        content = _instructions(code)
        is_lambda = code.co_name == "<lambda>" and source is not None
        text = source if is_lambda and source else f"<compiled {code.co_name}>"
    return Body(digest(content), without_secrets(text), names)


def body(function: FunctionType) -> Body:
    """Return what the code of ``function`` says; memoized by code object."""
    return _body(_CodeKey(function.__code__, function.__globals__))


def _source(code: CodeType) -> str | None:
    """Return the text of ``code``, which ``linecache`` knows of files and of cells.

    ``inspect.getsource`` would look through all modules for what is in no file.
    """
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    try:
        return textwrap.dedent("".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))) or None
    except (IndexError, IndentationError, SyntaxError, tokenize.TokenError):
        return None


def _other_sources(key: _CodeKey) -> Iterator[str]:
    """Yield the functions of that name where ``linecache`` does not point.

    Autoreload forgets the lines of what is in a file; ``%%time`` compiles what is in a cell anew.
    """
    code = key.code
    if code.co_name == "<lambda>":
        return
    if os.path.exists(code.co_filename):
        yield from _functions("".join(linecache.getlines(code.co_filename)), code.co_name)
        return
    for _, text in cells_of(key.namespace):
        if f"def {code.co_name}" in text:
            yield from _functions(text, code.co_name)


def _functions(text: str, name: str) -> Iterator[str]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    lines = text.splitlines(keepends=True)
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            start = min(part.lineno for part in (node, *node.decorator_list))
            yield textwrap.dedent("".join(lines[start - 1 : node.end_lineno]))


def _tree(code: CodeType, source: str, surely: bool = True) -> ast.AST | None:
    """Return the tree of the function that ``code`` belongs to, if it can be trusted.

    It is compiled to compare unless the text is ``surely`` that of the code.
    """
    if code.co_name == "<lambda>":
        return None
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    node = module.body[0] if module.body else None
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name != code.co_name:
        return None
    if not (surely and not os.path.exists(code.co_filename)) and not _compiles_to(code, node):
        return None
    return node


def _looks_of_lambda(code: CodeType, source: str) -> Looks:
    """Return where a lambda looks; several may stand in the text, of which one compiles to it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return Looks()
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            compiled = compile(ast.Expression(node), "<lambda>", "eval")
            inner = next(c for c in compiled.co_consts if isinstance(c, CodeType))
            if inner.co_names == code.co_names and inner.co_varnames == code.co_varnames:
                return looks_of(node)
    return Looks()


def _compiles_to(code: CodeType, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the text on disk still compiles to ``code``."""
    function.decorator_list = []
    module = ast.Module([_inside_wrapper(function, code.co_freevars)], type_ignores=[])
    flags = code.co_flags & _FUTURE
    try:
        compiled = compile(
            ast.fix_missing_locations(module), code.co_filename, "exec", flags, dont_inherit=True
        )
    except (SyntaxError, ValueError):
        return False
    if code.co_freevars:
        compiled = next(c for c in compiled.co_consts if isinstance(c, CodeType))
    inner = [c for c in compiled.co_consts if isinstance(c, CodeType) and c.co_name == code.co_name]
    return bool(inner) and _instructions(inner[0]) == _instructions(code)


def _inside_wrapper(function: ast.stmt, names: tuple[str, ...]) -> ast.stmt:
    """Return ``function`` inside one that binds the names it takes from around it."""
    if not names:
        return function
    wrapper = ast.parse("def around(): pass").body[0]
    assert isinstance(wrapper, ast.FunctionDef)
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    wrapper.body = [ast.Assign(targets, ast.Constant(None)), function]
    return wrapper


# ---------------------------------------------------------------- syntax trees


class _Normalise(ast.NodeTransformer):
    """Drop what does not change what a function computes; defaults are compared by value.

    Docstrings and annotations of functions within stay for the names in ``looked_at``, for all if
    that is ``None``.
    """

    def __init__(self, looked_at: frozenset[str] | None) -> None:
        self._outermost = True
        self._looked_at = looked_at

    def _is_looked_at(self, name: str) -> bool:
        return not self._outermost and (self._looked_at is None or name in self._looked_at)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if self._is_looked_at(node.name):
            return node
        node.body = _without_docstring(node.body)
        if not (node.bases or node.keywords or node.decorator_list):
            return self.generic_visit(node)
        for index, statement in enumerate(node.body):  # annotations may make fields
            if not isinstance(statement, ast.AnnAssign):
                node.body[index] = self.visit(statement)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = node.type_comment = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        value = node.value
        return None if value is None else ast.Assign(targets=[node.target], value=value)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None  # u"" is ""
        return node

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if self._is_looked_at(node.name):
            return node
        if self._outermost:
            node.decorator_list = []
            node.args.defaults = []
            node.args.kw_defaults = []
        self._outermost = False
        node.returns = node.type_comment = None
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    head = body[0] if body else None
    has_docstring = (
        isinstance(head, ast.Expr)
        and isinstance(head.value, ast.Constant)
        and isinstance(head.value.value, str)
    )
    return (body[1:] or [ast.Pass()]) if has_docstring else body


# ---------------------------------------------------------------- instructions


def _instructions(code: CodeType) -> str:
    """Write down the instructions of ``code`` and of the code inside it, positions left out."""
    steps: list[dis.Instruction] = []
    index: dict[int, int] = {}
    for instruction in dis.get_instructions(code):
        index[instruction.offset] = len(steps)
        if instruction.opname not in _SILENT:
            steps.append(instruction)
    lines = [
        f"{code.co_argcount} {code.co_posonlyargcount} {code.co_kwonlyargcount}",
        f"{code.co_flags & _KIND} {code.co_varnames[: _parameters(code)]!r}",
    ]
    lines.extend(f"{i.opname} {_argument(i, index)}" for i in steps)
    for entry in getattr(dis.Bytecode(code), "exception_entries", ()):
        ends = (entry.start, entry.end, entry.target)
        lines.append(f"{[index.get(end, len(steps)) for end in ends]} {entry.depth} {entry.lasti}")
    return "\n".join(lines)


def _parameters(code: CodeType) -> int:
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + stars


def _argument(instruction: dis.Instruction, index: dict[int, int]) -> str:
    value = instruction.argval
    if isinstance(value, CodeType):
        return f"({_instructions(value)})"
    if instruction.opcode in _JUMPS:
        return str(index.get(value, ""))
    if instruction.opname in ("LOAD_CONST", "KW_NAMES", "RETURN_CONST", "LOAD_SMALL_INT"):
        return str(digest(value))
    return repr(value)
