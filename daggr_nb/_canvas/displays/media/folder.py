"""A folder: where it is, and the first names in it. What is in its files is not looked at."""

from __future__ import annotations

import itertools
import os
import pathlib
import time

from daggr_nb._canvas.displays.media.lost import lost_look
from daggr_nb._canvas.displays.rendering import Look, size
from daggr_nb._protocol.displays import FileInfo, TextPreview
from daggr_nb._text import encoded, plural

FOLDER = "inode/directory"
"""The media type of a folder, which has no bytes to download."""
_COUNTED, _SECONDS, _SHOWN = 10_000, 0.1, 20


def folder_look(path: pathlib.Path) -> Look:
    """Return the look of a folder; counting what is in it ends after a moment."""
    try:
        names, whole = _names(path)
    except OSError as error:
        return lost_look(f"The folder {path} cannot be read: {error.strerror or error}.")
    count = plural(len(names), "item")
    lines = [str(path), *(f"  {name}" for name in names[:_SHOWN])]
    if len(names) > _SHOWN:
        more = f"{len(names) - _SHOWN:,} more"
        lines.append(f"  … {more}" if whole else f"  … {more}, at least")
    text = "\n".join(lines)
    about = count if whole else f"more than {count}"
    preview = TextPreview(summary=f"folder {path.name}, {about}", data=text, inline=True)
    return Look(preview, lambda width: ("text/plain", encoded(text)))


def _names(path: pathlib.Path) -> tuple[list[str], bool]:
    """Return what is in a folder in order of names, folders with a slash; and whether it is all."""
    until = time.monotonic() + _SECONDS
    with os.scandir(path) as entries:
        found = list(
            itertools.islice(
                itertools.takewhile(lambda _: time.monotonic() < until, entries), _COUNTED
            )
        )
        whole = len(found) < _COUNTED and time.monotonic() < until
    found.sort(key=lambda entry: entry.name)
    shown = [_line(entry) for entry in found[:_SHOWN]]
    return [*shown, *(entry.name for entry in found[_SHOWN:])], whole


def _line(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_dir():
            return f"{entry.name}/"
        return f"{entry.name}  {size(entry.stat().st_size)}"
    except OSError:  # it is gone meanwhile, or a link to nowhere
        return entry.name


def folder_info(path: pathlib.Path) -> FileInfo:
    """Return a folder as one of several files."""
    return {"name": f"{path.name or path}/", "size": 0, "mime": FOLDER}
