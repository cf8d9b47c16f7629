"""What a code object uses by name: globals, closure cells, modules it imports itself.

Read from the instructions, so that it is right for any code, however it came to be.
"""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NamedTuple

from daggr_nb._provenance.code.syntax.looks import Looks
from daggr_nb._provenance.code.syntax.writes import Writes

Chain = tuple[str, ...]
Chains = dict[str, frozenset[Chain]]

_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_CELL = {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_ATTRIBUTE = {"LOAD_ATTR", "LOAD_METHOD"}
_AT = re.compile(r"@([^\W\d]\w*)")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_TWO = re.compile("(?:LOAD|STORE)_FAST")
_SILENT = {"CACHE", "NOP", "EXTENDED_ARG", "PRECALL"}


class _Step(NamedTuple):
    opname: str
    argval: Any


@dataclass
class FreeNames:
    """Names with the attribute chains taken from them.

    ``np.linalg.norm`` is ``("linalg", "norm")`` under ``np``; an empty chain means that the
    object itself is used. ``imports`` are modules that the code imports while it runs, with what
    it takes from them. ``assigned_attributes`` are those that it sets on anything; ``rebinds`` are
    the names it binds anew that are not its own; ``writes`` says how it writes to names,
    ``looks`` at which it looks as objects; ``variables`` are those of the environment that it
    names. ``in_texts`` are names in texts that it may
    hand to ``eval`` or a frame's ``query``.
    """

    globals: Chains = field(default_factory=dict)
    cells: Chains = field(default_factory=dict)
    imports: Chains = field(default_factory=dict)
    assigned_attributes: frozenset[str] = frozenset()
    rebinds: frozenset[str] = frozenset()
    writes: Mapping[str, Writes] = field(default_factory=dict)
    looks: Looks = Looks()  # noqa: RUF009 - frozen
    variables: frozenset[str] = frozenset()
    in_texts: frozenset[str] = frozenset()


def free_names(code: CodeType) -> FreeNames:
    """Return what ``code`` and the code inside it use."""
    chains_by_kind: dict[str, dict[str, set[Chain]]] = {"global": {}, "cell": {}, "import": {}}
    assigned_attributes: set[str] = set()
    rebinds: set[str] = set()
    for kind, name, chain in _uses(code, {}):
        if kind == "set":
            assigned_attributes.add(name)
        elif kind == "bind":
            rebinds.add(name)
        else:
            chains_by_kind[kind].setdefault(name, set()).add(chain)
    tables = [
        {name: frozenset(chains) for name, chains in sorted(chains_by_kind[kind].items())}
        for kind in ("global", "cell", "import")
    ]
    return FreeNames(
        tables[0],
        tables[1],
        tables[2],
        frozenset(assigned_attributes),
        frozenset(rebinds),
        variables=frozenset(_variables(code)),
        in_texts=frozenset(_names_in_texts(code)),
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _texts(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):  # a literal of several, as folded by the compiler
            yield from (part for part in constant if isinstance(part, str))


def _names_in_texts(code: CodeType) -> Iterator[str]:
    """Yield names in texts that code may hand to what evaluates them: ``"a > @LIMIT"``, ``"K"``."""
    for each in _codes(code):
        used = set(each.co_names)
        for text in _texts(each):
            if used & {"query", "eval"}:
                yield from _AT.findall(text)
            if used & {"evaluate"} or _loads_evaluator(each):
                yield from _names_in(text)


def _loads_evaluator(code: CodeType) -> bool:
    """Whether code calls Python's own ``eval`` or ``exec``, and no method of that name."""
    if not {"eval", "exec"} & set(code.co_names):
        return False
    return any(s.opname in _GLOBAL and s.argval in ("eval", "exec") for s in _steps(code))


def _names_in(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    yield from (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _variables(code: CodeType) -> Iterator[str]:
    """Yield names in code that asks for variables of the environment, and may be such."""
    for each in _codes(code):
        if {"environ", "getenv", "environb"} & set(each.co_names):
            yield from filter(_VARIABLE.fullmatch, _texts(each))


def _uses(code: CodeType, outer: dict[str, str]) -> Iterator[tuple[str, str, Chain]]:
    steps = list(_steps(code))
    imports = [index for index, step in enumerate(steps) if step.opname == "IMPORT_NAME"]
    aliases = {**outer, **dict(_alias(steps, i) for i in imports if not steps[i - 1].argval)}
    bound_names = {step.argval for step in steps if step.opname == "STORE_NAME"}
    for index, step in enumerate(steps):
        if step.opname == "STORE_ATTR":
            yield "set", step.argval, ()
        elif step.opname == "STORE_GLOBAL" or (
            step.opname == "STORE_DEREF" and step.argval in code.co_freevars
        ):
            yield "bind", step.argval, ()
        elif step.opname == "IMPORT_NAME":
            module = "." * int(steps[index - 2].argval or 0) + step.argval
            yield from (("import", module, (name,)) for name in steps[index - 1].argval or ())
        elif (kind := _kind(step)) is not None:
            name, chain = step.argval, _chain(steps, index + 1)
            if name in aliases and kind != "global":
                yield "import", aliases[name], chain
            elif kind != "local" and name not in bound_names:
                yield kind, name, chain
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _uses(constant, aliases)


def _steps(code: CodeType) -> Iterator[_Step]:
    """Yield the instructions that say something; those that do two things as two."""
    for step in dis.get_instructions(code):
        if isinstance(step.argval, tuple) and "_FAST" in step.opname:
            pairs = zip(_TWO.findall(step.opname), step.argval, strict=True)
            yield from (_Step(name, value) for name, value in pairs)
        elif step.opname not in _SILENT:
            yield _Step(step.opname, step.argval)


def _kind(step: _Step) -> str | None:
    if step.opname in _GLOBAL:
        return "global"
    if step.opname in _CELL:
        return "cell"
    local = step.opname.startswith("LOAD_FAST") and isinstance(step.argval, str)
    return "local" if local else None


def _chain(steps: list[_Step], start: int) -> Chain:
    end = start
    while end < len(steps) and steps[end].opname in _ATTRIBUTE:
        end += 1
    return tuple(str(step.argval) for step in steps[start:end])


def _alias(steps: list[_Step], index: int) -> tuple[str, str]:
    """Return the name an imported module gets, and the module: ``import a.b`` binds ``a`` to a."""
    module, inner = str(steps[index].argval), False
    for step in steps[index + 1 :]:
        inner = inner or step.opname == "IMPORT_FROM"  # import a.b as c: a's b is taken
        if step.opname.startswith("STORE_"):
            return str(step.argval), module if inner else module.partition(".")[0]
    return "", module
