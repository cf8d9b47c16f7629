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

Given = dict[str, Any]


def widget_component(value: Any) -> Component | None:
    """Return the counterpart of a widget that has a value, linked to it; ``None`` for the rest."""
    if isinstance(value, type) or not _is_widget(value):
        return None
    names = [cls.__name__ for cls in type(value).__mro__]
    make = next((_KINDS[name] for name in names if name in _KINDS), _unknown)
    label = getattr(value, "description", "") or None
    made = make(value, {"label": label, "interactive": not getattr(value, "disabled", False)})
    object.__setattr__(made, "widget", value)
    return made


def _is_widget(value: Any) -> bool:
    """Whether it has traits that can be observed, one of them a value, and a model in a page."""
    return (
        callable(getattr(type(value), "observe", None))
        and callable(getattr(type(value), "has_trait", None))
        and hasattr(value, "comm")
        and bool(value.has_trait("value"))
    )


def _number(widget: Any, given: Given) -> Component:
    whole = isinstance(widget.value, int)
    step = getattr(widget, "step", None)
    minimum, maximum = getattr(widget, "min", None), getattr(widget, "max", None)
    return Number(
        widget.value,
        minimum=minimum,
        maximum=maximum,
        step=step,
        precision=0 if whole else None,
        **given,
    )


def _slider(widget: Any, given: Given) -> Component:
    return Slider(widget.min, widget.max, widget.value, widget.step, **given)


def _text(widget: Any, given: Given) -> Component:
    return Textbox(widget.value, placeholder=widget.placeholder or "", **given)


def _area(widget: Any, given: Given) -> Component:
    return TextArea(widget.value, placeholder=widget.placeholder or "", **given)


def _bool(widget: Any, given: Given) -> Component:
    return Checkbox(widget.value, **given)


def _choice(kind: type[Dropdown] | type[Radio]) -> Callable[[Any, Given], Component]:
    return lambda widget, given: kind(_options(widget), value=widget.value, **given)


def _group(widget: Any, given: Given) -> Component:
    return CheckboxGroup(_options(widget), value=list(widget.value), **given)


def _moment(widget: Any, given: Given) -> Component:
    return DateTime(widget.value, **given)


def _day(widget: Any, given: Given) -> Component:
    return DateTime(widget.value, include_time=False, **given)


def _unknown(widget: Any, given: Given) -> Component:
    """Shown on the canvas, edited through the widget."""
    return Unknown(widget.value, of=type(widget).__name__, **given | {"interactive": False})


def _options(widget: Any) -> list[tuple[str, Any]]:
    """Return the options as ipywidgets takes them: values, pairs, or a mapping from labels."""
    options = widget.options
    pairs = options.items() if isinstance(options, Mapping) else options
    return [
        (str(each[0]), each[1]) if isinstance(each, tuple) and len(each) == 2 else (str(each), each)
        for each in pairs
    ]


_KINDS: Mapping[str, Callable[[Any, Given], Component]] = {
    "IntSlider": _slider,
    "FloatSlider": _slider,
    "_Int": _number,
    "_Float": _number,
    "Password": _text,
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
