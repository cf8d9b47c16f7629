"""The canvas in JupyterLab's side panel, by sidecar."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from daggr_nb._canvas import canvas_of, part_of
from daggr_nb._engine.session.session import Session
from daggr_nb.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from daggr_nb._canvas.widget import Part

ANCHORS = (
    "right",
    "split-right",
    "split-left",
    "split-top",
    "split-bottom",
    "tab-before",
    "tab-after",
)
_ELSEWHERE = "Only JupyterLab has a side panel, so the graph is shown here."
_MISSING = 'For a side panel, install "daggr_nb[lab]" and restart the kernel.'
_panels: weakref.WeakKeyDictionary[Session, Any] = weakref.WeakKeyDictionary()


def show_beside(session: Session, name: str, anchor: str) -> Part:
    """Open a panel for a session's canvas, and close the one it had; return what the cell shows.

    Which host a notebook is open in, the browser alone knows: what the cell shows is a line in
    JupyterLab, and the canvas elsewhere.
    """
    if anchor not in ANCHORS:
        raise InputError(
            f"sidebar(anchor=...) expected one of {', '.join(ANCHORS)}, got {anchor!r}."
            f"{did_you_mean(str(anchor), ANCHORS)}"
        )
    try:
        from sidecar import Sidecar  # noqa: PLC0415 - optional: the extra "lab"
    except ImportError:
        return part_of(session, name, "inline", label=_MISSING)
    former = _panels.pop(session, None)
    if former is not None:
        former.close()
        former.layout.close()
    panel = _panels[session] = Sidecar(title=name, anchor=anchor)
    panel.append_display_data(canvas_of(session, name))
    line = part_of(session, name, "beside", label=_ELSEWHERE)
    line.part = {**line.part, "panel": panel.model_id}
    return line
