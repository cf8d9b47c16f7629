"""Where a file is, as it counts: the path as given, but for what differs between two machines.

Below the working folder it is the relative path, so that a project can be moved. Below the system's
temporary folder, where names are drawn, it is the suffix alone. A copy that the store has laid out
counts as the original: a text beside it says where that was.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import re
import tempfile

PLACE = ".place"
"""The name of the text beside a copy that says where the original was."""
_COPY = re.compile(r"(.*/files/[0-9a-f]{32})/([^/]+)(/.*)?", re.DOTALL)


def place_of(path: pathlib.Path, *, drawn: bool = True) -> str:
    """Return what counts of where a path leads.

    ``drawn`` says that names below the temporary folder do not count, where content does.
    """
    text = os.fspath(path)
    original = _place_of_original(text)
    if original is not None:
        return original
    absolute = os.path.abspath(text)
    work, temporary = _inside(absolute, _working_folder()), _inside(absolute, tempfile.gettempdir())
    if temporary is not None and (work is None or len(temporary) <= len(work)):
        return f"temporary:{pathlib.PurePath(text).suffix}" if drawn else f"at:{absolute}"
    return f"at:{text}" if work is None else f"work:{work}"


def path_at(place: str, given: str) -> pathlib.Path:
    """Return the path that was given, or what it is now: the working folder may be another."""
    kind, _, relative = place.partition(":")
    if kind == "work":
        return pathlib.Path(os.path.abspath(relative) if os.path.isabs(given) else relative)
    return pathlib.Path(given)


def _place_of_original(text: str) -> str | None:
    parts = _COPY.fullmatch(text)
    if parts is None:
        return None
    with (
        contextlib.suppress(OSError),
        open(f"{parts[1]}/{PLACE}", encoding="utf-8", errors="surrogateescape") as file,
    ):
        return file.read() + (parts[3] or "")
    return None


def _working_folder() -> str | None:
    with contextlib.suppress(OSError):
        return os.getcwd()
    return None


def _inside(absolute: str, root: str | None) -> str | None:
    """Return a path relative to a folder that it is below, whichever links lead there."""
    if root is None:
        return None
    real_root = _real(root)
    for base in dict.fromkeys((root, real_root)):
        if absolute.startswith(base.rstrip("/") + "/"):
            return absolute[len(base.rstrip("/")) + 1 :]
    parent, name = os.path.split(absolute)
    real = os.path.join(os.path.realpath(parent), name)
    prefix = real_root.rstrip("/") + "/"
    return real[len(prefix) :] if real.startswith(prefix) else None


@functools.lru_cache(maxsize=64)
def _real(folder: str) -> str:
    return os.path.realpath(folder)
