"""How an object looks that shows itself in a notebook: as HTML, a picture, Markdown, LaTeX."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb._canvas.displays.media.image import svg_look
from daggr_nb._canvas.displays.media.media_file import bytes_look, media_look
from daggr_nb._canvas.displays.rendering import Look, kind
from daggr_nb._canvas.displays.texts.html_page import own_html_page_look
from daggr_nb._canvas.displays.texts.latex import latex_look
from daggr_nb._canvas.displays.texts.markdown import markdown_look
from daggr_nb._protocol.displays import ImagePreview
from daggr_nb.errors import is_interrupt


def own_look(value: Any) -> Look | None:
    """Return how a value shows itself in a notebook, if it does: the best of what it offers."""
    if isinstance(value, type):
        return None
    bundle = _bundle(value)
    for mime, look_of in _BEST.items():
        form = bundle.get(mime)
        if form is None and mime in _METHODS:
            form = _called(value, _METHODS[mime])
        look = look_of(form) if form is not None and form != "" else None
        if look is not None:
            return _named(look, value)
    return None


def _named(look: Look, value: Any) -> Look:
    preview = look.preview
    if preview.mime.startswith("text/") or preview.summary == "drawing":
        preview = preview.model_copy(update={"summary": kind(value)})
    return Look(preview, look.content, look.whole, look.rows)


def _bundle(value: Any) -> Mapping[str, Any]:
    bundle = _called(value, "_repr_mimebundle_")
    bundle = bundle[0] if isinstance(bundle, tuple) and bundle else bundle
    return bundle if isinstance(bundle, Mapping) else {}


def _called(value: Any, method: str) -> Any:
    """Return what a display method returns; a foreign one may raise anything."""
    try:
        return getattr(type(value), method)(value)
    except BaseException as error:  # see above; most have no such method
        if is_interrupt(error):
            raise
        return None


def _picture(form: Any) -> Look | None:
    data = form[0] if isinstance(form, tuple) else form
    if isinstance(data, str):
        try:
            data = base64.b64decode(data)
        except (binascii.Error, ValueError):
            return None
    look = bytes_look(bytes(data)) if isinstance(data, (bytes, bytearray)) else None
    return look if look is not None and isinstance(look.preview, ImagePreview) else None


def _drawing(text: Any) -> Look | None:
    return svg_look(text) if isinstance(text, str) and "<svg" in text else None


_METHODS = {
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
}
_BEST: Mapping[str, Callable[[Any], Look | None]] = {
    "text/html": own_html_page_look,
    "image/svg+xml": _drawing,
    "image/png": _picture,
    "image/jpeg": _picture,
    "text/markdown": markdown_look,
    "text/latex": latex_look,
}


def display_look(value: Any) -> Look | None:
    """Return the look of an object of ``IPython.display`` that holds a picture or a sound."""
    if not type(value).__module__.startswith("IPython"):
        return None
    data = getattr(value, "data", None)
    name = type(value).__name__
    return media_look(data, name) if name in ("Image", "Audio", "Video", "SVG") and data else None
