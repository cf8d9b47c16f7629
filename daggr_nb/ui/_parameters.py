"""What the parameters of components mean: one name means one thing, and is described once."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping

from daggr_nb.ui._component import Component

_MEANINGS: Mapping[str, str] = {
    "adjacent_separator": "What stands between parts that were combined.",
    "allow_custom_value": "Whether any other text is taken as well.",
    "choices": "What there is to choose from: values, or pairs ``(label, value)``.",
    "color_map": "Colours by category, such as ``{'person': '#e06c00'}``.",
    "columns": "How many pictures stand side by side.",
    "combine_adjacent": "Whether neighbouring parts of one category are shown as one.",
    "examples": "What a person may say first, each as a button.",
    "file_count": "``'single'``, ``'multiple'`` for a list of files, or ``'directory'``.",
    "file_types": "Endings, such as ``'.csv'``, or ``'image'``, ``'audio'``, ``'video'``.",
    "headers": "The names of the columns.",
    "include_time": "Whether there is a time beside the day.",
    "info": "What stands beside the label.",
    "interactive": "``False`` shows the value of an input, which nobody edits on the canvas.",
    "label": "What stands above it, by default the name of the port.",
    "language": "What the text is written in, such as ``'python'``.",
    "lines": "How many lines are shown.",
    "max_choices": "How many may be chosen.",
    "max_length": "How many characters are taken.",
    "maximum": "The largest number that is taken.",
    "minimum": "The smallest number that is taken.",
    "multiselect": "Whether several are chosen, as a list.",
    "num_top_classes": "How many of the classes are shown, the best first.",
    "open": "Whether all of it is shown at first.",
    "placeholder": "What stands in the empty field.",
    "precision": "How many digits follow the point; ``0`` makes whole numbers.",
    "schema": "A component for every field of an item, by its name.",
    "show_legend": "Whether the categories are listed above.",
    "slider_position": "Where the handle stands at first, in percent from the left.",
    "speakers": "Who may speak.",
    "step": "The distance between two numbers.",
    "type": "What a function gets whose parameter is not annotated: {forms}.",
    "value": "What it starts with.",
    "variant": "``'primary'`` or ``'secondary'``: how much it stands out.",
    "visible": "Whether the canvas shows it; its value counts in any case.",
    "widget": "A widget of ipywidgets that has the same value, if it stands for one.",
}
_OWN: Mapping[tuple[str, str], str] = {
    ("Button", "value"): "What stands on it.",
    ("Code", "value"): "The text that it starts with.",
    ("Textbox", "type"): "``'text'``, ``'email'`` or ``'password'``, whose text nobody sees.",
    ("TextArea", "type"): "``'text'``, ``'email'`` or ``'password'``, whose text nobody sees.",
}
"""Where a parameter of one component means something else."""


def describe(kind: type[Component]) -> None:
    """Add the parameters of a component to its docstring, as a list."""
    if kind.__doc__ is None:  # they are left out everywhere
        return
    lines = [line for name in inspect.signature(kind).parameters for line in _lines(kind, name)]
    kind.__doc__ = "\n".join([inspect.cleandoc(kind.__doc__), "", "Args:", *lines, ""])


def _lines(kind: type[Component], name: str) -> list[str]:
    meaning = _OWN.get((kind.__name__, name)) or _MEANINGS[name]
    forms = " or ".join(f"``{form!r}``" for form in getattr(kind, "forms", ()))
    stars = "**" if name == "schema" else ""
    text = f"{stars}{name}: {meaning.replace('{forms}', forms)}"
    return textwrap.wrap(
        text, 95, initial_indent=" " * 4, subsequent_indent=" " * 8, break_on_hyphens=False
    )
