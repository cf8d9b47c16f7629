"""What nodes at work show: values so far, looked at again only where they grew."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.display import with_digest
from daggr_nb._canvas.displays.late import is_pending
from daggr_nb._canvas.displays.plain import text_summary
from daggr_nb._canvas.displays.previews import preview
from daggr_nb._canvas.displays.rendering import TEXT
from daggr_nb._canvas.items_so_far import ItemsSoFar
from daggr_nb._engine.session.sheet_session import SheetSession
from daggr_nb._engine.state.live import Live
from daggr_nb._engine.task.streamed_output import START, Partial
from daggr_nb._ids import NodeId
from daggr_nb._model.node import Node
from daggr_nb._protocol.displays import (
    ChatPreview,
    CodePreview,
    HtmlPreview,
    LatexPreview,
    MarkdownPreview,
    Preview,
    TextPreview,
)
from daggr_nb._provenance.digest.paths import paths_in
from daggr_nb._provenance.redaction import HIDDEN
from daggr_nb._provenance.secrecy import ScrubbedText, hidden_result

_TEXTS = (TextPreview, MarkdownPreview, CodePreview, HtmlPreview, LatexPreview)
_BEYOND = 4_000  # characters around those that are shown, in which a secret may begin or end
_LINE = 60  # characters of what an item at work has said


def speaks(live: Live | None) -> bool:
    """Whether a card shows what its node has said so far in the place of what is on record."""
    return live is not None and bool(live.partial)


class SoFar:
    """The previews of ports at work, for the views of one bridge. Used under the session's lock."""

    def __init__(self) -> None:
        self._ports: dict[NodeId, dict[str, _Text | _Other]] = {}
        self.items = ItemsSoFar()

    def previews(self, current: SheetSession, name: NodeId, live: Live) -> dict[str, Preview]:
        """Return what a card shows of a node that has said something."""
        node, partial = current.structure.nodes[name], live.partial
        known = self._ports.setdefault(name, {})
        return {
            port: self._preview(current, node, port, partial, known)
            for port in node.outputs
            if port in partial
        }

    def forget(self, name: NodeId) -> None:
        """Let go of what a node has said, which is on record now, or gone."""
        self._ports.pop(name, None)

    def clear(self) -> None:
        """Let go of everything: the graph may be another one."""
        self._ports.clear()
        self.items.clear()

    def _preview(
        self,
        current: SheetSession,
        node: Node,
        port: str,
        partial: Mapping[str, Any],
        known: dict[str, _Text | _Other],
    ) -> Preview:
        look = known.get(port)
        if look is None:
            look = known[port] = _Text(node, port) if _is_text(node, port) else _Other()
        if isinstance(look, _Text):
            if look.advance(partial, port):
                return look.preview()
            look = known[port] = _Other()  # it was a text, and is no more
        return look.preview(current, node, port, partial)


class _Text:
    """A port's text without secrets, as long as a card shows more of it when it grows."""

    def __init__(self, node: Node, port: str) -> None:
        self._mark = START
        self._whole: str | None = None  # where nobody tells how it grew
        self._length = 0
        self._scrubbed = ScrubbedText()
        component = node.outputs[port]
        self._base = preview("", component)
        self._is_secret = hidden_result(port, component, "x")  # whatever it says

    def advance(self, partial: Mapping[str, Any], port: str) -> bool:
        """Take in what is new; returns whether the value is a text."""
        if isinstance(partial, Partial):
            news = partial.since(port, self._mark)
            if news is None:
                return False
            mark, new = news
            if mark[0] != self._mark[0]:
                self._begin()
            self._mark = mark
        else:
            value = partial[port]
            if type(value) is not str:
                return False
            if self._whole is None or not value.startswith(self._whole):
                self._begin()
            self._whole, new = value, value[self._length :]
        self._length += len(new)
        room = TEXT + _BEYOND - len(self._scrubbed.raw)
        if new and room > 0:
            self._scrubbed.add(new[:room])
        return True

    def _begin(self) -> None:
        self._length, self._scrubbed = 0, ScrubbedText()

    def preview(self) -> Preview:
        """Return what a card shows of it now."""
        if self._is_secret and self._length:
            return self._base.model_copy(update={"data": HIDDEN, "inline": True})
        text, inline = self._scrubbed.text, self._length <= TEXT
        about = {
            "summary": text_summary(self._length),
            "data": text[:TEXT] if inline else text[: TEXT - 1] + "…",
            "inline": inline,
        }
        return self._base.model_copy(update=about)


