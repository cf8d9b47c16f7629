"""Showing a graph where it is launched: in the cell, or as a page where there is no notebook."""

from __future__ import annotations

import contextlib
import pathlib
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from typing import Any

import platformdirs

from daggr_nb._paths import private_folder, user_folder


def in_notebook() -> bool:
    """Whether a cell of a notebook is what runs."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def show(thing: Any) -> None:
    """Show something below the running cell."""
    sys.modules["IPython.display"].display(thing)


def open_page(
    name: str, export: Callable[[pathlib.Path], pathlib.Path], open_browser: bool
) -> pathlib.Path:
    """Write a page, open it in the browser if that is wanted, and return its path.

    It takes the place of the one before, in this user's cache.
    """
    try:
        folder = user_folder(platformdirs.user_cache_path) / "pages"
        private_folder(folder)
    except OSError:  # a user without a home
        folder = pathlib.Path(tempfile.mkdtemp(prefix="daggr_nb-page-"))
    page = export(folder / f"{name}.html")
    if open_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(page.as_uri())
    return page
