"""How values look under the component that a port has: a row for each component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.data.item_list import item_list_look
from daggr_nb._canvas.displays.data.json_tree import json_tree_look
from daggr_nb._canvas.displays.data.label import label_look
from daggr_nb._canvas.displays.data.palette import palette_look
from daggr_nb._canvas.displays.data.plot import plot_look
from daggr_nb._canvas.displays.data.table import table_look
from daggr_nb._canvas.displays.each import Each, Shown, each_look
from daggr_nb._canvas.displays.jsonable import as_json, shown
from daggr_nb._canvas.displays.late import at_once, in_time, late_preview
from daggr_nb._canvas.displays.media.compare import compare_look
from daggr_nb._canvas.displays.media.files import files_look
from daggr_nb._canvas.displays.media.gallery import gallery_look
from daggr_nb._canvas.displays.media.image import picture_look, picture_of
from daggr_nb._canvas.displays.media.media_file import (
    audio_look,
    image_look,
    model_look,
    video_look,
)
from daggr_nb._canvas.displays.plain import data_look
from daggr_nb._canvas.displays.rendering import Look, bounded, kind
from daggr_nb._canvas.displays.rich import own_look
from daggr_nb._canvas.displays.texts.chat import chat_look
from daggr_nb._canvas.displays.texts.html_page import html_page_look
from daggr_nb._canvas.displays.texts.markdown import markdown_look
from daggr_nb._canvas.displays.texts.marked import marked_look
from daggr_nb._canvas.displays.texts.source_code import source_code_look
from daggr_nb._protocol.displays import Preview
from daggr_nb._provenance.secrecy import is_hidden
from daggr_nb.errors import is_interrupt

Display = Callable[[Any, Any], Look | None]
"""Returns the look of a value under a component, ``None`` if the value does not fit it."""


def component_look(value: Any, component: Shown) -> Look | None:
    """Return the look that a component asks for, ``None`` if the value does not fit it."""
    if isinstance(component, Each):
        return each_look(value, component.component, component_look)
    if component is None or value is None:
        return None
    display = _display(component)
    return None if display is None else display(value, component)


def _display(component: ui.Component) -> Display | None:
    names = (each.__name__ for each in type(component).__mro__)
    return next((DISPLAYS[name] for name in names if name in DISPLAYS), None)


def misfit(value: Any, component: ui.Component, why: str = "") -> str:
    """Return what a card says of a value that does not fit its component.

    Nothing of a control, which shows what there is. ``why`` is what went wrong.
    """
    if _display(component) is None:
        return ""
    shows = f"shows {component.shows}" if component.shows else "shows something else"
    said = f"{component.type} {shows}; this is {kind(value)}, as it is."
    return f"{said} ({why})" if why else said


def component_at(component: Shown, step: int | str) -> Shown:
    """Return the component that shows a part of a value."""
    if isinstance(component, Each):
        return component.component
    if isinstance(component, ui.ItemList) and isinstance(step, str):
        return component.schema.get(step)
    if isinstance(component, ui.ItemList | ui.File):
        return component
    return ui.Image() if isinstance(component, ui.Gallery | ui.ImageSlider | ui.Image) else None


SET = {"$set": True}
"""What the canvas gets in the place of a secret, and sends back when it is to stay."""


def control_value(value: Any, component: ui.Component, digest: str | None = None) -> Any:
    """Return the value of a control as the canvas gets it: plain, or as a preview.

    Of a secret it gets no more than that there is one.
    """
    if digest is not None and is_hidden(digest):
        return SET
    if not component.previewed:
        return _plain(value, component)
    if value is None:
        return None

    def look() -> Preview:
        return bounded(lambda: component_look(value, component) or _own_or_data(value)).preview

    seen = look() if at_once(value) else in_time(value, digest, ("control", component), look)
    preview = late_preview(value) if seen is None else with_digest(seen, digest)
    return preview.model_dump(mode="json")


def _plain(value: Any, component: ui.Component) -> Any:
    if at_once(value):
        return _as_plain(value, component)
    plain = in_time(value, None, component, lambda: (_as_plain(value, component),))
    return late_preview(value).data if plain is None else plain[0]


def _as_plain(value: Any, component: ui.Component) -> Any:
    try:
        return as_json(component.plain(value))
    except BaseException as error:  # a component may be anybody's
        if is_interrupt(error):
            raise
        return shown(value)


def _own_or_data(value: Any) -> Look:
    picture = picture_of(value)
    return own_look(value) or data_look(value) if picture is None else picture_look(picture)


def with_digest(preview: Preview, digest: str | None) -> Preview:
    """Return a preview that says which value it is of, and so do its parts."""
    if digest is None:
        return preview
    items = [with_digest(item, f"{digest}-{i}") for i, item in enumerate(preview.items)]
    return preview.model_copy(update={"digest": digest, "items": items})


def _item_list_look(value: Any, component: ui.Component) -> Look | None:
    return item_list_look(value, component, control_value)


DISPLAYS: Mapping[str, Display] = {
    "Audio": audio_look,
    "Chatbot": chat_look,
    "Code": source_code_look,
    "Dataframe": table_look,
    "Dialogue": chat_look,
    "File": files_look,
    "Gallery": gallery_look,
    "HTML": html_page_look,
    "HighlightedText": marked_look,
    "Image": image_look,
    "ImageSlider": compare_look,
    "ItemList": _item_list_look,
    "JSON": json_tree_look,
    "Label": label_look,
    "Markdown": markdown_look,
    "Model3D": model_look,
    "Palette": palette_look,
    "Plot": plot_look,
    "Video": video_look,
}
