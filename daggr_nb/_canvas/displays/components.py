"""Components as the canvas draws them."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.displays import Each, Shown, control_value
from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._protocol.views import ComponentView


def component_view(component: Shown) -> ComponentView | None:
    """Return what the canvas needs to draw a component, or ``None`` for none."""
    if isinstance(component, Each):
        return component_view(component.component)
    if component is None:
        return None
    props: dict[str, Any] = {name: as_json(value) for name, value in component.props.items()}
    if component.info:
        props["info"] = component.info
    if component.interactive is False:
        props["fixed"] = True
    if isinstance(component, ui.ItemList):
        fields = [(name, component_view(field)) for name, field in component.schema.items()]
        props["fields"] = [
            {**f.model_dump(), "name": name, "props": {**f.props, "value": _first(component, name)}}
            for name, f in fields
            if f
        ]
    return ComponentView(type=component.type, label=component.label, props=props)


def _first(items: ui.ItemList, name: str) -> Any:
    """Return what a field of a new item starts with."""
    component = items.schema[name]
    return control_value(component.initial, component)
