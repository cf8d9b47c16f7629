"""How large a value is, in a few words: what a card says beside it. Its type is told on hover."""

from __future__ import annotations

import re

from daggr_nb._protocol.displays import ImagePreview, Preview

_KEPT = frozenset({"nothing", "secret"})
_OF = re.compile(r"\w+ of ([\d,]+)")  # list of 6
_TIMES = re.compile(r"([\d,]+) × (\D.*)")  # 6 × Image
_AFTER_TYPE = re.compile(r"[A-Za-z_]\w*,? (\d.*)")  # Image 640 × 427; text, 120 characters


def size_of(preview: Preview) -> str:
    """Return what a caption says besides the type of a value, which nobody has asked for.

    >>> from daggr_nb._protocol.displays import ListPreview, TextPreview
    >>> [size_of(TextPreview(summary=text)) for text in ("text, 1,204 characters", "text", "3 kB")]
    ['1,204 characters', '', '3 kB']
    >>> size_of(ListPreview(summary="list of 6", items=[ImagePreview(summary="")] * 6))
    '6 pictures'
    """
    summary = preview.summary
    if summary in _KEPT or (isinstance(preview.data, str) and preview.data == summary):
        return summary
    counted = _OF.fullmatch(summary) or _TIMES.fullmatch(summary)
    if counted:
        pictures = preview.items and all(isinstance(i, ImagePreview) for i in preview.items)
        one = counted[1] == "1"
        return f"{counted[1]} {'picture' if pictures else 'item'}{'' if one else 's'}"
    sized = _AFTER_TYPE.fullmatch(summary)
    if sized:
        return sized[1]
    return "" if summary.isidentifier() or summary == "Plotly figure" else summary
