"""Who the person is that looks at a page which others visit too."""

from __future__ import annotations

import os
import sys
import threading
import uuid
import weakref

from daggr_nb._engine.session.registry import close_sessions_of

_thread = threading.local()


class _Visit:
    """What a thread holds as long as it serves a visitor."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        weakref.finalize(self, _close_visit, self.name).atexit = False


def _close_visit(name: str) -> None:
    # The thread is at its end: it should wait for nothing any more.
    threading.Thread(target=close_sessions_of, args=(name,), daemon=True).start()


def visitor() -> str:
    """Return a name for the visitor whose page this code makes; empty where a notebook is edited.

    Voila starts a kernel for every visit, and says that it did. ``marimo run`` has a thread for
    every visit, all in one process; with the thread, the visitor's sessions end.
    """
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return "of Voila"
    marimo = sys.modules.get("marimo")
    if marimo is None or marimo.app_meta().mode != "run":
        return ""
    if not hasattr(_thread, "visit"):
        _thread.visit = _Visit()
    return str(_thread.visit.name)
