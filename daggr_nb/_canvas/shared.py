"""What all canvases of a kernel share in a page."""

from __future__ import annotations

import functools

import ipywidgets
import traitlets

from daggr_nb._canvas.bundle import bundled
from daggr_nb._canvas.models import belong_to_cells


class Shared(ipywidgets.Widget):  # type: ignore[misc]  # it has no types
    """The module of the canvas that a first view can do without.

    It is sent once a page and saved once a notebook, not once a canvas; a saved page has it
    without a kernel.
    """

    more = traitlets.Unicode(help="the text of a module").tag(sync=True)


def shared() -> Shared | None:
    """Return the one model of this kernel; where models belong to cells there can be none."""
    return None if belong_to_cells() else _shared()


@functools.cache
def _shared() -> Shared:
    return Shared(more=bundled("more.js"))
