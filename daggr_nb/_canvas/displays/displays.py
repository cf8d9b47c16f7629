"""How values look under the component that a port has."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from daggr_nb import ui
from daggr_nb._canvas.displays.files import (
    FILES,
    lost_look,
    media_look,
    picture_look,
    picture_of,
    size,
)
from daggr_nb._canvas.displays.jsonable import as_json, shown
from daggr_nb._canvas.displays.rendering import Look, data_look, drawn_look, kind, plural, text_look
from daggr_nb._canvas.displays.rich import figure_look, own_look
from daggr_nb._canvas.displays.tables import frame_look, is_frame, rows_look
from daggr_nb._ids import NodeId
from daggr_nb._model.structure import Structure
from daggr_nb._protocol.displays import Preview

LIST = "application/x-daggr-list"
EACH = "application/x-daggr-each"
COLORS = "application/x-daggr-colors"
ROWS = "application/vnd.daggr.items+json"
LABEL = "application/x-daggr-label"
MARKED = "application/x-daggr-marked"
CHAT = "application/x-daggr-chat"
GALLERY = "application/x-daggr-gallery"
COMPARE = "application/x-daggr-compare"
_MOST_ROWS = 200_000
_PARTS = 5_000  # marked parts of a text, or messages
_PICTURES = 200

_ITEMS = 12

Make = Callable[[Any, ui.Component], Look | None]


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


def component_look(value: Any, component: Shown) -> Look | None:
    """Return the look that a component asks for, ``None`` if the value does not fit it."""
    if isinstance(component, Each):
        return _each_look(value, component.component)
    make = next((_MAKE[c.__name__] for c in type(component).__mro__ if c.__name__ in _MAKE), None)
    return None if make is None or component is None or value is None else make(value, component)


def _each_look(value: Any, component: ui.Component | Each) -> Look | None:
    if not isinstance(value, (list, tuple)):
        return None
    looks = [component_look(item, component) for item in value[:_ITEMS]]
    if not any(looks):
        return None
    items = [(look or data_look(v)).preview for look, v in zip(looks, value, strict=False)]
    pictures = all(item.mime.startswith("image/") for item in items)
    mime = LIST if pictures else EACH
    found = Preview(summary=kind(value), mime=mime, items=items, count=len(value))
    return Look(found, data_look(value).content)


def component_at(component: Shown, step: int | str) -> Shown:
    """Return the component that shows a part of a value."""
    if isinstance(component, Each):
        return component.component
    if isinstance(component, ui.ItemList) and isinstance(step, str):
        return component.schema.get(step)
    if isinstance(component, ui.ItemList | ui.File):
        return component
    return ui.Image() if isinstance(component, ui.Gallery | ui.ImageSlider | ui.Image) else None


def _text_as(mime: str) -> Make:
    return lambda value, _: text_look(value, mime) if isinstance(value, str) else None


def _palette(value: Any, _: ui.Component) -> Look | None:
    colors = list(value) if isinstance(value, (list, tuple)) else []
    flat = [
        color for part in colors for color in (part if isinstance(part, (list, tuple)) else [part])
    ]
    if not flat or not all(isinstance(c, str) and c.startswith("#") for c in flat):
        return None
    return drawn_look(COLORS, flat[:256], f"{len(flat)} colours", value, len(flat))


def _rows(value: Any, component: ui.Component) -> Look | None:
    """Rows of an item list, each with its place, so that an edit keeps what it does not show."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(r, Mapping) for r in value):
        return None
    rows = [{**_row(row, component), ui.PLACE: place} for place, row in enumerate(value)]
    inline = len(json.dumps(rows)) <= _MOST_ROWS
    data: Any = rows if inline else None
    summary = plural(len(value), "item")
    preview = Preview(summary=summary, mime=ROWS, data=data, inline=inline, count=len(rows))
    return Look(preview, data_look(value).content)


def _row(row: Mapping[str, Any], component: Any) -> dict[str, Any]:
    found = dict(as_json(dict(row)))
    for name, field in component.schema.items():
        if name in row:
            found[name] = control_value(row[name], field)
    return found


