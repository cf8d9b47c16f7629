"""How an object looks that shows itself in a notebook: figures, HTML, LaTeX, or its repr."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable, Mapping
from typing import Any

from daggr_nb._canvas.displays.files import bytes_look, media_look, svg_look
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.rendering import INLINE, Look, kind, text_look
from daggr_nb._protocol.displays import Preview
from daggr_nb._provenance.values.matplotlib import DRAWING
from daggr_nb.errors import DaggrError

PLOTLY = "application/vnd.plotly.v1+json"
_DPI = 150


def figure_look(value: Any) -> Look | None:
    """Return the look of a figure of Matplotlib or Plotly; nothing is drawn until asked for."""
    figure = getattr(value, "figure", value)  # an axes belongs to one
    if callable(getattr(figure, "savefig", None)) and hasattr(figure, "axes"):
        with DRAWING:  # which changes the size for a moment
            width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
        preview = Preview(summary=f"Figure {width} × {height}", mime="image/png")
        return Look(preview, lambda most: _saved(figure, "png"), lambda: _saved(figure, "svg"))
    if callable(getattr(value, "to_plotly_json", None)) and hasattr(value, "to_json"):
        height = getattr(getattr(value, "layout", None), "height", None)
        preview = Preview(summary="Plotly figure", mime=PLOTLY, data={"height": height})
        return Look(preview, lambda most: (PLOTLY, str(value.to_json()).encode()))
    return None


def _saved(figure: Any, form: str) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    with DRAWING:
        figure.savefig(buffer, format=form, dpi=_DPI, bbox_inches="tight")
    return {"png": "image/png", "svg": "image/svg+xml"}[form], buffer.getvalue()


def own_look(value: Any) -> Look | None:
    """Return how a value shows itself in a notebook, if it does: the best of what it offers."""
    if isinstance(value, type):
        return None
    bundle = _bundle(value)
    for mime, make in _BEST.items():
        found = bundle.get(mime)
        if found is None and mime in _METHODS:
            found = _called(value, _METHODS[mime])
        look = make(found) if found is not None and found != "" else None
        if look is not None:
            return _named(look, value)
    return None


def repr_look(value: Any) -> Look:
    """Return the look of what is only known by its ``repr``."""
    text = shown(value)
    preview = Preview(summary=kind(value), mime="text/plain", data=text, inline=True)
    return Look(preview, lambda width: ("text/plain", shown(value, 5_000_000).encode()))


def _named(look: Look, value: Any) -> Look:
    preview = look.preview
    if preview.mime.startswith("text/") or preview.summary == "drawing":
        preview = preview.model_copy(update={"summary": kind(value)})
    return Look(preview, look.content, look.whole, look.rows)


def _bundle(value: Any) -> Mapping[str, Any]:
    found = _called(value, "_repr_mimebundle_")
    found = found[0] if isinstance(found, tuple) and found else found
    return found if isinstance(found, Mapping) else {}


def _called(value: Any, method: str) -> Any:
    """Return what a display method returns; a foreign one may raise anything."""
    try:
        return getattr(type(value), method)(value)
    except Exception:  # noqa: BLE001 - see above; most have no such method
        return None


def _html(text: Any) -> Look | None:
    if not isinstance(text, str):
        return None
    inline = len(text) <= INLINE
    preview = Preview(
        summary="HTML", mime="text/html", data=text if inline else None, inline=inline
    )
    return Look(preview, lambda width: ("text/html", text.encode("utf-8", "replace")))


def _picture(found: Any) -> Look | None:
    data = found[0] if isinstance(found, tuple) else found
    if isinstance(data, str):
        try:
            data = base64.b64decode(data)
        except (binascii.Error, ValueError):
            return None
    look = bytes_look(bytes(data)) if isinstance(data, (bytes, bytearray)) else None
    return look if look is not None and look.preview.mime.startswith("image/") else None


def _drawing(text: Any) -> Look | None:
    return svg_look(text) if isinstance(text, str) and "<svg" in text else None


def _text(mime: str) -> Callable[[Any], Look | None]:
    return lambda text: text_look(text, mime) if isinstance(text, str) else None


_METHODS = {
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
}
_BEST: Mapping[str, Callable[[Any], Look | None]] = {
    "text/html": _html,
    "image/svg+xml": _drawing,
    "image/png": _picture,
    "image/jpeg": _picture,
    "text/markdown": _text("text/markdown"),
    "text/latex": _text("text/latex"),
}


def display_look(value: Any) -> Look | None:
    """Return the look of an object of ``IPython.display`` that holds a picture or a sound."""
    if not type(value).__module__.startswith("IPython"):
        return None
    data = getattr(value, "data", None)
    name = type(value).__name__
    return media_look(data, name) if name in ("Image", "Audio", "Video", "SVG") and data else None


def plotly_js() -> bytes:
    """Return the script that draws Plotly's figures, from the library that is installed."""
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - optional and heavy
    except ImportError as error:
        raise DaggrError("Plotly is not installed in the kernel: pip install plotly.") from error
    return str(get_plotlyjs()).encode()
