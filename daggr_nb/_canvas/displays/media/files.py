"""Files by name and size, each to download."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.media.folder import FOLDER, folder_info
from daggr_nb._canvas.displays.media.media_file import media_look
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look, size
from daggr_nb._protocol.displays import FileInfo, FilesPreview
from daggr_nb._text import plural


def files_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of a file, or of a list of them."""
    if not isinstance(value, (list, tuple)):
        return media_look(value, "File")
    files = [_info(each) for each in value]
    preview = FilesPreview(
        summary=_summary(files),
        data=files,
        inline=True,
        count=len(files),
    )
    return Look(preview, data_look(value).content)


def _summary(files: list[FileInfo]) -> str:
    folders = sum(each["mime"] == FOLDER for each in files)
    parts = [plural(folders, "folder")] if folders else []
    if len(files) > folders or not folders:
        count = size(sum(each["size"] for each in files))
        parts.insert(0, f"{plural(len(files) - folders, 'file')}, {count}")
    return " and ".join(parts)


def _info(value: Any) -> FileInfo:
    if isinstance(value, pathlib.Path):
        with contextlib.suppress(OSError, ValueError):
            if value.is_dir():
                return folder_info(value)
    look = media_look(value, "File")
    if look is not None and isinstance(look.preview, FilesPreview):
        return look.preview.data[0]
    return {"name": shown(value, 80), "size": 0, "mime": ""}
