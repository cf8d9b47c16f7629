"""A text with marked parts; each says what it is, in words or as a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import TEXT, Look
from daggr_nb._protocol.displays import MarkedPreview
from daggr_nb._text import clean, cut, plural

_PARTS = 5_000

Part = tuple[str, Any]


def marked_look(value: Any, component: Any) -> Look | None:
    """Return the look of parts with their marks, or of a text and its entities."""
    if isinstance(value, Mapping) and {"text", "entities"} <= value.keys():
        parts = _entities(value["text"], value["entities"])
    elif isinstance(value, (list, tuple)) and all(
        isinstance(part, (list, tuple)) and len(part) == 2 for part in value
    ):
        parts = [(str(text), mark) for text, mark in value]
    else:
        return None
    if component.combine_adjacent:
        parts = _combined(parts, component.adjacent_separator)
    marks = {str(mark) for _, mark in parts if mark is not None}
    colors = dict(component.color_map or {})
    preview = MarkedPreview(
        summary=plural(len(marks), "kind"),
        data={
            "parts": _within(parts[:_PARTS]),
            "colors": {
                clean(str(mark)): color for mark, color in colors.items() if isinstance(color, str)
            },
        },
        inline=True,
    )
    return Look(preview, data_look(value).content)


def _within(parts: list[Part]) -> list[tuple[str, Any]]:
    """Return parts as JSON, as many characters of them as travel with a card."""
    left, told = TEXT, []
    for text, mark in parts:
        if left <= 0:
            break
        told.append((cut(text, left), as_json(mark)))
        left -= len(text)
    return told


def _entities(text: str, entities: Any) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for entity in sorted(entities, key=lambda e: int(e["start"])):
        parts.append((text[at : entity["start"]], None))
        name = entity.get("entity") or entity.get("entity_group")
        parts.append((text[entity["start"] : entity["end"]], name))
        at = entity["end"]
    return [part for part in [*parts, (text[at:], None)] if part[0]]


def _combined(parts: list[Part], separator: str) -> list[Part]:
    combined: list[Part] = []
    for text, mark in parts:
        if combined and combined[-1][1] == mark:
            text = combined.pop()[0] + separator + text
        combined.append((text, mark))
    return combined
