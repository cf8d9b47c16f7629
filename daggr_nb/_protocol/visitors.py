"""What visitors are told: neither where things are on the server, nor code.

Fields say it of themselves: a ``Told`` text is said about things, so that paths in it become
``…/name``; a ``Withheld`` one is for who can change the code. Values are shown as they are.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from daggr_nb._protocol.base import TOLD, WITHHELD

M = TypeVar("M", bound=BaseModel)

_ADDRESS = re.compile(r"file://[^\s'\"`<>]+")
_QUOTED = re.compile(r"""(['"`])((?:~|[A-Za-z]:)?[/\\][^'"`\n…]+)(\1|…)""")
_PLAIN = re.compile(r"""(?<![\w:/.…~\\])(?:~|[A-Za-z]:)?[/\\][^\s'"`<>|,;:)\]}]+""")


def for_visitor(message: M) -> M:
    """Return a message as a visitor gets it."""
    changes: dict[str, Any] = {}
    for name, how in _fields(type(message)):
        value = getattr(message, name)
        if how == WITHHELD:
            changes[name] = None if value is None else ""
        elif how == TOLD:
            changes[name] = _told(value)
        else:
            changes[name] = _within(value)
    return message.model_copy(update=changes) if changes else message


def _told(value: Any) -> Any:
    if isinstance(value, str):
        return without_paths(value)
    return [without_paths(each) for each in value] if isinstance(value, list) else value


def _within(value: Any) -> Any:
    """Return a value with the messages in it as a visitor gets them."""
    if isinstance(value, BaseModel):
        return for_visitor(value)
    if isinstance(value, (list, tuple)) and any(isinstance(each, BaseModel) for each in value):
        return type(value)(map(_within, value))
    if isinstance(value, dict) and any(isinstance(each, BaseModel) for each in value.values()):
        return {key: _within(each) for key, each in value.items()}
    return value


@functools.cache
def _fields(kind: type[BaseModel]) -> list[tuple[str, str]]:
    """Return the fields of a kind of message to look at, each with what becomes of it."""
    return [
        (name, next((m for m in (TOLD, WITHHELD) if m in _marks(field)), ""))
        for name, field in kind.model_fields.items()
        if _marks(field) or field.annotation not in (str, int, float, bool)
    ]


def _marks(field: Any) -> set[str]:
    """Return the marks of a field, of one that may be absent or a list too."""
    marks = {mark for mark in field.metadata if isinstance(mark, str)}
    stack = [field.annotation]
    while stack:
        part = stack.pop()
        metadata = getattr(part, "__metadata__", ())
        marks |= {mark for mark in metadata if isinstance(mark, str)}
        stack += [] if metadata else getattr(part, "__args__", ())
    return marks


# ---------------------------------------------------------------- paths in texts


def without_paths(text: str) -> str:
    """Return a text in which paths of this machine are told by their last part.

    >>> without_paths("No such file: '/usr/share/our plans/prices.csv', see https://host/usr/a")
    "No such file: '…/prices.csv', see https://host/usr/a"
    >>> without_paths("1/2 of /nowhere-at-all/x, and/or 3 / 4")
    '1/2 of /nowhere-at-all/x, and/or 3 / 4'
    """
    if "/" not in text and "\\" not in text:
        return text
    for folder in _known_folders():
        if folder in text:
            text = re.sub(re.escape(folder) + r"(?=[/\\])", _root(folder), text)
    text = _ADDRESS.sub(lambda match: _short(match[0][len("file://") :]), text)
    text = _QUOTED.sub(_short_quoted, text)
    return _PLAIN.sub(lambda match: _short(match[0]), text)


def _known_folders() -> Iterable[str]:
    """Return folders in whose names blanks would hide that they are paths; longest first."""
    folders = {os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir(), sys.prefix}
    return sorted((f for f in folders if len(f) > 1 and " " in f), key=len, reverse=True)


def _root(folder: str) -> str:
    """Return the beginning of a path, which says that it is one."""
    return "/" + folder.split(os.sep)[1] if folder.startswith("/") else folder[:2]


def _short_quoted(match: re.Match[str]) -> str:
    quote, path, end = match.groups()
    return f"{quote}{_short(path + end)}" if end == "…" else f"{quote}{_short(path)}{end}"


def _short(path: str) -> str:
    """Return the last part of a path, if it leads to where there is anything on this machine."""
    parts = re.split(r"[/\\]+", path.rstrip("/\\"))
    if len(parts) < 2 or not parts[1] or not _is_here(path):
        return path
    if path.endswith("…"):  # it was cut, in the midst of a folder maybe
        return "…"
    return f"…/{parts[-1]}"


def _is_here(path: str) -> bool:
    """Whether the first folder of a path is on this machine."""
    if path.startswith("~") or path[1:2] == ":":
        return True
    first = path.lstrip("/\\").replace("\\", "/").partition("/")[0]
    return _exists(f"/{first}")


@functools.lru_cache(maxsize=1_000)
def _exists(path: str) -> bool:
    return os.path.lexists(path)