def control_value(value: Any, component: ui.Component, digest: str | None = None) -> Any:
    """Return the value of a control as the canvas gets it: plain, or as a preview."""
    if not component.previewed:
        return as_json(component.plain(value))
    if value is None:
        return None
    look = component_look(value, component)
    if look is None:
        picture = picture_of(value)
        look = own_look(value) or data_look(value) if picture is None else picture_look(picture)
    return with_digest(look.preview, digest).model_dump(mode="json")


def with_digest(preview: Preview, digest: str | None) -> Preview:
    """Return a preview that says which value it is of, and so do its parts."""
    if digest is None:
        return preview
    items = [with_digest(item, f"{digest}-{i}") for i, item in enumerate(preview.items)]
    return preview.model_copy(update={"digest": digest, "items": items})


# ---------------------------------------------------------------- files


def _media(value: Any, component: ui.Component) -> Look | None:
    picture = picture_of(value)
    return picture_look(picture) if picture is not None else media_look(value, component.type)


def _files(value: Any, component: ui.Component) -> Look | None:
    if not isinstance(value, (list, tuple)):
        return _media(value, component)
    found = [media_look(each, "File") for each in value]
    about = [
        look.preview.data[0]  # type: ignore[index]
        if look is not None and look.preview.mime == FILES
        else {"name": shown(each, 80), "size": 0, "mime": ""}
        for look, each in zip(found, value, strict=True)
    ]
    total = sum(each["size"] for each in about if isinstance(each, dict))  # type: ignore[misc]
    summary = f"{plural(len(value), 'file')}, {size(total)}"
    return drawn_look(FILES, about, summary, value, len(value))


def _pictures(mime: str, word: str) -> Make:
    def make(value: Any, component: ui.Component) -> Look | None:
        if not isinstance(value, (list, tuple)):
            return None
        entries = [_entry(each) for each in value[:_PICTURES]]
        looks = [_picture(picture) for picture, _ in entries]
        data = {
            "captions": [None if caption is None else str(caption) for _, caption in entries],
            "deep": [isinstance(each, (tuple, list)) for each in value[:_PICTURES]],
            **{key: as_json(v) for key, v in component.props.items() if key == "position"},
        }
        summary = plural(len(value), word) if word else "before and after"
        preview = Preview(
            summary=summary,
            mime=mime,
            data=data,
            inline=True,
            items=[look.preview for look in looks],
            count=len(value),
        )
        return Look(preview, data_look([caption for _, caption in entries]).content)

    return make


def _entry(value: Any) -> tuple[Any, Any]:
    captioned = isinstance(value, (tuple, list)) and len(value) == 2
    return (value[0], value[1]) if captioned else (value, None)


def _picture(value: Any) -> Look:
    if value is None:
        return lost_look("No picture")
    return _media(value, ui.Image()) or lost_look(f"{kind(value)} is no picture.")


# ---------------------------------------------------------------- data


def _table(value: Any, _: ui.Component) -> Look | None:
    if is_frame(value):
        return frame_look(value)
    if isinstance(value, (str, pathlib.Path)):
        return _media(value, ui.File())
    if hasattr(value, "tolist") and len(getattr(value, "shape", ())) == 2:
        value = value.tolist()
    if isinstance(value, Mapping) and {"headers", "data"} <= value.keys():
        value = [value["headers"], *value["data"]]
    if isinstance(value, Mapping) and all(isinstance(v, (list, tuple)) for v in value.values()):
        width = max(map(len, value.values()), default=0)
        value = [[*value], *([*row] for row in zip(*value.values(), strict=False))] if width else []
    return rows_look(value) if isinstance(value, list) else None


