"""Errors that travel: with their tracebacks, as if they had been raised here."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from daggr_nb.errors import text_of

_MOST = 50  # errors of a chain, and levels of a group
Frame = tuple[str, str, str, "tuple[int, int, int, int]"]
"""File, function, module, and line, end line, column, end column (0 and 0 for none)."""


@dataclass(frozen=True)
class Fault:
    """An error apart from its process. ``packed`` is the error itself, if it can be sent.

    ``kind`` and ``base`` name its class and the built-in one that it is a kind of.
    """

    packed: bytes | None
    kind: str
    base: str
    text: str
    frames: list[Frame] = field(default_factory=list)
    cause: Fault | None = None
    context: Fault | None = None
    suppress: bool = False
    parts: list[Fault] = field(default_factory=list)


def fault_of(error: BaseException, pack: Callable[[Any], bytes], depth: int = 0) -> Fault:
    """Return an error as what can be sent."""
    try:
        packed: bytes | None = pack(error)
    except BaseException:  # noqa: BLE001 - errors are foreign code; its text goes
        packed = None
    parts = getattr(error, "exceptions", ()) if _is_group(error) else ()
    deeper = depth < _MOST
    return Fault(
        packed,
        type(error).__name__,
        next(k.__name__ for k in type(error).__mro__ if k.__module__ == "builtins"),
        text_of(error),
        list(_frames_of(error.__traceback__)),
        fault_of(error.__cause__, pack, depth + 1) if error.__cause__ and deeper else None,
        fault_of(error.__context__, pack, depth + 1)
        if error.__context__ and deeper and not error.__cause__
        else None,
        error.__suppress_context__,
        [fault_of(part, pack, depth + 1) for part in parts if deeper],
    )


def error_of(fault: Fault, unpack: Callable[[bytes], Any]) -> BaseException:
    """Return the error that a fault stands for; in place of one that cannot come, one like it."""
    error: Any = None
    if fault.packed is not None:
        try:
            error = unpack(fault.packed)
        except BaseException:  # noqa: BLE001 - how it is built is foreign code
            error = None
    whole: BaseException = error if issubclass(type(error), BaseException) else _like(fault)
    _complete(whole, fault, unpack)
    return whole


def _complete(error: BaseException, fault: Fault, unpack: Callable[[bytes], Any]) -> None:
    error.__traceback__ = _traceback(fault.frames)
    error.__cause__ = error_of(fault.cause, unpack) if fault.cause else None
    error.__context__ = error_of(fault.context, unpack) if fault.context else None
    error.__suppress_context__ = fault.suppress
    if _is_group(error):
        for part, told in zip(getattr(error, "exceptions", ()), fault.parts, strict=False):
            _complete(part, told, unpack)


def _is_group(error: BaseException) -> bool:
    group = getattr(builtins, "BaseExceptionGroup", None)
    return group is not None and issubclass(type(error), group)


def _like(fault: Fault) -> BaseException:
    """Return an error of that name and text: of the same built-in kind, so that it is caught so."""
    base = Exception if "Group" in fault.base else getattr(builtins, fault.base)
    text = fault.text
    content = {"__str__": lambda self: text, "__module__": "builtins"}
    kind: Any = type(fault.kind, (base,), content)
    error: BaseException = kind.__new__(kind)
    error.args = (text,)
    return error


def _frames_of(trace: types.TracebackType | None) -> Iterator[Frame]:
    while trace is not None:
        code = trace.tb_frame.f_code
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        yield code.co_filename, code.co_name, module, _position(trace)
        trace = trace.tb_next


def _position(trace: types.TracebackType) -> tuple[int, int, int, int]:
    positions: Any = getattr(trace.tb_frame.f_code, "co_positions", None)
    line = trace.tb_lineno or 1
    if positions is not None and trace.tb_lasti >= 0:
        for index, where in enumerate(positions()):
            if index == trace.tb_lasti // 2:
                if None not in where and where[0] == line:
                    return tuple(where)  # type: ignore[return-value,unused-ignore]
                break
    return line, line, 0, 0


def _traceback(frames: list[Frame]) -> types.TracebackType | None:
    """Return a traceback of frames that are in another process.

    Each is that of a line of code which stands where the other did, and raises.
    """
    trace = None
    for file, name, module, place in reversed(frames):
        here = _raised_at(file, name, module, place)
        trace = types.TracebackType(trace, here.tb_frame, here.tb_lasti, here.tb_lineno)
    return trace


def _raised_at(
    file: str, name: str, module: str, place: tuple[int, int, int, int]
) -> types.TracebackType:
    line, end_line, column, end_column = place
    statement = ast.Raise(ast.Name("error", ast.Load()), None)
    for part in (statement, statement.exc):
        assert part is not None
        part.lineno, part.col_offset = line, column
        part.end_lineno, part.end_col_offset = end_line, end_column
    code = compile(ast.Module([statement], []), file, "exec").replace(co_name=name)
    if hasattr(code, "co_qualname"):  # not in Python 3.10
        code = code.replace(co_qualname=name)  # type: ignore[call-arg,unused-ignore]
    try:
        exec(code, {"error": _Raised(), "__name__": module})
    except _Raised as raised:
        trace = raised.__traceback__
        assert trace is not None
        assert trace.tb_next is not None
        return trace.tb_next
    raise AssertionError("it raises")


class _Raised(Exception):
    """Raised to have a frame."""
