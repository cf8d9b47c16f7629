"""The canvas's own files, which a browser is sent, and how long its side of a widget lives."""

from __future__ import annotations

import functools
import pathlib
import sys

from daggr_nb.errors import DaggrError

_STATIC = pathlib.Path(__file__).parent / "static"


@functools.cache
def bundled(name: str) -> str:
    """Return the text of a bundled file; raise :class:`DaggrError` if it is missing."""
    path = _STATIC / name
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DaggrError(
            f"The canvas bundle {path} is missing. In a checkout, run 'make bundle'; "
            "an installed package that lacks it is broken and should be installed again."
        ) from error


def belong_to_cells() -> bool:
    """Whether the host closes a model when the cell that made it runs again: marimo does."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())