def _label(value: Any, component: Any) -> Look | None:
    if isinstance(value, Mapping) and "confidences" in value:
        pairs = [(c["label"], c["confidence"]) for c in value["confidences"] or ()]
    elif isinstance(value, Mapping):
        pairs = [*value.items()]
    elif isinstance(value, (str, int, float)):
        return drawn_look(LABEL, {"label": str(value), "parts": []}, "label", value)
    else:
        return None
    if not pairs or not all(isinstance(c, (int, float)) or hasattr(c, "item") for _, c in pairs):
        return None
    ranked = sorted(((str(n), float(c)) for n, c in pairs), key=lambda p: -p[1])
    ranked = ranked[: component.num_top_classes or len(ranked)]
    data = {"label": ranked[0][0], "parts": ranked[:50]}
    return drawn_look(LABEL, data, plural(len(pairs), "class").replace("classs", "classes"), value)


def _marked(value: Any, component: Any) -> Look | None:
    if isinstance(value, Mapping) and {"text", "entities"} <= value.keys():
        parts = _entities(value["text"], value["entities"])
    elif isinstance(value, (list, tuple)) and all(
        isinstance(part, (list, tuple)) and len(part) == 2 for part in value
    ):
        parts = [(str(text), mark) for text, mark in value]
    else:
        return None
    if component.combine_adjacent:
        parts = _combined(parts, component.adjacent_separator)
    marks = {str(mark) for _, mark in parts if mark is not None}
    data = {"parts": parts[:_PARTS], "colors": dict(component.color_map or {})}
    return drawn_look(MARKED, data, plural(len(marks), "kind"), value)


def _entities(text: str, entities: Any) -> list[tuple[str, Any]]:
    parts: list[tuple[str, Any]] = []
    at = 0
    for entity in sorted(entities, key=lambda e: int(e["start"])):
        parts.append((text[at : entity["start"]], None))
        name = entity.get("entity") or entity.get("entity_group")
        parts.append((text[entity["start"] : entity["end"]], name))
        at = entity["end"]
    return [part for part in [*parts, (text[at:], None)] if part[0]]


def _combined(parts: list[tuple[str, Any]], separator: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for text, mark in parts:
        if found and found[-1][1] == mark:
            text = found.pop()[0] + separator + text
        found.append((text, mark))
    return found


def _chat(value: Any, _: ui.Component) -> Look | None:
    if isinstance(value, str):
        value = ui.Dialogue().accept(value)
    if not isinstance(value, (list, tuple)):
        return None
    found = [message for entry in value[-_PARTS:] for message in _messages(entry)]
    if None in found:
        return None
    return drawn_look(CHAT, found, plural(len(found), "message"), value, len(found))


def _messages(entry: Any) -> list[dict[str, Any] | None]:
    """Return what one entry says: a message, a line, or a pair of question and answer."""
    if hasattr(entry, "role") and hasattr(entry, "content"):
        entry = {"role": entry.role, "content": entry.content}
    if isinstance(entry, Mapping):
        who = entry.get("role") or entry.get("speaker") or ""
        said = entry.get("content", entry.get("text", ""))
        return [{"who": str(who), "text": _said(said), "chat": "role" in entry}]
    if isinstance(entry, (list, tuple)) and len(entry) == 2:
        both = zip(("user", "assistant"), entry, strict=True)
        return [
            {"who": who, "text": _said(said), "chat": True}
            for who, said in both
            if said is not None
        ]
    return [None]


def _said(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        return "\n\n".join(_said(part) for part in content)
    if isinstance(content, Mapping):
        text = content.get("text") or content.get("content")
        return _said(text) if text else str(content.get("path", shown(content, 200)))
    return shown(content, 200)


def _figure(value: Any, _: ui.Component) -> Look | None:
    return figure_look(value) or _media(value, ui.Image())


_MAKE: Mapping[str, Make] = {
    "Markdown": _text_as("text/markdown"),
    "HTML": _text_as("text/html"),
    "Code": _text_as("text/x-code"),
    "Palette": _palette,
    "JSON": lambda value, _: data_look(value),
    "ItemList": _rows,
    "Image": _media,
    "Audio": _media,
    "Video": _media,
    "Model3D": _media,
    "File": _files,
    "Gallery": _pictures(GALLERY, "picture"),
    "ImageSlider": _pictures(COMPARE, ""),
    "Dataframe": _table,
    "Label": _label,
    "HighlightedText": _marked,
    "Chatbot": _chat,
    "Dialogue": _chat,
    "Plot": _figure,
}
