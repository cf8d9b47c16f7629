"""Files by name and size, each to download."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.media.media_file import media_look
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look, plural, size
from daggr_nb._protocol.displays import FileInfo, FilesPreview


def files_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of a file, or of a list of them."""
    if not isinstance(value, (list, tuple)):
        return media_look(value, "File")
    files = [_info(each) for each in value]
    preview = FilesPreview(
        summary=f"{plural(len(files), 'file')}, {size(sum(each['size'] for each in files))}",
        data=files,
        inline=True,
        count=len(files),
    )
    return Look(preview, data_look(value).content)


def _info(value: Any) -> FileInfo:
    look = media_look(value, "File")
    if look is not None and isinstance(look.preview, FilesPreview):
        return look.preview.data[0]
    return {"name": shown(value, 80), "size": 0, "mime": ""}
