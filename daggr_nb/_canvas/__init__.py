"""The canvas: the only code that knows a browser exists.

Importing this package is cheap; anywidget and pydantic load when the first canvas is made.
"""

from __future__ import annotations

import pathlib
import weakref
from typing import TYPE_CHECKING

from daggr_nb._engine.session import Session
from daggr_nb.errors import InputError

if TYPE_CHECKING:
    from daggr_nb._canvas.widget import Canvas

_canvases: weakref.WeakKeyDictionary[Session, Canvas] = weakref.WeakKeyDictionary()


def canvas_of(session: Session, name: str) -> Canvas:
    """Return the one canvas of a session, made when it is first asked for."""
    from daggr_nb._canvas.widget import Canvas  # noqa: PLC0415 - heavy, loads with the first canvas

    found = _canvases.get(session)
    if found is None:
        found = _canvases[session] = Canvas(session, name)
    return found


def export_of(session: Session, name: str, path: pathlib.Path) -> pathlib.Path:
    """Write a session's graph into a ``.svg`` or ``.html`` file; returns its path."""
    from daggr_nb._canvas.inspect import FORMS  # noqa: PLC0415 - heavy, and only for who asks

    found = FORMS.get(path.suffix.lower().lstrip("."))
    if found is None:
        raise InputError(
            f"export expected a path that ends in .svg or .html, got {str(path)!r}. "
            'Try graph.export("graph.html").'
        )
    make, _ = found
    path.write_text(make(session, name), encoding="utf-8")
    return path
