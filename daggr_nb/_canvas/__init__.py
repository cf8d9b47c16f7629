"""The canvas: the only code that knows a browser exists.

Importing this package is cheap; anywidget and pydantic load when the first canvas is made.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from daggr_nb._engine.session import Session

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