class _Other:
    """A port's value of any kind, which is looked at again when the node has said something."""

    def __init__(self) -> None:
        self._version: tuple[int, int] | None = None
        self._preview: Preview | None = None
        self._parts: list[tuple[Any, str]] = []

    def preview(
        self, current: SheetSession, node: Node, port: str, partial: Mapping[str, Any]
    ) -> Preview:
        version = partial.version(port) if isinstance(partial, Partial) else None
        is_known = self._preview is not None and not is_pending(self._preview)
        if self._preview is None or not is_known or version is None or version != self._version:
            self._version = version
            self._preview = self._look(current, node, port, partial[port])
        return self._preview

    def _look(self, current: SheetSession, node: Node, port: str, value: Any) -> Preview:
        component = node.outputs[port]
        if hidden_result(port, component, value):
            return preview(HIDDEN, component)
        shown = _shown(current, value, component)
        if (shown.inline and not shown.items) or isinstance(shown, (*_TEXTS, ChatPreview)):
            return shown
        # What is fetched needs a name: it is another one whenever the value is.
        return self._named(shown, value)

    def _named(self, shown: Preview, value: Any) -> Preview:
        name = "so-far-" + "-".join(map(str, self._version or (id(value), 0)))
        named = with_digest(shown, name)
        entries = value if type(value) in (list, tuple) else ()
        if not named.items or len(entries) < len(named.items):
            return named
        pictures = [_picture(entry) for entry in entries[: len(named.items)]]
        self._parts = [
            former
            if (former := self._part(at)) is not None and former[0] is picture
            else (picture, f"{name}-{at}")
            for at, picture in enumerate(pictures)
        ]
        items = [
            item.model_copy(update={"digest": _file_name(picture) or part})
            for item, (picture, part) in zip(named.items, self._parts, strict=True)
        ]
        return named.model_copy(update={"items": items})

    def _part(self, at: int) -> tuple[Any, str] | None:
        return self._parts[at] if at < len(self._parts) else None


def _is_text(node: Node, port: str) -> bool:
    """Whether a text of a port is shown as a text, whatever it says."""
    component = node.outputs[port]
    if component is None:
        return True
    plain = type(component).output is ui.Component.output
    return plain and isinstance(preview("", component), _TEXTS)


def last_words(said: Mapping[str, Any]) -> str:
    """Return the end of what an item at work has said, in one line."""
    text = said.end(_BEYOND) if isinstance(said, Partial) else ""
    if len(text) == _BEYOND:  # it may begin within a secret
        text = text[len(text.split(None, 1)[0]) :] if text[:1].strip() else text
    hidden = ScrubbedText()
    hidden.add(text)
    words = " ".join(hidden.text[-4 * _LINE :].split())
    return words if len(words) <= _LINE else "…" + words[1 - _LINE :]


def value_so_far(current: SheetSession, name: NodeId, port: str) -> Any:
    """Return what a view may fetch of a node at work: nothing that is hidden."""
    node, value = current.structure.nodes[name], current.live[name].partial[port]
    component = node.outputs.get(port)
    if type(value) is str:
        text = ScrubbedText()
        text.add(value)
        value = text.text
    if hidden_result(port, component, value):
        return HIDDEN
    if current.sheet.visit is not None:
        return HIDDEN if next(paths_in(value), None) is not None else value
    return value if component is None else component.output(value)


def _shown(current: SheetSession, value: Any, component: ui.Component | None) -> Preview:
    """Return the preview of what a running node has for a port; texts that it names files by.

    A visitor sees files when the run is over, which looks at how they came to be there.
    """
    if current.sheet.visit is not None:
        if next(paths_in(value), None) is not None:
            return TextPreview(summary="a file", data="shown when it is done", inline=True)
    elif component is not None:
        value = component.output(value)
    return preview(value, component)


def _picture(entry: Any) -> Any:
    """Return what an entry of a list shows: of a pair of picture and caption the former."""
    return entry[0] if type(entry) in (list, tuple) and len(entry) == 2 else entry


def _file_name(value: Any) -> str | None:
    """Return a name of a file as it is now; ``None`` of what names none."""
    if not isinstance(value, (str, pathlib.Path)):
        return None
    try:
        about = os.stat(value)
    except (OSError, ValueError):
        return None
    return f"so-far-{value}-{about.st_mtime_ns}-{about.st_size}"
