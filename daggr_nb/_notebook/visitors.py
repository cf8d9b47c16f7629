"""Who the person is that looks at a page which others visit too."""

from __future__ import annotations

import os
import sys
import threading
import uuid

_here = threading.local()


def visitor() -> str:
    """Return a name for the visitor whose page this code makes; empty where a notebook is edited.

    Voila starts a kernel for every visit, and says that it did. ``marimo run`` has a thread for
    every visit, all in one process.
    """
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return "of Voila"
    marimo = sys.modules.get("marimo")
    if marimo is None or marimo.app_meta().mode != "run":
        return ""
    if not hasattr(_here, "visitor"):
        _here.visitor = uuid.uuid4().hex
    return str(_here.visitor)
