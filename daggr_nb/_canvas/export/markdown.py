"""Markdown as HTML that asks nothing of anybody: for pages without our scripts."""

from __future__ import annotations

from html import escape
from typing import Any

_PLUGINS = ["strikethrough", "table"]


def markdown_html(text: str) -> str | None:
    """Return Markdown as HTML without scripts and outer pictures; ``None`` without mistune.

    What is HTML in it is shown as text. Its headings stand below those of a page that already has
    three levels.

    >>> markdown_html("*so*").strip()
    '<p><em>so</em></p>'
    """
    try:
        import mistune  # noqa: PLC0415 - optional: it comes with nbconvert
    except ImportError:
        return None

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **attrs: Any) -> str:
            return super().heading(text, min(level + 3, 6), **attrs)

        def image(self, text: str, url: str, title: str | None = None) -> str:
            if url.startswith("data:image/"):
                return super().image(text, url, title)
            return self.link(text or escape(url), url, title)  # a page asks nothing of a network

    render = mistune.create_markdown(escape=True, renderer=Renderer(escape=True), plugins=_PLUGINS)
    return str(render(text))
