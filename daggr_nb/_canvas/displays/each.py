"""Lists: every value as it would be shown alone, or in a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import data_file, data_look
from daggr_nb._canvas.displays.rendering import ITEMS, Look, kind
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure
from daggr_nb._protocol.displays import EachPreview, ImagePreview, ListPreview, Preview


@dataclass(frozen=True)
class Each:
    """Shows a list: every value in it as ``component`` would show it alone."""

    component: ui.Component | Each


Shown = ui.Component | Each | None
"""What shows a value, if anything is said about that."""


def shown_by(structure: Structure, name: NodeId) -> Mapping[str, Shown]:
    """Return what shows the outputs of a node; of one that runs once per item these are lists."""
    outputs, depth = structure.nodes[name].outputs, structure.depth[name]
    return {port: _each(component, depth) for port, component in outputs.items()}


def _each(component: Shown, depth: int) -> Shown:
    if component is None or isinstance(component, ui.JSON | ui.File):  # which show lists as well
        return component
    return component if depth == 0 else Each(cast("ui.Component", _each(component, depth - 1)))


def each_look(
    value: Any, component: Shown, look_of: Callable[[Any, Shown], Look | None]
) -> Look | None:
    """Return the look of a list of what ``component`` shows; ``look_of`` looks at one value."""
    if not isinstance(value, (list, tuple)):
        return None
    looks = [look_of(item, component) for item in value[:ITEMS]]
    if not any(looks):
        return None
    items = [(look or data_look(v)).preview for look, v in zip(looks, value, strict=False)]
    pictures = all(isinstance(item, ImagePreview) for item in items)
    kind_of_list = ListPreview if pictures else EachPreview
    preview = kind_of_list(summary=kind(value), items=items, count=len(value))
    return Look(preview, data_look(value).content, file=lambda: data_file(value))


def list_look(value: Sequence[Any], items: list[Preview]) -> Look:
    """Return the look of a list whose first values look like ``items``."""
    kinds = {item.summary.partition(" ")[0] for item in items}
    one = kinds.pop() if len(kinds) == 1 else "items"
    preview = ListPreview(summary=f"{len(value)} × {one}", items=items, count=len(value))
    return Look(preview, data_look(value).content, file=lambda: data_file(value))
