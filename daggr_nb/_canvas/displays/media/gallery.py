"""Pictures, each with its caption if it has one."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.media.lost import lost_look
from daggr_nb._canvas.displays.media.media_file import image_look
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look, kind
from daggr_nb._protocol.displays import GalleryPreview, Pictures, Preview
from daggr_nb._text import cut, plural

_PICTURES = 200
_CAPTION = 1_000  # characters


def gallery_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of a list of pictures, each alone or as ``(picture, caption)``."""
    if not isinstance(value, (list, tuple)):
        return None
    preview = GalleryPreview(
        summary=plural(len(value), "picture"),
        data=captions_of(value),
        inline=True,
        items=pictures_of(value),
        count=len(value),
    )
    return Look(preview, captions_look(value).content)


def captions_of(value: Any) -> Pictures:
    """Return what is said beside the pictures of a list."""
    captions = [_entry(each)[1] for each in value[:_PICTURES]]
    return {
        "captions": [None if each is None else cut(str(each), _CAPTION) for each in captions],
        "deep": [isinstance(each, (tuple, list)) for each in value[:_PICTURES]],
    }


def pictures_of(value: Any) -> list[Preview]:
    """Return the previews of the pictures of a list."""
    return [_picture(_entry(each)[0]).preview for each in value[:_PICTURES]]


def captions_look(value: Any) -> Look:
    """Return the look of the captions alone, which are the text of a list of pictures."""
    return data_look([_entry(each)[1] for each in value[:_PICTURES]])


def _entry(value: Any) -> tuple[Any, Any]:
    captioned = isinstance(value, (tuple, list)) and len(value) == 2
    return (value[0], value[1]) if captioned else (value, None)


def _picture(value: Any) -> Look:
    if value is None:
        return lost_look("No picture")
    return image_look(value) or lost_look(f"{kind(value)} is no picture.")
