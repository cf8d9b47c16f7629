"""Pictures of graphs in notebooks that run where nobody looks: kept as their graphs stand.

In JupyterLab the page does so, see ``js/src/lazy/saved.ts``. Where a notebook is run without one,
as ``nbconvert --execute`` and papermill do, it would be saved with the graph as it was when its
cell ran; so cells that come later send the picture again.

A page that is made of such a notebook prefers a widget to all else that an output has, and shows
nothing where the scripts of widgets cannot be loaded. There the picture is an output of its own,
which a canvas that lives hides, see ``js/src/lazy/lazy.css``.
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


def _is_batch() -> bool:
    """Whether the cell that runs cannot ask anybody anything, as in nbclient and papermill."""
    request = _shell().kernel.get_parent("shell")
    return (request.get("content") or {}).get("allow_stdin") is False


def display_still(canvas: Displayed) -> None:
    """Display a canvas such that its picture can be brought up to date."""
    if not _outputs:
        _shell().events.register("post_run_cell", _after_cell)
    bundle = canvas.mimebundle()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    if "text/html" in data and _is_batch():
        _display({**_without(data, "text/html"), "text/plain": ""}, metadata)
        data, metadata = {**_without(data, _VIEW), "text/html": _apart(data["text/html"])}, {}
    handle = _display(data, metadata, display_id=True)
    _outputs.append(_Output(canvas, data, metadata, handle.display_id))


_VIEW = "application/vnd.jupyter.widget-view+json"


def _without(data: dict[str, Any], mime: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != mime}


def _apart(still: str) -> str:
    """Return a picture as an output of its own."""
    return f'<div class="daggr-still">{still}</div>'


def _after_cell(result: Any = None) -> None:
    for output in list(_outputs):
        canvas = output.canvas()
        if canvas is None or canvas.gone or canvas.seen:
            _outputs.remove(output)
            continue
        try:
            still = canvas.still()
            if still is None:
                continue
            if _VIEW not in output.data:
                still = _apart(still)
            if still == output.data.get("text/html"):
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
