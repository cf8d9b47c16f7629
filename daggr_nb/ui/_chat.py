"""A conversation as a value: messages in OpenAI's shape, whatever shape they come in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from daggr_nb._text import repr_of
from daggr_nb.errors import InputError
from daggr_nb.ui._component import Component, expected

ROLES = ("user", "assistant", "system", "developer", "tool", "function")
_PERSON, _MODEL = "user", "assistant"

Message = dict[str, Any]

# What Gradio keeps beside a message for its own page; servers of models refuse it.
_OF_GRADIO = frozenset({"metadata", "options"})
_SHAPE = "messages as [{'role': 'user', 'content': 'Hi'}, ...]"


@dataclass(frozen=True, eq=False)
class Chatbot(Component):
    """A conversation: ``[{"role": "user", "content": "Hi"}, ...]``, as OpenAI has it.

    As an input it takes such a list, pairs of question and answer, and objects with ``role`` and
    ``content``, and hands on a list of dicts. As an output it shows the same, while it grows too.

    >>> Chatbot().accept([("Hi", "Hello!")])
    [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello!'}]
    """

    typical_height: ClassVar[int] = 180
    wide: ClassVar[bool] = True

    value: Any = None
    placeholder: str | None = field(default=None, kw_only=True)
    examples: Sequence[str] = field(default=(), kw_only=True)

    shows: ClassVar[str] = "messages, or pairs of question and answer"
    """Messages to begin with, to choose from."""

    @property
    def props(self) -> dict[str, Any]:
        return {"placeholder": self.placeholder, "examples": list(self.examples)}

    @property
    def initial(self) -> list[Message]:
        return self.accept(self.value)

    @property
    def value_type(self) -> Any:
        return list[dict[str, Any]]

    def accept(self, value: Any) -> list[Message]:
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise InputError(expected(self, _SHAPE, value))
        return [message for entry in value for message in self._messages(entry)]

    def _messages(self, entry: Any) -> list[Message]:
        """Return what one entry says: a message, or a pair of question and answer."""
        if isinstance(entry, (list, tuple)) and len(entry) == 2:
            pair = zip((_PERSON, _MODEL), entry, strict=True)
            return [self._message({"role": r, "content": c}) for r, c in pair if c is not None]
        if hasattr(entry, "role") and hasattr(entry, "content"):
            entry = {"role": entry.role, "content": entry.content}
        if not isinstance(entry, Mapping) or "role" not in entry:
            raise InputError(expected(self, _SHAPE, entry))
        return [self._message(entry)]

    def _message(self, entry: Mapping[str, Any]) -> Message:
        role, content = entry["role"], entry.get("content")
        if not isinstance(role, str) or role not in ROLES:
            raise InputError(expected(self, f"a role of {', '.join(ROLES)}", role))
        rest = {
            str(name): value
            for name, value in entry.items()
            if name not in {"role", "content", *_OF_GRADIO} and value is not None
        }
        if content is None and not rest:
            raise InputError(expected(self, "a message that has content", dict(entry)))
        if not (content is None or isinstance(content, str) or _has_parts(content)):
            what = "content as text, or as parts like {'type': 'text', 'text': ...}"
            raise InputError(expected(self, what, content))
        content = [dict(part) for part in content] if isinstance(content, list | tuple) else content
        return {"role": role, "content": content, **rest}


def _has_parts(content: Any) -> bool:
    """Whether it is a list of parts, such as text and pictures."""
    return isinstance(content, list | tuple) and all(
        isinstance(part, Mapping) and isinstance(part.get("type"), str) for part in content
    )


def said_in(content: Any) -> str:
    r"""Return the text of a message's content: a text, or that of its parts.

    >>> said_in([{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {}}])
    'Look:\n\n(image_url)'
    """
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, (list, tuple)):
        return "\n\n".join(filter(None, map(said_in, content)))
    if isinstance(content, Mapping):
        if "text" in content or "content" in content:
            return said_in(content.get("text", content.get("content")))
        return str(content.get("path") or f"({content.get('type', 'something')})")
    return repr_of(content)


def answer_in(value: Any) -> str:
    """Return what a result says as an answer: a text, a message, or the end of a conversation.

    Of a conversation that is what was said after the person's last message.

    >>> answer_in([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}])
    'Hello!'
    """
    if value is None or isinstance(value, str):
        return value or ""
    try:
        messages = Chatbot().accept([value] if hasattr(value, "content") else value)
    except InputError:
        return said_in(value) if _is_message(value) else _plain(value)
    last = max((i for i, m in enumerate(messages) if m["role"] == _PERSON), default=-1)
    texts = (said_in(m["content"]) for m in messages[last + 1 :] if m["role"] == _MODEL)
    return "\n\n".join(filter(None, texts))


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and "content" in value


def _plain(value: Any) -> str:
    """Return a value that is no text as text: JSON if it is data."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return repr_of(value)
