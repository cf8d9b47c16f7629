"""Rows that people edit, each with its place, so that an edit keeps what it does not show."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._canvas.displays.plain import data_file, data_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import ItemsPreview
from daggr_nb._text import plural

_INLINE = 200_000  # characters

ControlValue = Callable[[Any, ui.Component], Any]


def item_list_look(value: Any, component: Any, control_value: ControlValue) -> Look | None:
    """Return the look of a list of dicts; ``control_value`` says how a field shows its value."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(r, Mapping) for r in value):
        return None
    rows = [
        {**_row(row, component, control_value), ui.PLACE: place} for place, row in enumerate(value)
    ]
    inline = len(json.dumps(rows)) <= _INLINE
    preview = ItemsPreview(
        summary=plural(len(value), "item"),
        data=rows if inline else None,
        inline=inline,
        count=len(rows),
    )
    return Look(preview, data_look(value).content, file=lambda: data_file(value))


def _row(row: Mapping[str, Any], component: Any, control_value: ControlValue) -> dict[str, Any]:
    cells: dict[str, Any] = as_json(dict(row))
    for name, field in component.schema.items():
        if name in row:
            cells[name] = control_value(row[name], field)
    return cells
