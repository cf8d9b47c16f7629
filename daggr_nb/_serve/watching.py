"""Which files of a project change while a graph is served."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator

from watchfiles import PythonFilter, watch

_DEBOUNCE_MS, _STEP_MS = 300, 50  # an editor writes a file in several goes


class _Ended:
    """An event as watchfiles asks it, for what somebody else knows."""

    def __init__(self, ended: Callable[[], bool]) -> None:
        self.is_set = ended


def changes(folder: pathlib.Path, ended: Callable[[], bool]) -> Iterator[set[pathlib.Path]]:
    """Yield the scripts and notebooks below a folder that have changed, until ``ended`` says so.

    Ctrl-C ends it with a ``KeyboardInterrupt``.
    """
    filter_ = PythonFilter(extra_extensions=(".ipynb",))
    found = watch(
        folder,
        watch_filter=filter_,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        stop_event=_Ended(ended),
        rust_timeout=500,
        yield_on_timeout=True,
    )
    for batch in found:
        if ended():
            return
        if batch:
            yield {pathlib.Path(path).resolve() for _, path in batch}
