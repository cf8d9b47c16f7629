"""Markdown as HTML that asks nothing of anybody: for pages without our scripts."""

from __future__ import annotations

import re
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


_MARKS = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(#{1,6}|>)\s+", re.MULTILINE), ""),
    (re.compile(r"^(\s*)[-*+]\s+", re.MULTILINE), r"\1• "),
    (re.compile(r"^\s*([-*_]\s*){3,}$|^\s*```.*$", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\w*])"), r"\2"),
)


def without_marks(text: str) -> str:
    r"""Return Markdown as the words that it says, for where there is one kind of letters.

    >>> without_marks("# A *lighthouse*\n\n- [by the sea](https://there/), `so` **tall**")
    'A lighthouse\n\n• by the sea, so tall'
    """
    for mark, words in _MARKS:
        text = mark.sub(words, text)
    return text
