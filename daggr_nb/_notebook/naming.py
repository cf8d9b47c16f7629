"""What a graph is called that nobody named: after its variable."""

from __future__ import annotations

import dis
from types import CodeType, FrameType
from typing import Any

from daggr_nb._model.node import Node

_ASIDE = frozenset({"CACHE", "COPY", "DUP_TOP", "EXTENDED_ARG", "NOP", "ROT_TWO", "SWAP"})
"""What may stand between a call and where its value is stored, as in ``a = b = Graph(...)``."""


def name_after_variable(graph: object, node: Node, frame: FrameType | None) -> str:
    """Return the variable that the call in ``frame`` is assigned to.

    Where there is none, it is the variable that holds ``node``; else the node's own name.
    """
    while frame is not None and _is_method_of(graph, frame):  # a subclass calls its base
        frame = frame.f_back
    if frame is None:
        return node.name
    assigned = _target(frame.f_code, frame.f_lasti)
    if assigned is not None and not assigned.startswith("_"):
        return assigned
    for names in (frame.f_locals, frame.f_globals):
        for name, value in list(names.items()):
            if value is node and not name.startswith("_"):
                return name
    return node.name


def _is_method_of(thing: object, frame: FrameType) -> bool:
    code = frame.f_code
    return bool(code.co_argcount) and frame.f_locals.get(code.co_varnames[0]) is thing


def _target(code: CodeType, offset: int) -> str | None:
    """Return the variable that takes the value of the call at ``offset``, if one does."""
    for instruction in dis.get_instructions(code):
        if instruction.offset <= offset or instruction.opname in _ASIDE:
            continue
        if not instruction.opname.startswith("STORE_") or instruction.opname == "STORE_ATTR":
            return None
        target: Any = instruction.argval
        return str(target[0] if isinstance(target, tuple) else target)
    return None
