"""What a card shows of a value before anybody asks for it, and the bytes when they do."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.plain import as_json, shown
from daggr_nb._protocol.messages import Preview

_INLINE = 10_000
_ITEMS = 12
COLORS = "application/x-daggr-colors"
LIST = "application/x-daggr-list"
ROWS = "application/vnd.daggr.items+json"
_MOST_ROWS = 200_000


def preview(
    value: Any, component: ui.Component | None = None, digest: str | None = None
) -> Preview:
    """Return the preview of a value, drawn the way ``component`` asks for if it fits."""
    typed = _BY_COMPONENT.get(type(component).__name__)
    found = typed(value) if typed is not None else None
    found = found or _by_type(value)
    return found.model_copy(update={"digest": digest}) if digest else found


def control_preview(value: Any) -> Preview:
    """Return the preview of a control's value: the value itself."""
    return Preview(summary=_kind(value), mime="application/json", data=as_json(value), inline=True)


def content(value: Any, max_width: int | None = None) -> tuple[str, bytes]:
    """Return a value as media type and bytes; a picture no wider than ``max_width`` pixels."""
    picture = _as_picture(value)
    if picture is not None:
        return "image/png", _png(picture, max_width)
    if isinstance(value, str):
        return "text/plain", value.encode("utf-8", "replace")
    if isinstance(value, bytes):
        return "application/octet-stream", value
    html = _html(value)
    if html is not None:
        return "text/html", html.encode()
    if isinstance(value, (dict, list, tuple, int, float, bool, type(None))):
        return "application/json", json.dumps(as_json(value)).encode()
    return "text/plain", shown(value, 5_000_000).encode()


# ---------------------------------------------------------------- by component


def _text_as(mime: str) -> Callable[[Any], Preview | None]:
    def make(value: Any) -> Preview | None:
        if not isinstance(value, str):
            return None
        return _text(value, mime)

    return make


def _palette(value: Any) -> Preview | None:
    colors = list(value) if isinstance(value, (list, tuple)) else []
    flat = [
        color for part in colors for color in (part if isinstance(part, (list, tuple)) else [part])
    ]
    if not flat or not all(isinstance(c, str) and c.startswith("#") for c in flat):
        return None
    count = f"{len(flat)} colours"
    return Preview(summary=count, mime=COLORS, data=flat[:256], inline=True, count=len(flat))


def _json(value: Any) -> Preview | None:
    return _data(value)


def _rows(value: Any) -> Preview | None:
    """Rows of an item list, each with its place, so that an edit keeps what it does not show."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(r, Mapping) for r in value):
        return None
    count = f"{len(value)} item" + "s" * (len(value) != 1)
    rows = [{**as_json(dict(row)), ui.PLACE: place} for place, row in enumerate(value)]
    inline = len(json.dumps(rows)) <= _MOST_ROWS
    data = rows if inline else None
    return Preview(summary=count, mime=ROWS, data=data, inline=inline, count=len(rows))


_BY_COMPONENT: Mapping[str, Callable[[Any], Preview | None]] = {
    "Markdown": _text_as("text/markdown"),
    "HTML": _text_as("text/html"),
    "Palette": _palette,
    "JSON": _json,
    "ItemList": _rows,
}


# ---------------------------------------------------------------- by type


def _by_type(value: Any) -> Preview:
    picture = _as_picture(value)
    if picture is not None:
        width, height = picture.size
        return Preview(summary=f"Image {width} × {height}", mime="image/png")
    if isinstance(value, str):
        return _text(value, "text/plain")
    if isinstance(value, (list, tuple)) and any(not _simple(item) for item in value[:_ITEMS]):
        return _list(value)
    if isinstance(value, (bool, int, float, type(None), list, tuple, dict)):
        return _data(value)
    html = _html(value)
    if html is not None:
        inline = len(html) <= _INLINE
        return Preview(
            summary=_kind(value), mime="text/html", data=html if inline else None, inline=inline
        )
    return Preview(summary=_kind(value), mime="text/plain", data=shown(value), inline=True)


def _text(value: str, mime: str) -> Preview:
    short = value if len(value) <= _INLINE else value[: _INLINE - 1] + "…"
    summary = "text" if len(value) < 80 else f"text, {len(value):,} characters"
    return Preview(summary=summary, mime=mime, data=short, inline=len(short) == len(value))


def _data(value: Any) -> Preview:
    plain = as_json(value)
    inline = len(json.dumps(plain)) <= _INLINE
    if not inline and isinstance(plain, (list, str)):
        plain = plain[:50]
    elif not inline:
        plain = shown(value, 2_000)
    count = len(value) if isinstance(value, (list, tuple, dict)) else None
    return Preview(
        summary=_kind(value), mime="application/json", data=plain, inline=inline, count=count
    )


def _list(value: Sequence[Any]) -> Preview:
    first = [_by_type(item) for item in value[:_ITEMS]]
    kinds = {item.summary.partition(" ")[0] for item in first}
    kind = kinds.pop() if len(kinds) == 1 else "items"
    return Preview(summary=f"{len(value)} × {kind}", mime=LIST, items=first, count=len(value))


def _simple(value: Any, depth: int = 0) -> bool:
    if isinstance(value, (list, tuple)):
        return depth < 8 and all(_simple(item, depth + 1) for item in value[:200])
    if isinstance(value, dict):
        return depth < 8 and all(_simple(item, depth + 1) for item in list(value.values())[:200])
    return isinstance(value, (str, bool, int, float, type(None)))


def _kind(value: Any) -> str:
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{type(value).__name__} of {len(value)}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{type(value).__name__} {' × '.join(map(str, shape))}"
    return "nothing" if value is None else type(value).__name__


def _as_picture(value: Any) -> Any:
    """Return a PIL image of a value that is one, else ``None``; PIL is not loaded for it."""
    module = sys.modules.get("PIL.Image")
    if module is None or not isinstance(value, module.Image):
        return None
    return value if 0 not in value.size else None


def _png(picture: Any, max_width: int | None) -> bytes:
    if picture.mode not in ("1", "L", "LA", "RGB", "RGBA", "P"):
        picture = picture.convert("RGB")
    if max_width and picture.width > max_width:
        height = max(1, round(picture.height * max_width / picture.width))
        shrunk = picture.convert("RGBA" if picture.mode in ("LA", "P", "RGBA") else "RGB")
        picture = shrunk.resize((max_width, height))
    buffer = io.BytesIO()
    picture.save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def _html(value: Any) -> str | None:
    """Return the HTML a value shows itself with in a notebook, if it does."""
    if isinstance(value, type):
        return None
    try:
        html = value._repr_html_()
    except Exception:  # noqa: BLE001 - most have none; a foreign one may raise anything
        return None
    return html if isinstance(html, str) else None
