"""Components as the canvas draws them."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.display import control_value
from daggr_nb._canvas.displays.each import Each, Shown
from daggr_nb._canvas.displays.jsonable import as_json
from daggr_nb._protocol.views import ComponentView, FieldView


def component_view(component: Shown) -> ComponentView | None:
    """Return what the canvas needs to draw a component, or ``None`` for none."""
    if isinstance(component, Each):
        return component_view(component.component)
    return None if component is None else ComponentView(**_about(component))


def _about(component: ui.Component) -> dict[str, Any]:
    props: dict[str, Any] = {name: as_json(value) for name, value in component.props.items()}
    if component.info:
        props["info"] = component.info
    if component.interactive is False:
        props["fixed"] = True
    schema = component.schema if isinstance(component, ui.ItemList) else {}
    return {
        "type": component.type,
        "label": component.label,
        "props": props,
        "labels_itself": component.labels_itself,
        "obvious": component.obvious,
        "single_file": component.single_file,
        "height": component.typical_height,
        "fields": [_field(name, field) for name, field in schema.items()],
    }


def _field(name: str, component: ui.Component) -> FieldView:
    return FieldView(name=name, value=first_value(component), **_about(component))


def first_value(component: ui.Component) -> Any:
    """Return what a control of a new item starts with."""
    value = control_value(component.initial, component)
    return as_json(component.plain(component.blank)) if value is None else value


def first_answer(component: ui.Component) -> Any:
    """Return what the answer to a question starts with: nothing, where a control shows that."""
    if component.shows_nothing:
        return control_value(component.initial, component)
    return first_value(component)
