"""What a cell shows of an error of ours: the lines of who reads it, not those of this package."""

from __future__ import annotations

import sys
import types
from typing import Any

from daggr_nb._engine.task.tracebacks import name_sources, ours
from daggr_nb._provenance.secrecy import scrubbed
from daggr_nb._text import clean
from daggr_nb.errors import DaggrError


def adapt_tracebacks() -> None:
    """Have IPython ask our errors how they look, and call cells on record what it calls them."""
    DaggrError._render_traceback_ = _render  # type: ignore[attr-defined]
    name_sources(_cell_name)


def _render(error: DaggrError) -> list[str]:
    trace = _without_ours(error.__traceback__)
    lines: list[str] = _shell().InteractiveTB.structured_traceback(
        type(error), error, trace, tb_offset=1
    )
    return [clean(scrubbed(line)) for line in lines]


def _without_ours(trace: types.TracebackType | None) -> types.TracebackType | None:
    if trace is None:
        return None
    tail = _without_ours(trace.tb_next)
    if ours(trace):
        return tail
    return types.TracebackType(tail, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _cell_name(filename: str) -> str:
    """Return what IPython calls the cell whose code is in ``filename``, else the name itself."""
    shell = _shell()
    words = shell.compile.format_code_name(filename) if shell is not None else None
    return " ".join(words) if words else filename


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
