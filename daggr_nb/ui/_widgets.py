"""Widgets of ipywidgets as inputs, read through their traits. ipywidgets itself is not imported.

A widget with a ``value`` is taken wherever a control is: the canvas shows the counterpart among
the components here, and a graph keeps both at one value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb.ui._choices import (
    Checkbox,
    CheckboxGroup,
    DateTime,
    Dropdown,
    Radio,
)
from daggr_nb.ui._component import Component, Unknown
from daggr_nb.ui._numbers import Number, Slider
from daggr_nb.ui._text import TextArea, Textbox

Common = dict[str, Any]


def widget_component(value: Any) -> Component | None:
    """Return the counterpart of a widget that has a value, linked to it; ``None`` for the rest."""
    if isinstance(value, type) or not _is_widget(value):
        return None
    names = [cls.__name__ for cls in type(value).__mro__]
    make = next((_KINDS[name] for name in names if name in _KINDS), _unknown)
    label = getattr(value, "description", "") or None
    component = make(value, {"label": label, "interactive": not getattr(value, "disabled", False)})
    object.__setattr__(component, "widget", value)
    return component


def _is_widget(value: Any) -> bool:
    """Whether it has traits that can be observed, one of them a value, and a model in a page."""
    return (
        callable(getattr(type(value), "observe", None))
        and callable(getattr(type(value), "has_trait", None))
        and hasattr(value, "comm")
        and bool(value.has_trait("value"))
    )


def _number(widget: Any, common: Common) -> Component:
    integral = isinstance(widget.value, int)
    step = getattr(widget, "step", None)
    minimum, maximum = getattr(widget, "min", None), getattr(widget, "max", None)
    return Number(
        widget.value,
        minimum=minimum,
        maximum=maximum,
        step=step,
        precision=0 if integral else None,
        **common,
    )


def _slider(widget: Any, common: Common) -> Component:
    return Slider(widget.min, widget.max, widget.value, widget.step, **common)


def _text(widget: Any, common: Common) -> Component:
    return Textbox(widget.value, placeholder=widget.placeholder or "", **common)


def _password(widget: Any, common: Common) -> Component:
    placeholder = widget.placeholder or ""
    return Textbox(widget.value, placeholder=placeholder, type="password", **common)


def _area(widget: Any, common: Common) -> Component:
    return TextArea(widget.value, placeholder=widget.placeholder or "", **common)


def _bool(widget: Any, common: Common) -> Component:
    return Checkbox(widget.value, **common)


def _choice(kind: type[Dropdown] | type[Radio]) -> Callable[[Any, Common], Component]:
    return lambda widget, common: kind(_options(widget), value=widget.value, **common)


def _group(widget: Any, common: Common) -> Component:
    return CheckboxGroup(_options(widget), value=list(widget.value), **common)


def _moment(widget: Any, common: Common) -> Component:
    return DateTime(widget.value, **common)


def _day(widget: Any, common: Common) -> Component:
    return DateTime(widget.value, include_time=False, **common)


def _unknown(widget: Any, common: Common) -> Component:
    """Shown on the canvas, edited through the widget."""
    return Unknown(widget.value, of=type(widget).__name__, **common | {"interactive": False})


def _options(widget: Any) -> list[tuple[str, Any]]:
    """Return the options as ipywidgets takes them: values, pairs, or a mapping from labels."""
    options = widget.options
    pairs = options.items() if isinstance(options, Mapping) else options
    return [
        (str(each[0]), each[1]) if isinstance(each, tuple) and len(each) == 2 else (str(each), each)
        for each in pairs
    ]


_KINDS: Mapping[str, Callable[[Any, Common], Component]] = {
    "IntSlider": _slider,
    "FloatSlider": _slider,
    "_Int": _number,
    "_Float": _number,
    "Password": _password,
    "Textarea": _area,
    "Text": _text,
    "Checkbox": _bool,
    "ToggleButton": _bool,
    "Dropdown": _choice(Dropdown),
    "RadioButtons": _choice(Radio),
    "ToggleButtons": _choice(Radio),
    "_Selection": _choice(Dropdown),
    "SelectMultiple": _group,
    "DatetimePicker": _moment,
    "DatePicker": _day,
    "IntRangeSlider": _unknown,
    "FloatRangeSlider": _unknown,
    "SelectionRangeSlider": _unknown,
}
