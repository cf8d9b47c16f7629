"""Component descriptors: which control edits an input, which display shows an output.

A descriptor is plain data. It holds no state, and nothing here needs a browser. ``value`` is the
value an input starts with. One object that several inputs are given is one control: what is set on
one is set on all of them. Names, order of arguments and meaning follow Gradio's components; a
component of Gradio itself may stand in its place.

    >>> Slider(1, 10, value=3).value
    3
"""

import importlib
from typing import TYPE_CHECKING, Any

from daggr_nb.ui._component import Component
from daggr_nb.ui._component import Unknown as Unknown

if TYPE_CHECKING:
    from daggr_nb.ui._annotated import (
        for_annotation as for_annotation,
    )
    from daggr_nb.ui._chat import (
        Chatbot,
    )
    from daggr_nb.ui._chat import (
        answer_in as answer_in,
    )
    from daggr_nb.ui._chat import (
        said_in as said_in,
    )
    from daggr_nb.ui._choices import (
        Checkbox,
        CheckboxGroup,
        ColorPicker,
        DateTime,
        Dropdown,
        Radio,
    )
    from daggr_nb.ui._choices import (
        choice_label as choice_label,
    )
    from daggr_nb.ui._displays import (
        JSON,
        Dialogue,
        HighlightedText,
        Label,
        Palette,
        Plot,
    )
    from daggr_nb.ui._files import (
        Audio,
        File,
        Gallery,
        Image,
        ImageSlider,
        Model3D,
        Video,
    )
    from daggr_nb.ui._files import (
        media_type as media_type,
    )
    from daggr_nb.ui._frames import (
        read_frame as read_frame,
    )
    from daggr_nb.ui._gradio import (
        component_from as component_from,
    )
    from daggr_nb.ui._gradio import (
        component_of as component_of,
    )
    from daggr_nb.ui._items import (
        PLACE as PLACE,
    )
    from daggr_nb.ui._items import (
        ItemList,
    )
    from daggr_nb.ui._numbers import (
        Button,
        Number,
        Slider,
    )
    from daggr_nb.ui._tables import (
        Dataframe,
    )
    from daggr_nb.ui._text import (
        HTML,
        Code,
        Markdown,
        TextArea,
        Textbox,
    )
    from daggr_nb.ui._widgets import (
        agreed as agreed,
    )

# Lazy imports (PEP 562): most graphs use a few, so a module is loaded with the first use of a name.
_HOMES = {
    "_annotated": ("for_annotation",),
    "_chat": ("Chatbot", "answer_in", "said_in"),
    "_choices": (
        "Checkbox",
        "CheckboxGroup",
        "ColorPicker",
        "DateTime",
        "Dropdown",
        "Radio",
        "choice_label",
    ),
    "_displays": ("JSON", "Dialogue", "HighlightedText", "Label", "Palette", "Plot"),
    "_files": (
        "Audio",
        "File",
        "Gallery",
        "Image",
        "ImageSlider",
        "Model3D",
        "Video",
        "media_type",
    ),
    "_frames": ("read_frame",),
    "_gradio": ("component_from", "component_of"),
    "_items": ("PLACE", "ItemList"),
    "_numbers": ("Button", "Number", "Slider"),
    "_tables": ("Dataframe",),
    "_text": ("HTML", "Code", "Markdown", "TextArea", "Textbox"),
    "_widgets": ("agreed",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "HTML",
    "JSON",
    "Audio",
    "Button",
    "Chatbot",
    "Checkbox",
    "CheckboxGroup",
    "Code",
    "ColorPicker",
    "Component",
    "Dataframe",
    "DateTime",
    "Dialogue",
    "Dropdown",
    "File",
    "Gallery",
    "HighlightedText",
    "Image",
    "ImageSlider",
    "ItemList",
    "Label",
    "Markdown",
    "Model3D",
    "Number",
    "Palette",
    "Plot",
    "Radio",
    "Slider",
    "TextArea",
    "Textbox",
    "Video",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    if name in __all__:
        importlib.import_module(f"{__name__}._parameters").describe(value)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
