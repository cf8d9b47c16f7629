"""The canvas's own files: what a browser is sent."""

from __future__ import annotations

import functools
import pathlib

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
