"""What all canvases of a kernel share in a page."""

from __future__ import annotations

import functools

import ipywidgets
import traitlets

from daggr_nb._canvas.bundle import bundled


class Shared(ipywidgets.Widget):  # type: ignore[misc]  # it has no types
    """The module of the canvas that a first view can do without.

    It is sent once a page and saved once a notebook, not once a canvas; a saved page has it
    without a kernel.
    """

    more = traitlets.Unicode(help="the text of a module").tag(sync=True)


@functools.cache
def shared() -> Shared:
    """Return the one model of this kernel."""
    return Shared(more=bundled("more.js"))
