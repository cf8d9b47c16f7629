"""Widgets of ipywidgets as inputs, read through their traits. ipywidgets itself is not imported.

A widget with a ``value`` is taken wherever a control is: the canvas shows the counterpart among
the components here, and a graph keeps both at one value.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb._text import repr_of
from daggr_nb.errors import InputError, is_interrupt, text_of
from daggr_nb.ui._choices import (
    Checkbox,
    CheckboxGroup,
    Choices,
    ColorPicker,
    DateTime,
    Dropdown,
    Radio,
    place_of,
)
from daggr_nb.ui._component import Component, Unknown, expected
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


def _log_number(widget: Any, common: Common) -> Component:
    """A slider of exponents: its value is a power, its bounds are not."""
    low, high = widget.base**widget.min, widget.base**widget.max
    return Number(widget.value, minimum=low, maximum=high, **common)


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


class AnyColor(ColorPicker):
    """A colour as a widget has it: a name, too, or three digits."""

    @property
    def type(self) -> str:
        return "ColorPicker"

    def accept(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError(expected(self, "a colour such as '#e06c00'", value))
        return value


def _color(widget: Any, common: Common) -> Component:
    return AnyColor(widget.value, **common)


def _tags(widget: Any, common: Common) -> Component:
    tags = list(widget.allowed_tags)
    own = not tags
    value = list(widget.value)
    return Dropdown(tags, value=value, multiselect=True, allow_custom_value=own, **common)


def _unknown(widget: Any, common: Common) -> Component:
    """Shown on the canvas, edited through the widget."""
    return Unknown(widget.value, of=type(widget).__name__, **common | {"interactive": False})


def _options(widget: Any) -> list[tuple[str, Any]]:
    """Return the options as ipywidgets takes them: values, pairs, or a mapping from labels."""
    full = getattr(widget, "_options_full", None)
    if full is not None:
        return [(str(label), value) for label, value in full]
    options = widget.options
    pairs = options.items() if isinstance(options, Mapping) else options
    return [
        (str(each[0]), each[1]) if isinstance(each, tuple) and len(each) == 2 else (str(each), each)
        for each in pairs
    ]


_KINDS: Mapping[str, Callable[[Any, Common], Component]] = {
    "IntSlider": _slider,
    "FloatSlider": _slider,
    "FloatLogSlider": _log_number,
    "ColorPicker": _color,
    "IntsInput": _unknown,
    "FloatsInput": _unknown,
    "ColorsInput": _unknown,
    "TagsInput": _tags,
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


# ---------------------------------------------------------------- values on both sides


def observed(component: Component) -> str:
    """Return the trait that says which value a widget has: of options their place."""
    return "index" if _by_place(component) else "value"


def value_in(component: Component) -> Any:
    """Return the value that a component's widget has, as the component takes it."""
    widget = component.widget
    if _by_place(component):
        return _at(widget, widget.index)
    return list(widget.value) if isinstance(widget.value, tuple) else widget.value


def show_in(component: Component, value: Any) -> None:
    """Let a component's widget show a value; raises what the widget raises."""
    widget = component.widget
    if _by_place(component):
        index = _place(component, value)
        if widget.index != index:
            widget.index = index
    elif not alike(value_in(component), value):
        widget.value = _for_widget(widget, value)


def agreed(component: Component, value: Any) -> Any:
    """Return an accepted value as the component's widget would have it.

    Raises :class:`InputError` if it refuses the value; nothing is shown yet.
    """
    widget = component.widget
    if _by_place(component):
        return _at(widget, _place(component, value))
    trait = widget.traits()["value"]
    given = _for_widget(widget, value)
    try:
        found = _validated(trait, widget, given)
    except BaseException as error:  # a trait of any kind may refuse
        if is_interrupt(error):
            raise
        description = f"what its {type(widget).__name__} takes ({text_of(error)})"
        raise InputError(expected(component, description, value)) from error
    return list(found) if isinstance(found, tuple) else found


def _validated(trait: Any, widget: Any, value: Any) -> Any:
    """Return what a widget makes of a value. A moment without a zone is one of this machine."""
    try:
        return trait._validate(widget, value)  # noqa: SLF001 - it sets nothing, as nothing else does
    except BaseException as error:
        naive = isinstance(value, datetime.datetime) and value.tzinfo is None
        if is_interrupt(error) or not naive:
            raise
        return trait._validate(widget, value.astimezone())  # noqa: SLF001


def _by_place(component: Component) -> bool:
    """Whether a widget has options: two may be equal, and some have no equality."""
    widget = component.widget
    return isinstance(component, Choices) and bool(widget.has_trait("index"))


def _at(widget: Any, index: Any) -> Any:
    values = [value for _, value in _options(widget)]
    if isinstance(index, tuple):
        return [values[place] for place in index]
    return None if index is None else values[index]


def _place(component: Component, value: Any) -> Any:
    values = [each for _, each in _options(component.widget)]
    if isinstance(component.widget.index, tuple):
        return tuple(_option(component, values, each) for each in value)
    return None if value is None and None not in values else _option(component, values, value)


def _option(component: Component, values: list[Any], value: Any) -> int:
    place = place_of(value, values)
    if place is None:
        options = ", ".join(map(repr_of, values[:12]))
        raise InputError(expected(component, f"one of {options}", value))
    return place


def _for_widget(widget: Any, value: Any) -> Any:
    return tuple(value) if isinstance(widget.value, tuple) and isinstance(value, list) else value


def alike(one: Any, other: Any) -> bool:
    """Whether two values are one: of one class, and equal or of one content."""
    return one is other or (type(one) is type(other) and place_of(one, [other]) == 0)
