"""Guards: what must be the same for a function to be what it was, in place of a second walk."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

from daggr_nb._provenance.code.roles import MISSING, cell_content


class Guards:
    """What a walk over code has looked at, and can look at again for next to nothing.

    ``complete`` says that this is all there is: nothing was met that can change in place, such as a
    list, a class or an object. Otherwise only another walk can tell.
    """

    def __init__(self) -> None:
        self.complete = True
        self._names: list[tuple[Mapping[str, Any], str, Any]] = []
        self._cells: list[tuple[types.CellType, Any]] = []
        self._functions: list[tuple[types.FunctionType, types.CodeType, Any, Any]] = []

    def name(self, namespace: Mapping[str, Any], name: str, value: Any) -> None:
        """Note that a name is bound to ``value``, or to nothing."""
        self._names.append((namespace, name, value))

    def cell(self, cell: types.CellType, value: Any) -> None:
        """Note what a closure cell holds."""
        self._cells.append((cell, value))

    def function(self, function: types.FunctionType) -> None:
        """Note the code of a function and its defaults."""
        keyword = function.__kwdefaults__
        if keyword:  # a dict, which can change in place
            self.complete = False
        self._functions.append((function, function.__code__, function.__defaults__, keyword))

    def hold(self) -> bool:
        """Whether everything is as it was noted."""
        for namespace, name, value in self._names:
            if namespace.get(name, MISSING) is not value:
                return False
        for cell, value in self._cells:
            if cell_content(cell) is not value:
                return False
        for function, code, defaults, keyword in self._functions:
            if (
                function.__code__ is not code
                or function.__defaults__ is not defaults
                or function.__kwdefaults__ is not keyword
            ):
                return False
        return True


INCOMPLETE = Guards()
"""Stands for what only another walk can tell; it holds on to nothing."""
INCOMPLETE.complete = False
