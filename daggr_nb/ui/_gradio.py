"""Components of Gradio, read from their configuration. Gradio itself is not imported.

A ``gr.*`` object is taken wherever a component of this package is: what both have in common goes
over by its name. What has no counterpart shows its value.
"""

from __future__ import annotations

import dataclasses
import pathlib
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb.ui._chat import Chatbot
from daggr_nb.ui._choices import (
    Checkbox,
    CheckboxGroup,
    ColorPicker,
    DateTime,
    Dropdown,
    Radio,
)
from daggr_nb.ui._component import Component, Unknown
from daggr_nb.ui._displays import JSON, Dialogue, HighlightedText, Label, Plot
from daggr_nb.ui._files import Audio, File, Gallery, Image, ImageSlider, Model3D, Video
from daggr_nb.ui._numbers import Button, Number, Slider
from daggr_nb.ui._tables import Dataframe
from daggr_nb.ui._text import HTML, Code, Markdown, TextArea, Textbox
from daggr_nb.ui._widgets import widget_component

Config = Mapping[str, Any]


def component_of(value: Any) -> Component | None:
    """Return a component as one of this package, ``None`` for what is none.

    >>> component_of("text") is None
    True
    """
    if isinstance(value, Component):
        return value
    if isinstance(value, type) or not _of_gradio(value):
        return widget_component(value)
    made = _made.get(value)  # one object is one control, wherever it is given
    if made is None:
        made = _made[value] = _counterpart(value)
    return made


_made: weakref.WeakKeyDictionary[Any, Component] = weakref.WeakKeyDictionary()


def _of_gradio(value: Any) -> bool:
    modules = (cls.__module__ for cls in type(value).__mro__)
    own = any(module.partition(".")[0] == "gradio" for module in modules)
    return own and callable(getattr(value, "get_config", None))


def _counterpart(value: Any) -> Component:
    names = [cls.__name__ for cls in type(value).__mro__]
    kind = next((_KINDS[name] for name in names if name in _KINDS), None)
    return _component(kind, f"gr.{names[0]}", value.get_config())


def component_from(kind: str, config: Config) -> Component:
    """Return the component that an app's configuration tells of, by its type in lower case.

    >>> component_from("slider", {"minimum": 0, "maximum": 5, "value": 2, "label": "Size"}).label
    'Size'
    """
    return _component(_BY_TYPE.get(kind), kind, config)


def _component(kind: type[Any] | None, name: str, config: Config) -> Component:
    common: dict[str, Any] = {key: config.get(key) for key in ("label", "info", "interactive")}
    common["label"] = common["label"] if config.get("show_label", True) else None
    common["visible"] = config.get("visible") not in (False, "hidden")
    if kind is None:
        return Unknown(config.get("value"), of=name, **common)
    fields = {f.name for f in dataclasses.fields(kind)} - common.keys()
    arguments = {key: v for key, v in config.items() if key in fields and v is not None}
    arguments |= {key: read(config) for key, read in _READERS.get(kind, {}).items()}
    form = _form(kind, config)
    if form is not None:
        arguments["type"] = form
    component: Component = kind(**arguments, **common)
    return component


def _form(kind: type[Component], config: Config) -> str | None:
    """Return the form that a function gets, unless it is Gradio's own default for files."""
    form = config.get("type")
    forms = getattr(kind, "forms", ())
    is_default = kind.takes_files and form == "numpy" and kind is not Dataframe
    return form if form in forms and not is_default else None


def _pairs(config: Config) -> list[tuple[str, Any]]:
    return [(str(label), value) for label, value in config.get("choices") or ()]


def _file(config: Config) -> Any:
    return _path(config.get("value"))


def _path(value: Any) -> Any:
    """Return the path in what Gradio says of a file, of several, or of one with a caption."""
    if isinstance(value, (list, tuple)):
        return [_path(file) for file in value] or None
    if not isinstance(value, Mapping):
        return value
    for inner in ("image", "video"):
        if isinstance(value.get(inner), Mapping):
            return _path(value[inner]), value.get("caption")
    path = value.get("path")
    return pathlib.Path(path) if path else value.get("url")


def _tokens(config: Config) -> Any:
    value = config.get("value")
    return value and [(part["token"], part["class_or_confidence"]) for part in value]


def _own(name: str) -> Callable[[Config], Any]:
    return lambda config: config.get(name)


_FILES: Mapping[str, Callable[[Config], Any]] = {"value": _file}
_CHOICES: Mapping[str, Callable[[Config], Any]] = {"choices": _pairs, "value": _own("value")}
_READERS: Mapping[type, Mapping[str, Callable[[Config], Any]]] = {
    **dict.fromkeys((Image, ImageSlider, Audio, Video, File, Gallery, Model3D), _FILES),
    **dict.fromkeys((CheckboxGroup, Radio, Dropdown), _CHOICES),
    Number: {"value": _own("value")},
    HighlightedText: {"value": _tokens},
}
_KINDS: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(Textbox, TextArea, Number, Slider, Checkbox, CheckboxGroup, Radio, Dropdown),
        *(ColorPicker, Image, ImageSlider, Audio, Video, File, Gallery, Model3D, JSON, Dataframe),
        *(Code, Markdown, HTML, Label, HighlightedText, Dialogue, Button, Chatbot, Plot, DateTime),
    )
} | {"JSONComponent": JSON}
_BY_TYPE: Mapping[str, type[Any]] = {name.lower(): kind for name, kind in _KINDS.items()}
