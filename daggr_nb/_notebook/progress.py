"""Shows in the cell how far a run is that the cell waits for."""

from __future__ import annotations

import html
import sys
import time
from typing import Any, Protocol

_PATIENCE = 0.4  # seconds: a quick run shows nothing
_INTERVAL = 0.25


class Waitable(Protocol):
    """What can be waited for: a run, or many."""

    @property
    def progress(self) -> tuple[int, int]: ...
    @property
    def bottleneck(self) -> str: ...
    def wait(self, timeout: float | None = None) -> bool: ...
    def cancel(self) -> None: ...


def wait_and_show(run: Waitable) -> None:
    """Wait for ``run``; in a notebook, show how far it is. Ctrl-C cancels the run."""
    try:
        if not run.wait(_PATIENCE):
            _watch(run, _display())
    except KeyboardInterrupt:
        run.cancel()
        run.wait(5.0)
        raise


def _watch(run: Waitable, show: Any) -> None:
    started = time.monotonic() - _PATIENCE
    while not run.wait(_INTERVAL):
        if show is not None:
            done, total = run.progress
            text = f"{done} of {total} steps · {time.monotonic() - started:.0f} s"
            text = " · ".join(filter(None, (text, run.bottleneck)))
            show.update(_bar(done, total, text), raw=True)
    if show is not None:
        show.update({"text/plain": ""}, raw=True)


def _display() -> Any:
    """Return a display handle of the running cell, or ``None`` outside a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    return sys.modules["IPython.display"].display({"text/plain": "…"}, raw=True, display_id=True)


def _bar(done: int, total: int, text: str) -> dict[str, str]:
    bar = f'<progress value="{done}" max="{max(total, 1)}"></progress> {html.escape(text)}'
    return {"text/plain": text, "text/html": bar}
