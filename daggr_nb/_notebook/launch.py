"""Showing a graph where it is launched: in the cell, on a page, or by the command that runs it."""

from __future__ import annotations

import contextlib
import sys
import webbrowser
from collections.abc import Iterator
from typing import Any


def in_notebook() -> bool:
    """Whether a cell of a notebook is what runs."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def show(thing: Any) -> None:
    """Show something below the running cell."""
    sys.modules["IPython.display"].display(thing)


def open_page(address: str) -> None:
    """Open an address in the person's browser, if there is one."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)


_launched: list[Any] | None = None


@contextlib.contextmanager
def commanded() -> Iterator[list[Any]]:
    """Let graphs that are launched within the block go into a list, and do nothing else."""
    global _launched
    _launched = []
    try:
        yield _launched
    finally:
        _launched = None


def is_commanded(graph: Any) -> bool:
    """Whether a command runs the script, which is told of a graph that it launches."""
    if _launched is None:
        return False
    _launched.append(graph)
    return True
