"""A class, or classes with confidences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look, plural
from daggr_nb._protocol.displays import LabelPreview

_CLASSES = 50


def label_look(value: Any, component: Any) -> Look | None:
    """Return the look of a class, of confidences by class, or of what Gradio makes of them."""
    if isinstance(value, Mapping) and "confidences" in value:
        pairs = [(c["label"], c["confidence"]) for c in value["confidences"] or ()]
    elif isinstance(value, Mapping):
        pairs = [*value.items()]
    elif isinstance(value, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value
    ):
        pairs = [(name, confidence) for name, confidence in value]
    elif isinstance(value, (str, int, float)):
        return _look(str(value), [], "label", value)
    else:
        return None
    if not pairs or not all(isinstance(c, (int, float)) or hasattr(c, "item") for _, c in pairs):
        return None
    ranked = sorted(((str(n), float(c)) for n, c in pairs), key=lambda p: -p[1])
    ranked = ranked[: component.num_top_classes or len(ranked)]
    summary = plural(len(pairs), "class").replace("classs", "classes")
    return _look(ranked[0][0], ranked[:_CLASSES], summary, value)


def _look(label: str, parts: list[tuple[str, float]], summary: str, value: Any) -> Look:
    preview = LabelPreview(
        summary=summary,
        data={"label": label, "parts": [(name, as_json(part)) for name, part in parts]},
        inline=True,
    )
    return Look(preview, data_look(value).content)
