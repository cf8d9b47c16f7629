"""Pictures of graphs in notebooks that run where nobody looks: kept as their graphs stand.

In JupyterLab the page does so, see ``js/src/lazy/saved.ts``. Where a notebook is run without one,
as ``nbconvert --execute`` and papermill do, it would be saved with the graph as it was when its
cell ran; so cells that come later send the picture again.
"""

from __future__ import annotations

import os
import sys
import weakref
from typing import Any, Protocol

from daggr_nb._notebook.launch import in_notebook
from daggr_nb.errors import is_interrupt, log_error


class Displayed(Protocol):
    """A canvas. ``seen`` says that a page shows it, which keeps the picture itself."""

    gone: bool
    seen: bool

    def mimebundle(self) -> Any: ...
    def still(self) -> str | None: ...
    def send_state(self, key: str) -> None: ...


class _Output:
    """One output of a cell, and the picture in it."""

    def __init__(
        self, canvas: Displayed, data: dict[str, Any], metadata: dict[str, Any], identity: str
    ) -> None:
        self.canvas = weakref.ref(canvas)
        self.data = data
        self.metadata = metadata
        self.identity = identity


_outputs: list[_Output] = []


def is_unwatched() -> bool:
    """Whether the notebook runs in a kernel that no page has asked a server for."""
    return in_notebook() and "JPY_SESSION_NAME" not in os.environ


def display_still(canvas: Displayed) -> None:
    """Display a canvas such that its picture can be brought up to date."""
    if not _outputs:
        _shell().events.register("post_run_cell", _after_cell)
    bundle = canvas.mimebundle()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    handle = _display(data, metadata, display_id=True)
    _outputs.append(_Output(canvas, data, metadata, handle.display_id))


def _after_cell(result: Any = None) -> None:
    for output in list(_outputs):
        canvas = output.canvas()
        if canvas is None or canvas.gone or canvas.seen:
            _outputs.remove(output)
            continue
        try:
            still = canvas.still()
            if still is None or still == output.data.get("text/html"):
                continue
            output.data["text/html"] = still
            canvas.send_state("snapshot")
            _display(output.data, output.metadata, display_id=output.identity, update=True)
        except BaseException as error:
            if is_interrupt(error):
                raise
            log_error("daggr_nb could not bring a saved picture up to date", error)


def _display(data: dict[str, Any], metadata: dict[str, Any], **how: Any) -> Any:
    return sys.modules["IPython.display"].display(data, metadata=metadata, raw=True, **how)


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython()
