"""A text that is HTML: a page of its own, in which nothing runs."""

from __future__ import annotations

from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.plain import text_look
from daggr_nb._canvas.displays.rendering import INLINE, Look
from daggr_nb._protocol.displays import HtmlPreview
from daggr_nb._text import encoded


def html_page_look(value: Any, _: ui.Component | None = None) -> Look | None:
    """Return the look of HTML."""
    return text_look(value, HtmlPreview) if isinstance(value, str) else None


def own_html_page_look(value: Any) -> Look | None:
    """Return the look of the HTML that an object shows itself as; none of it is cut off."""
    if not isinstance(value, str):
        return None
    inline = len(value) <= INLINE
    preview = HtmlPreview(summary="HTML", data=value if inline else None, inline=inline)
    return Look(preview, lambda width: ("text/html", encoded(value)))
