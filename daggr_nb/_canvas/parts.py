"""What all canvases of a kernel share in a page."""

from __future__ import annotations

import functools

import ipywidgets
import traitlets

from daggr_nb._canvas.bundle import bundled


class Parts(ipywidgets.Widget):  # type: ignore[misc]  # it has no types
    """The parts of the canvas that a first view can do without.

    They are sent once a page and saved once a notebook, not once a canvas; a saved page has them
    without a kernel.
    """

    more = traitlets.Unicode(help="the text of a module").tag(sync=True)


@functools.cache
def parts() -> Parts:
    """Return the one model of this kernel."""
    return Parts(more=bundled("more.js"))
