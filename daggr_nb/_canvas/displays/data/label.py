"""A class, or classes with confidences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._canvas.displays.plain import data_file, data_look
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import LabelPreview
from daggr_nb._text import cut, plural

_CLASSES = 50
_NAME = 1_000  # characters of a class


def label_look(value: Any, component: Any) -> Look | None:
    """Return the look of a class, or of classes with confidences.

    These are a mapping, a list of pairs or of what a classifier says of each, or what Gradio makes
    of them.
    """
    if isinstance(value, (str, int, float)) or _is_scalar(value):
        return _look(str(value), [], "label", value)
    if _is_bare(value):
        return label_look(value["label"], component)
    pairs = _pairs(value)
    if pairs is None:
        return None
    if not pairs or not all(isinstance(c, (int, float)) or hasattr(c, "item") for _, c in pairs):
        return None
    named = [(str(name), float(confidence)) for name, confidence in pairs]
    ranked = sorted(named, key=lambda pair: math.inf if math.isnan(pair[1]) else -pair[1])
    ranked = ranked[: component.num_top_classes or len(ranked)]
    summary = plural(len(pairs), "class").replace("classs", "classes")
    return _look(ranked[0][0], ranked[:_CLASSES], summary, value)


def _pairs(value: Any) -> list[tuple[Any, Any]] | None:
    """Return classes with their confidences, ``None`` for what has none."""
    if isinstance(value, Mapping):
        if "confidences" not in value:
            return [*value.items()]
        value = value["confidences"] or []
    if not isinstance(value, (list, tuple)):
        return None
    pairs = [_pair(entry) for entry in value]
    return None if None in pairs else [pair for pair in pairs if pair is not None]


def _is_bare(value: Any) -> bool:
    """Whether a value is a class without confidences, as Gradio has it."""
    if not isinstance(value, Mapping) or not {"label"} <= value.keys() <= {"label", "confidences"}:
        return False
    return isinstance(value["label"], str) and not value.get("confidences")


def _pair(entry: Any) -> tuple[Any, Any] | None:
    if isinstance(entry, Mapping):
        confidences: Iterable[Any] = (entry[key] for key in ("confidence", "score") if key in entry)
        confidence = next(iter(confidences), None)
        return None if confidence is None or "label" not in entry else (entry["label"], confidence)
    if isinstance(entry, (list, tuple)) and len(entry) == 2:
        return entry[0], entry[1]
    return None


def _is_scalar(value: Any) -> bool:
    """Whether a value is a number of a library."""
    return hasattr(value, "item") and getattr(value, "shape", None) == ()


def _look(label: str, parts: list[tuple[str, float]], summary: str, value: Any) -> Look:
    preview = LabelPreview(
        summary=summary,
        data={
            "label": cut(label, _NAME),
            "parts": [(cut(name, _NAME), as_json(part)) for name, part in parts],
        },
        inline=True,
    )
    return Look(preview, data_look(value).content, file=lambda: data_file(value))
