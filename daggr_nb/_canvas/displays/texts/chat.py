"""A conversation: messages as Markdown, or who says what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daggr_nb import ui
from daggr_nb._canvas.displays.jsonable import shown
from daggr_nb._canvas.displays.plain import data_look, shortened
from daggr_nb._canvas.displays.rendering import Look
from daggr_nb._protocol.displays import ChatMessage, ChatPreview
from daggr_nb._text import plural

_MESSAGES = 5_000


def chat_look(value: Any, _: ui.Component) -> Look | None:
    """Return the look of messages, of lines, or of pairs of question and answer."""
    if isinstance(value, str):
        value = ui.Dialogue().accept(value)
    if not isinstance(value, (list, tuple)):
        return None
    messages: list[ChatMessage] = []
    for entry in value[-_MESSAGES:]:
        told = _messages(entry)
        if told is None:
            return None
        messages += told
    count = len(messages)
    preview = ChatPreview(summary=plural(count, "message"), data=messages, inline=True, count=count)
    return Look(preview, data_look(value).content)


def _messages(entry: Any) -> list[ChatMessage] | None:
    """Return what one entry says: a message, a line, or a pair of question and answer."""
    if hasattr(entry, "role") and hasattr(entry, "content"):
        entry = {"role": entry.role, "content": entry.content}
    if isinstance(entry, Mapping):
        who = entry.get("role") or entry.get("speaker") or ""
        text = _said(entry.get("content", entry.get("text", "")))
        return [{"who": str(who), "text": text, "chat": "role" in entry}]
    if isinstance(entry, (list, tuple)) and len(entry) == 2:
        both = zip(("user", "assistant"), entry, strict=True)
        return [
            {"who": who, "text": _said(said), "chat": True}
            for who, said in both
            if said is not None
        ]
    return None


def _said(content: Any) -> str:
    if content is None:  # a message that only calls tools
        return ""
    if isinstance(content, str):
        return shortened(str.__str__(content))
    if isinstance(content, (list, tuple)):
        return "\n\n".join(_said(part) for part in content)
    if isinstance(content, Mapping):
        text = content.get("text") or content.get("content")
        return _said(text) if text else str(content.get("path", shown(content, 200)))
    return shown(content, 200)
